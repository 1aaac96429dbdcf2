"""Layers chosen by loss: against models really cut, against every choice there is, and without a trace left behind."""

import copy
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbench.catalog.contracts import Labelled, Subject
from benchbench.catalog.steps.drop_layers import STEP
from benchbench.catalog.surgery.choice import spread
from benchbench.catalog.surgery.importance import loss_of
from benchbench.catalog.surgery.layer_losses import Trials, search, skip_rises
from benchbench.errors import CannotCut
from tests import lively_detr
from tests.lively_depth import FAMILY, LAYERS, RANDOM, TAPS, calibration, observe, skip_layers, subject
from tests.lively_detr import kept_of

SMALL, HALF = 7, 4


@torch.no_grad()
def mean_loss(of: Subject, batches: Sequence[Labelled] | None = None) -> float:
    """Over the images, each batch weighed by its size."""
    total, images = 0.0, 0
    for batch in batches or calibration():
        size = len(next(iter(batch.inputs.values())))
        total, images = total + size * float(loss_of(of, batch)), images + size
    return total / images


def kept_by(of: Subject, keep: str, count: int, **more: Any) -> list[int]:
    STEP.apply(of, stack="encoder", keep=keep, count=count, **more)
    return kept_of(of)["encoder"]


def small(seed: int) -> Subject:
    """Seven layers of which the head reads two, so that all choices can be tried."""
    model = FAMILY.build(RANDOM, seed=seed, layers=SMALL, taps=[2, 6])

    def calibrate() -> list[Labelled]:
        generator = torch.Generator().manual_seed(seed)
        images = torch.randn(2, 3, 42, 42, generator=generator)
        with torch.no_grad():
            return [Labelled({"pixel_values": images}, {"depth": whole(pixel_values=images).predicted_depth})]

    whole = copy.deepcopy(model)
    return Subject(model, FAMILY, seed=seed, calibrate=calibrate)


def test_a_rise_is_that_of_the_loss_when_a_layer_is_skipped() -> None:
    of = subject()
    found = skip_rises(of, of.anatomy.stack("encoder"), calibration())
    whole = mean_loss(subject())
    for layer in range(LAYERS):
        masked = subject()
        skip_layers(masked.model, set(range(LAYERS)) - {layer})
        assert found[layer] == pytest.approx(mean_loss(masked) - whole, rel=1e-4, abs=1e-6)
    assert max(found) - min(found) > 1e-2


def test_layers_whose_loss_rises_most_stay() -> None:
    cut = subject(calibrated=True)
    rises = skip_rises(cut, cut.anatomy.stack("encoder"), calibration())
    kept = kept_by(cut, "loss", 5)
    assert min(rises[layer] for layer in kept) >= max(rises[layer] for layer in set(range(LAYERS)) - set(kept))
    assert (cut.surgery[0]["score"], cut.surgery[0]["scores"]) == ("loss", {"encoder": rises})


@settings(max_examples=8, deadline=None)
@given(layers=st.lists(st.integers(0, LAYERS - 1), min_size=4, max_size=LAYERS, unique=True).map(sorted))
def test_a_candidate_loses_what_a_model_really_cut_so_loses(layers: list[int]) -> None:
    of, cut = subject(), subject()
    STEP.apply(cut, stack="encoder", keep="list", layers=layers, taps=[0, 1, 2, 3])
    trials = Trials(of, of.anatomy.stack("encoder"), lambda _: (0, 1, 2, 3), calibration())
    trials.measure([tuple(layers)])
    assert trials.losses == {tuple(layers): pytest.approx(mean_loss(cut), rel=1e-6)}


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_swap_betters_what_a_search_ends_with_and_no_simple_choice_does(seed: int) -> None:
    of, losses = small(seed), {}
    assert of.calibrate is not None
    batches = of.calibrate()
    for choice in combinations(range(SMALL), HALF):
        cut = Subject(copy.deepcopy(of.model), FAMILY)
        STEP.apply(cut, stack="encoder", keep="list", layers=list(choice))
        losses[choice] = mean_loss(cut, batches)
    kept = tuple(kept_by(of, "search", HALF))
    told: Any = of.surgery[0]["search"]
    assert told["loss"] == pytest.approx(losses[kept], rel=1e-5)
    neighbours = [choice for choice in losses if len({*choice} - {*kept}) == 1]
    simple = [tuple(range(HALF)), tuple(range(SMALL - HALF, SMALL)), tuple(spread(SMALL, HALF))]
    assert losses[kept] <= min(losses[choice] for choice in [*neighbours, *simple]) * (1 + 1e-5)
    assert told["candidates"] <= 1 + SMALL + (SMALL - 1) + (SMALL - 2) + len(losses)


def additive(worth: Mapping[int, float], pairs: Mapping[tuple[int, int], float]) -> tuple[Trials, Callable[[], int]]:
    """A search over losses that are written down, and how often it asked for one."""
    of = subject()
    asked = []

    class Table(Trials):
        def measure(self, choices: Sequence[tuple[int, ...]]) -> None:
            for choice in choices:
                if choice not in self.losses:
                    asked.append(choice)
                    removed = set(range(LAYERS)) - set(choice)
                    together = sum(cost for pair, cost in pairs.items() if removed >= set(pair))
                    self.losses[choice] = sum(worth[layer] for layer in removed) + together

    return Table(of, of.anatomy.stack("encoder"), lambda _: TAPS, []), lambda: len(asked)


@settings(deadline=None)
@given(worth=st.permutations(range(LAYERS)), count=st.integers(1, LAYERS))
def test_of_independent_layers_the_most_worth_stay(worth: list[int], count: int) -> None:
    trials, asked = additive({layer: float(value) for layer, value in enumerate(worth)}, {})
    found = search(trials, count, limit=1000)
    assert [worth[layer] for layer in found.kept] == [worth[layer] for layer in sorted(found.kept)]
    assert sorted(worth[layer] for layer in found.kept) == list(range(LAYERS - count, LAYERS))
    assert found.tried == asked()
    assert found.rises == ([float(value) for value in worth] if count < LAYERS else [])


def test_swaps_undo_what_greed_did() -> None:
    # Layer 0 alone is cheapest and goes first, but then 1 and 2, the next cheapest, cost dear.
    worth = {layer: 10.0 for layer in range(LAYERS)} | {0: 0.0, 1: 1.0, 2: 1.0, 3: 1.5}
    pairs = {(0, 1): 5.0, (0, 2): 5.0, (0, 3): 4.0}
    trials, _ = additive(worth, pairs)
    found = search(trials, LAYERS - 2, limit=1000)
    assert set(range(LAYERS)) - set(found.kept) == {1, 2}
    bounded, asked = additive(worth, pairs)
    stuck = search(bounded, LAYERS - 2, limit=1)
    assert 0 not in stuck.kept
    assert stuck.loss > found.loss
    # All layers, each choice without one, then without a second, and the simple choices.
    assert stuck.tried == asked() <= 1 + LAYERS + (LAYERS - 1) + 3


def test_the_bound_is_kept_and_told() -> None:
    few, many = subject(calibrated=True), subject(calibrated=True)
    kept_by(few, "search", 6, candidates=60)
    kept_by(many, "search", 6, candidates=200)
    told: Any = [each.surgery[0]["search"] for each in (few, many)]
    assert told[0]["candidates"] <= 61 < told[1]["candidates"] <= 200
    assert told[1]["loss"] <= told[0]["loss"]
    settings_: Any = few.surgery[0]["settings"]
    assert settings_["candidates"] == 60


def test_the_same_seed_finds_the_same() -> None:
    one, other = subject(calibrated=True), subject(calibrated=True)
    assert kept_by(one, "search", 5) == kept_by(other, "search", 5)
    assert one.surgery == other.surgery


def test_taps_that_are_listed_are_read_in_the_candidates_that_could_stay() -> None:
    cut = subject(calibrated=True)
    kept = kept_by(cut, "search", 6, taps=[0, 1, 2, 5])
    told: Any = cut.surgery[0]
    really = subject()
    STEP.apply(really, stack="encoder", keep="list", layers=kept, taps=[0, 1, 2, 5])
    assert told["search"]["loss"] == pytest.approx(mean_loss(really), rel=1e-6)
    assert told["taps"]["after"] == [0, 1, 2, 5]


@pytest.mark.parametrize("keep", ["loss", "search"])
def test_scoring_leaves_the_model_as_it_was(keep: str) -> None:
    of = subject(calibrated=True)
    before, weights = observe(of.model), copy.deepcopy(of.model.state_dict())
    config: Any = copy.deepcopy(of.model.config)
    kept_by(of, keep, LAYERS)
    assert all(torch.equal(tensor, weights[name]) for name, tensor in of.model.state_dict().items())
    assert all(torch.equal(tensor, before[name]) for name, tensor in observe(of.model).items())
    assert of.model.config.to_dict() == config.to_dict()  # type: ignore[operator, union-attr]
    assert not any("forward" in vars(module) for module in of.model.modules())
    assert of.anatomy.stack("encoder").taps == TAPS


@pytest.mark.parametrize("keep", ["loss", "search"])
def test_a_loss_that_fails_leaves_the_model_whole(keep: str) -> None:
    of = subject()
    of.calibrate = lambda: [Labelled(calibration()[0].inputs, {"depth": torch.zeros(9, 9)})]
    with pytest.raises(RuntimeError):
        kept_by(of, keep, 5)
    assert all(torch.equal(tensor, observe(of.model)[name]) for name, tensor in observe(subject().model).items())


@pytest.mark.parametrize("keep", ["loss", "search"])
def test_losses_must_be_finite_and_batches_must_have_targets(keep: str) -> None:
    images = calibration()[0].inputs
    for targets, words in (({"depth": torch.tensor(float("nan"))}, "not finite"), ({}, "no targets")):
        of = subject()
        of.calibrate = lambda answer=targets: [Labelled(images, answer)]
        with pytest.raises(CannotCut, match=words):
            kept_by(of, keep, 5)


@pytest.mark.parametrize("keep", ["loss", "search"])
def test_without_data_the_first_stay_and_the_entry_says_so(keep: str) -> None:
    of = subject()
    assert kept_by(of, keep, 5) == [0, 1, 2, 3, 4]
    assert (of.surgery[0]["score"], of.surgery[0]["note"]) == ("index", "cost only")
    assert "search" not in of.surgery[0]


@pytest.mark.parametrize("stack", ["encoder", "decoder"])
@pytest.mark.parametrize("keep", ["loss", "search"])
def test_detr_is_cut_so_too(keep: str, stack: str) -> None:
    cut, really = lively_detr.subject(calibrated=True), lively_detr.subject()
    STEP.apply(cut, stack=stack, keep=keep, count=3)
    kept = lively_detr.kept_of(cut)[stack]
    STEP.apply(really, stack=stack, keep="list", layers=kept)
    lively_detr.assert_equal(lively_detr.observe(cut.model), lively_detr.observe(really.model), tolerance=0.0)
    if keep == "search":
        told: Any = cut.surgery[0]["search"]
        batches = lively_detr.calibration()
        first = lively_detr.subject()
        STEP.apply(first, stack=stack, count=3)
        assert told["loss"] == pytest.approx(mean_loss(really, batches), rel=1e-5)
        assert told["loss"] <= mean_loss(first, batches) + 1e-6
