"""Walks over models side by side."""

import copy
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from benchbench.catalog.contracts import Subject
from benchbench.catalog.steps import STEPS
from benchbench.measure.side_by_side import Cell, Walk, is_block
from tests import lively_detr

LAYERS = [nn.Sequential(nn.Linear(2, 2), nn.GELU()).eval() for _ in range(4)]


class Stacked(nn.Module):
    """Layers by their numbers, in a list, and a head."""

    def __init__(self, layers: Sequence[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(copy.deepcopy(LAYERS[number]) for number in layers)
        self.head = copy.deepcopy(LAYERS[0])
        self.eval()


def shared(models: dict[int, nn.Module]) -> list[Cell]:
    walk = Walk()
    walk.along(models, ())
    return walk.shared


def names(models: dict[int, nn.Module], cells: list[Cell]) -> list[tuple[str, tuple[int, ...]]]:
    """Each shared block's path, which is the same in all its arms, and those."""
    paths = {id(module): name for model in models.values() for name, module in model.named_modules()}
    for cell in cells:
        assert len({paths[id(module)] for module in cell.values()}) == 1
    return [(paths[id(next(iter(cell.values())))], tuple(cell)) for cell in cells]


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), max_size=5), min_size=1, max_size=5))
def test_what_is_shared_are_the_common_prefixes(stacks: list[list[int]]) -> None:
    models: dict[int, nn.Module] = {arm: Stacked(layers) for arm, layers in enumerate(stacks)}
    expected = set()
    for place in range(5):
        for layers in stacks:
            prefix = layers[: place + 1]
            arms = tuple(arm for arm, each in enumerate(stacks) if each[: place + 1] == prefix)
            if len(arms) > 1 and len(prefix) == place + 1:
                expected.add((f"layers.{place}", arms))
    for layers in stacks:
        arms = tuple(arm for arm, each in enumerate(stacks) if each == layers)
        if len(arms) > 1:
            expected.add(("head", arms))
    found = names(models, shared(models))
    assert len(found) == len(set(found))
    assert set(found) == expected


def cut(*steps: tuple[str, dict[str, object]]) -> Subject:
    subject = lively_detr.subject()
    for name, wanted in steps:
        STEPS[name].apply(subject, **wanted)
    return subject


def test_cuts_of_a_detr_share_what_lies_before_them() -> None:
    fewer = ("drop-layers", {"stack": "encoder", "count": 4, "keep": "first"})
    inner = ("prune-channels", {"where": "stage-inner", "stage": "last", "keep": 0.5})
    arms = [cut(), cut(fewer), cut(inner), cut(("prune-heads", {"count": 6, "score": "l1"})), cut(fewer, inner)]
    models = {arm: subject.model for arm, subject in enumerate(arms)}
    found = names(models, shared(models))
    resnet, encoder = "model.backbone.model.", "model.encoder.layers."
    everybody = (0, 1, 2, 3, 4)
    assert (resnet + "embedder", everybody) in found
    assert (resnet + "encoder.stages.0", everybody) in found
    assert (resnet + "encoder.stages.2", (0, 1, 3)) in found
    assert (resnet + "encoder.stages.2", (2, 4)) in found
    assert (resnet + "encoder.stages.2.layers.0.shortcut", everybody) in found
    assert ("model.input_projection", (0, 1, 3)) in found
    assert {(name, arms) for name, arms in found if name.startswith(encoder)} == {
        *((f"{encoder}{number}", (0, 1)) for number in range(4)),
        *((f"{encoder}{number}", (2, 4)) for number in range(4)),
    }
    assert not any("decoder" in name for name, _ in found)


def test_what_is_alike_behind_a_difference_is_not_shared() -> None:
    models = {arm: lively_detr.subject().model for arm in range(2)}
    models[1].get_parameter("model.encoder.layers.2.mlp.fc1.weight").data[0, 0] += 1
    blocks = [name for name, _ in names(models, shared(models)) if "layers." in name and "backbone" not in name]
    assert blocks[:2] == ["model.encoder.layers.0", "model.encoder.layers.1"]
    assert all(name.startswith("model.encoder.layers.2.self_attn") for name in blocks[2:])


def test_arms_with_common_prefixes_stand_together() -> None:
    models: dict[int, nn.Module] = {
        arm: Stacked(layers) for arm, layers in enumerate([[0, 1, 2], [3, 1], [0, 1, 3], [3, 2], [0, 2], [0, 1, 2, 3]])
    }
    order = Walk().ordered(models)
    ranked = sorted(order, key=order.__getitem__)
    assert sorted(ranked) == list(models)
    places = {arm: place for place, arm in enumerate(ranked)}
    assert abs(places[1] - places[3]) == 1
    assert abs(places[0] - places[5]) == 1
    assert {places[0], places[5], places[2], places[4]} in ({0, 1, 2, 3}, {2, 3, 4, 5})


def test_blocks_have_weights_a_forward_and_no_list_of_layers() -> None:
    assert is_block(nn.Sequential(nn.Linear(2, 2)))
    for module in (nn.LayerNorm(2), nn.ReLU(), nn.ModuleList([nn.Linear(2, 2)]), Stacked([0])):
        assert not is_block(module)
    assert not is_block(lively_detr.subject().model)
