"""From rows of sums to numbers: the mean over images or over all pixels, of every image once or of draws of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchbench.catalog.formulas import bootstrap
from benchbench.catalog.formulas.depth_errors import LEAST, SUMS, numbers
from benchbench.catalog.formulas.depth_protocols import Protocol
from benchbench.catalog.formulas.paired_means import by_images, by_resampling
from benchbench.catalog.formulas.rows import GROUP, Rows
from benchbench.types import Difference

Doubles = NDArray[np.float64]


def counted(rows: Rows) -> NDArray[np.bool_]:
    """Which images (n,) have pixels enough to count."""
    return rows.columns["pixels"] >= LEAST


def averages(rows: Rows, multiplicities: NDArray[np.generic], protocol: Protocol) -> dict[str, Doubles]:
    """Each metric of B draws, given the images' multiplicities (B, n); NaN of draws without an image that counts.

    average "image": the mean of the images' own numbers. "pixel": numbers of all pixels together.
    """
    counts = counted(rows)
    draws = multiplicities[:, counts].astype(np.float64)
    sums = {name: rows.columns[name][counts] for name in ("pixels", *SUMS)}
    with np.errstate(invalid="ignore"):
        if protocol.average == "pixel":
            return numbers({name: draws @ column for name, column in sums.items()}, protocol.silog_weight)
        sizes = draws.sum(1)
        return {name: draws @ column / sizes for name, column in numbers(sums, protocol.silog_weight).items()}


def intervals(rows: Rows, resamples: int, seed: int, protocol: Protocol) -> dict[str, tuple[float, float]]:
    """95 % limits of all metrics by bootstrap; none where a single image counts."""
    if np.count_nonzero(counted(rows)) < 2:
        return {}
    return bootstrap.intervals(lambda each, draws: averages(each, draws, protocol), rows, resamples, seed)


def differences(rows: Rows, others: Rows, protocol: Protocol, resamples: int) -> dict[str, Difference]:
    """Each metric's difference over the same images in order: by a paired t test where images are averaged.

    Over pixels, of groups of images, or where not the same images count, by a bootstrap. None of one image.
    """
    counts = counted(rows)
    same = np.array_equal(counts, counted(others))
    if min(np.count_nonzero(counts), np.count_nonzero(counted(others))) < 2:
        return {}
    if protocol.average == "pixel" or GROUP in rows.columns or not same:
        return by_resampling(lambda each, draws: averages(each, draws, protocol), rows, others, resamples)
    ours, theirs = (_by_image(each, protocol) for each in (rows, others))
    return {name: by_images(ours[name], theirs[name]) for name in ours if np.isfinite(ours[name] + theirs[name]).all()}


def _by_image(rows: Rows, protocol: Protocol) -> dict[str, Doubles]:
    counts = counted(rows)
    return numbers({name: rows.columns[name][counts] for name in ("pixels", *SUMS)}, protocol.silog_weight)


def remarks(rows: Rows) -> list[str]:
    """What a reader must know: images that do not count or belong together, clamped pixels, fits that say nothing."""
    counts = counted(rows)
    columns = {name: rows.columns[name][counts] for name in ("pixels", "clamped", "scale")}
    clamped, pixels = columns["clamped"].sum(), columns["pixels"].sum()
    told = {
        f"left out for fewer than {LEAST} valid pixels": np.count_nonzero(~counts),
        f"with predictions drawn to the limits: {100 * clamped / max(pixels, 1):.3g} % of all pixels": np.count_nonzero(
            columns["clamped"]
        ),
        "whose output is constant, so that the fit is the mean of the truth": np.count_nonzero(columns["scale"] == 0),
        "whose fit turns near and far around (scale below 0)": np.count_nonzero(columns["scale"] < 0),
    }
    found = [f"{count} of {len(rows)} images {what}" for what, count in told.items() if count]
    if GROUP in rows.columns:
        groups = len(np.unique(rows.columns[GROUP]))
        found.append(f"the images are of {groups} scenes or drives: intervals are over those, drawn whole")
    return found
