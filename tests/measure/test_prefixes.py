"""Models that share prefixes: the same bits as alone, computed once, and nothing left behind."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.steps import STEPS
from benchbench.measure.prefixes import SHARE, Prefixes, free
from tests import lively_depth, lively_detr, lively_vit

MEMORY = 10**9
Cuts = Mapping[str, list[tuple[str, dict[str, Any]]]]


def drop(stack: str, count: int, keep: str = "first") -> tuple[str, dict[str, Any]]:
    return "drop-layers", {"stack": stack, "count": count, "keep": keep}


def channels(where: str, **settings: Any) -> tuple[str, dict[str, Any]]:
    return "prune-channels", {"where": where, "keep": 0.5, **settings}


HEADS = ("prune-heads", {"keep": 0.75, "score": "l1"})
DETR: Cuts = {
    "base": [],
    "layers": [drop("encoder", 4), drop("decoder", 3)],
    "every-other": [drop("encoder", 3, "every-other")],
    "heads": [HEADS],
    "inner": [channels("stage-inner", stage="last")],
    "output": [channels("stage-output", stage="last")],
    "ffn": [channels("feed-forward")],
    "stream": [channels("stream")],
    "backbone": [channels("backbone")],
    "combined": [drop("encoder", 4), HEADS, channels("stage-inner", stage="last")],
    "copy": [],
}
DEPTH: Cuts = {
    "base": [],
    **{f"layers-{count}": [drop("encoder", count)] for count in (8, 6, 4)},
    "every-other": [drop("encoder", 6, "every-other")],
    "heads": [HEADS],
    "ffn": [channels("feed-forward")],
    "head": [channels("head-features")],
}
VIT: Cuts = {
    "base": [],
    "layers": [drop("encoder", 2)],
    "heads": [HEADS],
    "stream": [channels("stream")],
}


FAMILIES: dict[str, tuple[Cuts, Callable[[], Subject], Callable[[], Inputs]]] = {
    "detr": (DETR, lively_detr.subject, lively_detr.inputs),
    "detr of basic blocks": (
        {name: DETR[name] for name in ("base", "layers", "inner")},
        lambda: lively_detr.subject("resnet-18"),
        lively_detr.inputs,
    ),
    "depth": (DEPTH, lively_depth.subject, lambda: lively_depth.inputs((70, 84))),
    "vit": (VIT, lively_vit.subject, lively_vit.inputs),
    "deit": ({name: VIT[name] for name in ("base", "layers")}, lambda: lively_vit.subject(True), lively_vit.inputs),
}


@dataclass(frozen=True)
class Arm:
    index: int


def models(cuts: Cuts, make: Callable[[], Subject]) -> dict[int, nn.Module]:
    found = {}
    for index, steps in enumerate(cuts.values()):
        subject = make()
        for name, settings in steps:
            STEPS[name].apply(subject, **settings)
        found[index] = subject.model.eval()
    return found


def tensors(outputs: Any) -> dict[str, bytes]:
    return {name: each.numpy().tobytes() for name, each in outputs.items() if isinstance(each, Tensor)}


def alone(model: nn.Module, inputs: Inputs) -> dict[str, bytes]:
    with torch.inference_mode():
        return tensors(model(**inputs))


def together(prefixes: Prefixes, arms: Mapping[int, nn.Module], batches: Mapping[int, Inputs]) -> dict[Any, Any]:
    """As a scored cohort runs its arms."""
    found = {}
    for arm, piece in prefixes.turns([Arm(index) for index in arms], list(batches)):
        for number in piece:
            with prefixes.turn(arm.index, number):
                outputs = arms[arm.index](**batches[number])
            found[arm.index, number] = tensors(outputs)
    return found


def several(inputs: Inputs) -> dict[int, Inputs]:
    """Batches of other images, some of them with the same mask."""
    mirrored = {name: each.flip(-1) if name == "pixel_values" else each for name, each in inputs.items()}
    return {0: inputs, 1: mirrored, 2: {name: each.flip(0) for name, each in inputs.items()}}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_bits_as_alone(family: str) -> None:
    cuts, make, inputs = FAMILIES[family]
    arms, batches = models(cuts, make), several(inputs())
    prefixes = Prefixes(arms, MEMORY)
    found = together(prefixes, arms, batches)
    assert sum(block.hits for block in prefixes.blocks) > 0
    for (arm, number), outputs in found.items():
        assert outputs == alone(arms[arm], batches[number]), (list(cuts)[arm], number)
    assert len(found) == len(arms) * len(batches)


def calls(arms: Mapping[int, nn.Module]) -> "Counter[str]":
    """Counts, from now on, how often blocks of all arms really compute: each calls its first submodule."""
    count: Counter[str] = Counter()
    for model in arms.values():
        for name, module in model.named_modules():
            if name.endswith(("self_attn.q_proj", "attention.q_proj", "layer.0.convolution", "embedder.convolution")):
                original = module.forward

                def counted(*given: Any, _name: str = name, _original: Any = original) -> Any:
                    count[_name] += 1
                    return _original(*given)

                vars(module)["forward"] = counted
    return count


def test_what_is_common_is_computed_once_a_batch() -> None:
    arms = models({name: DETR[name] for name in ("base", "layers", "heads", "inner")}, lively_detr.subject)
    batches = several(lively_detr.inputs())
    prefixes = Prefixes(arms, MEMORY)
    count = calls(arms)
    together(prefixes, arms, batches)
    backbone = "model.backbone.model."
    assert count[f"{backbone}embedder.embedder.convolution"] == 3
    assert count[f"{backbone}encoder.stages.1.layers.0.layer.0.convolution"] == 3
    assert count[f"{backbone}encoder.stages.2.layers.0.layer.0.convolution"] == 2 * 3
    assert count["model.encoder.layers.0.self_attn.q_proj"] == 3 * 3
    assert count["model.encoder.layers.4.self_attn.q_proj"] == 3 * 3
    assert count["model.decoder.layers.0.self_attn.q_proj"] == 4 * 3


def test_afterwards_models_run_as_they_did() -> None:
    arms = models({name: DEPTH[name] for name in ("base", "layers-6")}, lively_depth.subject)
    together(Prefixes(arms, MEMORY), arms, several(lively_depth.inputs((56, 56))))
    for model in arms.values():
        assert not any("forward" in vars(module) for module in model.modules())
    count = calls(arms)
    for model in arms.values():
        alone(model, lively_depth.inputs((56, 56)))
    assert count["backbone.encoder.layer.0.attention.q_proj"] == 2


def test_a_turn_that_raises_leaves_nothing_behind_and_harms_nobody() -> None:
    arms = models({name: VIT[name] for name in ("base", "layers", "heads")}, lively_vit.subject)
    inputs = lively_vit.inputs()
    prefixes = Prefixes(arms, MEMORY)
    with pytest.raises(IndexError), prefixes.turn(0, 0):
        tuple(arms[0](**inputs))[9]
    assert not any("forward" in vars(module) for model in arms.values() for module in model.modules())
    with prefixes.turn(1, 0):
        outputs = arms[1](**inputs)
    assert tensors(outputs) == alone(arms[1], inputs)


def test_memory_stays_within_its_share_and_results_stay_the_same() -> None:
    arms, batches = models(DETR, lively_detr.subject), several(lively_detr.inputs())
    wide = Prefixes(arms, MEMORY)
    whole = together(wide, arms, batches)
    assert 0 < wide.peak <= SHARE * MEMORY
    narrow = Prefixes(arms, int(wide.peak / 6 / SHARE))
    assert together(narrow, arms, batches) == whole
    assert 0 < narrow.peak <= wide.peak / 6
    nothing = Prefixes(arms, 0)
    assert together(nothing, arms, batches) == whole
    assert nothing.peak == 0


def test_a_stretch_is_cut_into_pieces_that_fit() -> None:
    arms = models({name: DETR[name] for name in ("base", "layers")}, lively_detr.subject)
    batches = {number: lively_detr.inputs() for number in range(6)}
    wide = Prefixes(arms, MEMORY)
    assert [list(piece) for _, piece in wide.turns([Arm(0)], list(batches))] == [[0], [1, 2, 3, 4, 5]]
    one = Prefixes(arms, MEMORY)
    together(one, arms, {0: batches[0]})
    double = Prefixes(arms, int(2.5 * one.peak / SHARE))
    pieces = []
    for arm, piece in double.turns([Arm(0), Arm(1)], list(batches)):
        for number in piece:
            with double.turn(arm.index, number):
                arms[arm.index](**batches[number])
        pieces.append((arm.index, list(piece)))
    assert [piece for arm, piece in pieces if arm == 0] == [[0], [1, 2], [3, 4], [5]]


def test_models_that_share_nothing_run_in_stretches_as_ever() -> None:
    arms = models({name: DETR[name] for name in ("base",)}, lively_detr.subject)
    other = FAMILIES["vit"][1]().model
    prefixes = Prefixes(arms | {1: other}, MEMORY)
    assert prefixes.words == ""
    assert [(arm.index, piece) for arm, piece in prefixes.turns([Arm(1), Arm(0)], [4, 5])] == [(1, [4, 5]), (0, [4, 5])]
    with prefixes.turn(0, 0):
        assert torch.is_inference_mode_enabled()


class Foreign(nn.Module):
    """Somebody's model of known parts, which it changes while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(3, 3)


def test_models_of_unknown_origin_share_nothing() -> None:
    torch.manual_seed(0)
    model = Foreign().eval()
    twin = Foreign().eval()
    twin.load_state_dict(model.state_dict())
    assert not Prefixes({0: model, 1: twin}, MEMORY).blocks


def test_what_is_said_of_it() -> None:
    arms = models({name: DETR[name] for name in ("base", "layers", "backbone")}, lively_detr.subject)
    del arms[2]
    assert Prefixes(arms, MEMORY).words == ", 2 of them with common prefixes"
    assert free("cpu") > 0
