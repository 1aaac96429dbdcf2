"""Runs before and after a model was altered, on the images of ten seeds, and their gates."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path

from benchbench import flow
from benchbench.comparing import compare
from benchbench.lineage import metrics
from benchbench.measure import usable_cores
from benchbench.same_images import paired
from benchbench.sides import Side, side
from benchbench.types import Change, Difference, Entry, Judgement, Measured
from benchbench.verify.effects import USUAL, WIDER, unpaired
from benchbench.verify.gates import REGRESSION, exit_code, judged
from benchbench.verify.tolerances import of_data
from benchmarks.altered_models import STAND_INS

SEEDS = range(10)
REACH = 5.2
"""Standard errors of a night's difference beyond which a loss must be found: in 99 of 100 nights it lies 2.9 of them
away from none, which is what Holm's correction leaves of 5 % for each of a score's twelve numbers."""
NOTHING = ("base", "turned")
"""Changes of nothing: the reference measured again, and heads in another order, which changes the last bits."""
EQUAL = (*NOTHING, "rounded")
"""Those, and weights of a bit less: other predictions, no worse than before, on which a gate may err at 5 %."""


@dataclass(frozen=True)
class Case:
    """A stand-in with its data: so many `images` a night as its suite takes, and of the `truth`; `pool` heads at most
    are looked at."""

    short: str
    dataset: str
    probe: str
    metric: str
    input: Mapping[str, object]
    images: int
    truth: int
    pool: int

    def suite(self, scales: Mapping[str, tuple[int, int]], models: Mapping[str, tuple[str, Sequence[str]]]) -> str:
        """A suite file: scales by seed and count of images, variants by what altered_models calls them and scales."""
        family, checkpoint = STAND_INS[self.short]
        shared = {"title": self.short, "checkpoint": checkpoint, "input": self.input, "timing": [96, 96]}
        data = {name: {self.dataset: {"seed": seed, "count": count}} for name, (seed, count) in scales.items()}
        made = {
            name: {"title": name, "scales": list(where), "external": f"benchmarks.altered_models:{self.short}_{model}"}
            for name, (model, where) in models.items()
        }
        told = {
            "suite": "planted",
            "title": "planted",
            "family": family,
            "reference": "base",
            "scales": {name: {**shared, "dataset": each} for name, each in data.items()},
            "variants": {"base": {"title": "the stand-in"}, **made},
            "probes": [{self.probe: {"condition": {"batch": 32, "threads": 1}}}],
        }
        return json.dumps(told)


CASES = (
    Case("detr", "shapes", "coco-ap", "AP", {"shorter": 96, "longer": 96}, 500, 1500, 72),
    Case("vit", "glyphs", "top1", "top1", {"side": 48, "resizer": "bicubic", "antialias": True}, 2000, 4000, 36),
)


@dataclass(frozen=True)
class Told:
    """What a gate of one altered model says: its alarm, its change of the case's metric, and the unpaired verdict."""

    alarm: bool
    change: Change
    unpaired: Judgement

    @property
    def effect(self) -> float:
        return self.change.effect.value if self.change.effect else 0.0

    def __str__(self) -> str:
        limits = self.change.effect and (round(self.change.effect.low, 5), round(self.change.effect.high, 5))
        alarm = "ALARM" if self.alarm else "quiet"
        told = f"{self.change.judgement} {self.effect:.5f} {limits} p {self.change.p}; unpaired {self.unpaired}"
        return f"{alarm}: {told}; {self.change.why}"

    @property
    def identical(self) -> bool:
        return "not one row differs" in self.change.why


@dataclass(frozen=True)
class Truth:
    """What an alteration costs, give or take `limit` at 99 %, the standard error that a night's difference has, and the
    threshold of what matters."""

    loss: float
    limit: float
    nightly: float
    threshold: float

    def __str__(self) -> str:
        return f"truly {self.loss:.5f} ± {self.limit:.5f}"

    @property
    def matters(self) -> bool:
        return self.loss - self.limit > self.threshold

    @property
    def is_nothing(self) -> bool:
        return abs(self.loss) + self.limit < self.threshold

    @property
    def must_be_found(self) -> bool:
        return self.matters and self.loss - self.limit > REACH * self.nightly


class Nights:
    """The same data before and after: every seed's images are its own."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.case, self.folder = case, folder

    def truths(self, numbers: Sequence[int]) -> dict[str, Truth]:
        """What heads and changes of nothing cost on many images that no night sees."""
        made = {f"without_{number}": (f"without_{number}", ["truth"]) for number in numbers}
        made |= {name: (name, ["truth"]) for name in EQUAL[1:]}
        found = self._measured("truth", {"truth": (1000, self.case.truth)}, made, jobs=usable_cores())
        entries = {entry.trial.variant.name: entry for entry in found.entries.values()}
        return {name: self._truth(found, entries["base"], entries[name]) for name in made}

    def _truth(self, found: Side, base: Entry, other: Entry) -> Truth:
        metric = metrics()[self.case.metric]
        differences = paired((found.store, base), (found.store, other)).differences
        told = differences.get(metric.name, Difference(0.0, 0.0, 0.0, 1.0, "not one row differs"))
        assert isinstance(base.outcome, Measured)
        (whole,) = [each.samples[0] for each in base.outcome.measurements if each.metric == metric.name]
        error = (told.high - told.low) / (2 * USUAL)
        sign = -1 if metric.better == "higher" else 1
        nightly = error * sqrt(self.case.truth / self.case.images)
        return Truth(sign * told.value, WIDER * error, nightly, of_data(metric, whole, whole + told.value))

    def sides(self, planted: Mapping[str, Sequence[int]]) -> tuple[Side, Side]:
        """Records of all nights before and after. `planted` names, by seed, which heads are gone after."""
        scales = {f"night-{seed}": (2000 + seed, self.case.images) for seed in SEEDS}
        after = {name: (name, [*scales]) for name in EQUAL[1:]}
        after |= {
            f"{name}-{seed}": (f"without_{numbers[seed]}", [f"night-{seed}"])
            for name, numbers in planted.items()
            for seed in SEEDS
        }
        before = {name: ("whole", where) for name, (_, where) in after.items()}
        with ThreadPoolExecutor() as pool:
            sides = [
                pool.submit(self._measured, *each) for each in (("before", scales, before), ("after", scales, after))
            ]
            return sides[0].result(), sides[1].result()

    def _measured(
        self,
        name: str,
        scales: Mapping[str, tuple[int, int]],
        models: Mapping[str, tuple[str, Sequence[str]]],
        jobs: int = 1,
    ) -> Side:
        """A folder of records as `benchbench run` leaves it."""
        suite = self.folder / f"{name}.yaml"
        suite.write_text(self.case.suite(scales, models), encoding="utf-8")
        request = flow.Request(str(suite), records=self.folder / name, jobs=jobs, timeout_s=3600.0)
        allowed = {variant.external for variant in flow.read(request).variants} - {""}
        request = replace(request, allow_code=tuple(allowed))
        plan = flow.plan(request)
        entries = flow.latest(plan, [each for each in flow.execute(request, plan) if isinstance(each, Entry)])
        assert all(isinstance(entry.outcome, Measured) for entry in entries), entries
        return side(name, request.records)

    def gate(self, before: Side, after: Side, variant: str, seed: int) -> Told:
        """The gate of one night, of the reference and one more variant."""
        found = compare(*(_only(each, f"night-{seed}", {"base", variant}) for each in (before, after)))
        (change,) = [each for each in found.changes if (each.variant, each.metric.name) == (variant, self.case.metric)]
        assert change.before is not None
        assert change.after is not None
        apart = unpaired(change.before, change.after)
        threshold = of_data(change.metric, change.before.value, change.after.value)
        return Told(exit_code(found) == REGRESSION, change, judged(apart, threshold, change.metric.better)[0])


def _only(whole: Side, scale: str, variants: set[str]) -> Side:
    wanted = {
        place: entry
        for place, entry in whole.entries.items()
        if entry.trial.scale.name == scale and entry.trial.variant.name in variants
    }
    assert len(wanted) == len(variants)
    return replace(whole, entries=wanted)
