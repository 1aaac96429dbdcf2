"""The kernel against plain double-precision code and torchmetrics; what must not be scored is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from benchbench.catalog.formulas.depth_errors import SUMS, measured, numbers
from benchbench.catalog.formulas.depth_kernels import BLOCK
from benchbench.catalog.formulas.depth_protocols import PRESETS, Protocol
from benchbench.errors import BadData
from tests.depth_scenes import Scene, aligned, plain, random_scene

NAMES = ["AbsRel", "SqRel", "RMSE", "RMSElog", "log10", "SIlog", "delta1", "delta2", "delta3"]
METRIC, RELATIVE = PRESETS["metric"], PRESETS["issue-157"]


def found(scene: Scene, protocol: Protocol) -> dict[str, float]:
    row = measured(scene.output, scene.depth, scene.valid, protocol)
    return {name: float(value[0]) for name, value in numbers(row, protocol.silog_weight).items()}


def of(output: Any, depth: Any, valid: NDArray[np.bool_] | None = None) -> Scene:
    """Maps of one row."""
    maps = [np.atleast_2d(np.asarray(each, np.float32)) for each in (output, depth)]
    return Scene(maps[0], maps[1], np.ones(maps[1].shape, np.bool_) if valid is None else valid)


PROTOCOLS = st.builds(
    Protocol,
    space=st.sampled_from(["depth", "disparity"]),
    alignment=st.sampled_from(["none", "median", "scale", "scale-shift"]),
    fit=st.sampled_from(["depth", "disparity"]),
    compare=st.sampled_from(["depth", "disparity"]),
    cap=st.sampled_from([3.0, 10.0, 80.0]),
    floor=st.sampled_from([0.001, 0.9]),
    bounds=st.sampled_from(["closed", "open"]),
    clamp=st.sampled_from(["cap", "range"]),
    silog_weight=st.sampled_from([0.5, 1.0]),
)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), PROTOCOLS, st.sampled_from([0.001, 0.1, 0.6]))
def test_every_protocol_is_that_of_plain_code(seed: int, protocol: Protocol, noise: float) -> None:
    scene = random_scene(seed, protocol.space, noise=noise)
    prediction, _ = aligned(scene, protocol)
    assume((prediction > 0).all())
    assert found(scene, protocol) == pytest.approx(plain(scene, protocol), rel=2e-5, abs=2e-6)


@pytest.mark.parametrize("preset", ["issue-157", "v1-174", "metric"])
@pytest.mark.parametrize("seed", range(5))
def test_presets_that_do_not_clamp(preset: Any, seed: int) -> None:
    """On maps of more than one block."""
    protocol = PRESETS[preset]
    scene = random_scene(seed, protocol.space, shape=(200, 301))
    assert scene.valid.sum() > BLOCK
    assert found(scene, protocol) == pytest.approx(plain(scene, protocol), rel=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_torchmetrics_says_the_same(seed: int) -> None:
    from torchmetrics import MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError

    scene = random_scene(seed, "depth")
    prediction, truth = (torch.from_numpy(each) for each in aligned(scene, METRIC))
    logs = (prediction.log(), truth.log())
    values = found(scene, METRIC)
    assert values["AbsRel"] == pytest.approx(float(MeanAbsolutePercentageError()(prediction, truth)), rel=1e-5)
    assert values["RMSE"] == pytest.approx(float(MeanSquaredError(squared=False)(prediction, truth)), rel=1e-5)
    assert values["RMSElog"] == pytest.approx(float(MeanSquaredError(squared=False)(*logs)), rel=1e-5)
    assert values["log10"] == pytest.approx(float(MeanAbsoluteError()(prediction.log10(), truth.log10())), rel=1e-5)
    weighted = ((prediction - truth) / truth.sqrt(), torch.zeros_like(truth))
    assert values["SqRel"] == pytest.approx(float(MeanSquaredError()(*weighted)), rel=1e-5)


def test_a_perfect_prediction_is_perfect() -> None:
    depth = np.linspace(0.5, 9, 40)
    assert list(found(of(depth, depth), METRIC).values()) == [0, 0, 0, 0, 0, 0, 1, 1, 1]


def test_by_hand() -> None:
    """Half of the pixels exact, half twice as far."""
    values = found(of([2.0] * 10 + [4.0] * 10, [2.0] * 20), METRIC)
    half = np.log(2) ** 2 / 2
    assert values == pytest.approx(
        dict(
            zip(
                NAMES,
                [0.5, 1.0, 2**0.5, half**0.5, np.log10(2) / 2, (half - np.log(2) ** 2 / 8) ** 0.5, 0.5, 0.5, 0.5],
                strict=True,
            )
        ),
        rel=1e-6,
    )


@pytest.mark.parametrize(("power", "expected"), [(1, [0, 1, 1]), (2, [0, 0, 1]), (3, [0, 0, 0])])
@pytest.mark.parametrize("farther", [True, False])
def test_a_factor_at_the_limit_is_not_within_it(power: int, expected: list[float], farther: bool) -> None:
    near, far = [64.0] * 12, [64.0 * 1.25**power] * 12
    values = found(of(far, near) if farther else of(near, far), METRIC)
    assert [values[f"delta{power}"] for power in (1, 2, 3)] == expected


def test_the_bounds_themselves() -> None:
    depth = [1.0] * 12 + [8.0] * 12 + [4.0] * 12
    closed = replace(METRIC, floor=1.0, cap=8.0)
    for protocol, count in ((closed, 36), (replace(closed, bounds="open"), 12)):
        scene = of(depth, depth)
        assert measured(scene.output, scene.depth, scene.valid, protocol)["pixels"] == [count]


def test_infinite_depth_does_not_count_without_a_cap() -> None:
    scene = of([1.0] * 13, [1.0] * 12 + [np.inf])
    assert measured(scene.output, scene.depth, scene.valid, METRIC)["pixels"] == [12]


@pytest.mark.parametrize("count", [0, 1, 9])
def test_an_image_with_too_few_pixels_is_a_row_of_zeros(count: int) -> None:
    valid = np.zeros((1, 20), np.bool_)
    valid[0, :count] = True
    scene = of([3.0] * 20, [2.0] * 20, valid)
    row = measured(scene.output, scene.depth, scene.valid, METRIC)
    assert row["pixels"] == [count]
    assert all(row[name] == [0] for name in SUMS)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("protocol", [METRIC, RELATIVE])
def test_broken_predictions_are_refused_with_their_share(bad: float, protocol: Protocol) -> None:
    output = np.linspace(1, 2, 20)
    output[:5] = bad
    scene = of(output, np.linspace(1, 2, 20))
    with pytest.raises(BadData, match=r"not finite: 5 of 20 valid pixels \(25 %\)"):
        found(scene, protocol)


def test_broken_predictions_are_refused_where_too_few_pixels_count() -> None:
    with pytest.raises(BadData, match="not finite: 1 of 2"):
        found(of([np.nan, 1], [1, 1]), METRIC)


@pytest.mark.parametrize("preset", ["issue-157", "v1-174"])
def test_disparity_that_is_not_positive_is_refused_or_drawn_to_the_cap(preset: Any) -> None:
    """The line through the many leaves the few beyond infinity."""
    depth = np.array([2.0] * 200 + [3.0] * 198 + [10.0] * 2)
    output = np.array([1.0] * 200 + [0.6] * 198 + [-0.4] * 2)
    protocol = PRESETS[preset]
    with pytest.raises(BadData, match=r"not positive after alignment: 2 of 400 valid pixels \(0.5 %\)"):
        found(of(output, depth), protocol)
    clamped = replace(protocol, cap=10.0, clamp="cap")
    scene = of(output, depth)
    row = measured(scene.output, scene.depth, scene.valid, clamped)
    assert row["clamped"] == [2]
    assert found(scene, clamped) == pytest.approx(plain(scene, clamped), rel=1e-5)


def test_depth_that_is_not_positive_is_refused_or_drawn_to_the_floor() -> None:
    scene = of([-1.0] * 5 + [2.0] * 15, [2.0] * 20)
    with pytest.raises(BadData, match=r"^depth that is not positive: 5 of 20 valid pixels \(25 %\)"):
        found(scene, METRIC)
    with pytest.raises(BadData, match="not positive: 5 of 20"):
        found(scene, replace(METRIC, cap=10.0, clamp="cap"))
    drawn = replace(METRIC, cap=10.0, clamp="range")
    assert measured(scene.output, scene.depth, scene.valid, drawn)["clamped"] == [5]


def test_output_that_cannot_be_inverted_before_the_fit() -> None:
    with pytest.raises(BadData, match=r"cannot be inverted: 2 of 20 valid pixels \(10 %\)"):
        found(of([0.0, -1] + [1.0] * 18, [2.0] * 20), replace(RELATIVE, fit="depth"))


def test_output_out_of_all_proportion() -> None:
    with pytest.raises(BadData, match="beyond what can be computed"):
        found(of([1e38] * 20, [1e-3] * 20), METRIC)


@pytest.mark.parametrize("shapes", [((3, 4), (4, 3), (4, 3)), ((12,), (12,), (12,)), ((3, 4), (3, 4), (4, 3))])
def test_shapes_that_differ(shapes: tuple[tuple[int, ...], ...]) -> None:
    output, depth, valid = (np.ones(shape, np.float32) for shape in shapes)
    with pytest.raises(BadData, match=r"a prediction of .* a depth map of"):
        measured(output, depth, valid.astype(np.bool_), METRIC)


def test_maps_are_left_as_they_are() -> None:
    scene = random_scene(3, "depth")
    copies = [each.copy() for each in (scene.output, scene.depth, scene.valid)]
    found(scene, replace(METRIC, cap=3.0, clamp="range"))
    for now, then in zip((scene.output, scene.depth, scene.valid), copies, strict=True):
        np.testing.assert_array_equal(now, then)
