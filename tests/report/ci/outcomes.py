"""Cases and changes of every standing, with hostile names in every place."""

from __future__ import annotations

from collections.abc import Mapping

from benchbench.report.ci.cases import Case, Outcomes, Standing
from benchbench.types import Estimate, Metric
from benchbench.types.compared import STATUS, Change, Comparison, Judgement
from tests.report.hostile import IMAGE, PIPE, SCRIPT

CONTROLS = "bell\x07 null\x00 escape\x1b[31m high\x85 lone\udc80 last\uffff turned\u202e"
HOSTILE = (SCRIPT, IMAGE, PIPE, CONTROLS, "]]>", "a\r\n::error::injected", "@everyone", "%0A::error::x", "--> <!--")
LATENCY = Metric("latency_ms", "latency", "ms", "lower", 1)
ACCURACY = Metric("AP", "AP", "pt", "higher", 1)
EXPECTED: Mapping[Judgement, Standing] = {
    Judgement.REGRESSION: Standing.FAILED,
    Judgement.IMPROVEMENT: Standing.PASSED,
    Judgement.EQUIVALENT: Standing.PASSED,
    Judgement.SUSPICIOUS: Standing.SKIPPED,
    Judgement.INCONCLUSIVE: Standing.SKIPPED,
    Judgement.INSUFFICIENT_DATA: Standing.SKIPPED,
    Judgement.NOT_COMPARABLE: Standing.SKIPPED,
    Judgement.FAILED: Standing.BROKEN,
}


def hostile() -> Outcomes:
    """Each standing with each hostile string as its name, group, reason and log."""
    cases = tuple(Case(text, text, standing, text, text, text) for text in HOSTILE for standing in Standing)
    return Outcomes(SCRIPT, IMAGE + PIPE, cases, HOSTILE)


def many(count: int, reason: str = "it rose") -> Outcomes:
    """As many failures, and as many that passed."""
    kinds = ((Standing.PASSED, "measured"), (Standing.FAILED, "regression"))
    cases = tuple(Case("g", f"{word} {n}", standing, word, reason) for standing, word in kinds for n in range(count))
    return Outcomes("many", "many", cases)


def comparison() -> Comparison:
    """A change of every judgement; the failed one is of a trial as a whole."""
    changes = []
    for judgement in Judgement:
        whole = judgement is Judgement.FAILED
        changes.append(
            Change(
                trial=f"full / latency / {judgement.name.lower()}",
                scale="full",
                probe="latency",
                variant="v",
                metric=STATUS if whole else LATENCY,
                kind="time",
                judgement=judgement,
                before=None if whole else Estimate(20.0, 19.5, 20.5, 30),
                after=None if whole else Estimate(24.0, 23.5, 24.5, 30),
                effect=None if whole else Estimate(0.2, 0.18, 0.22),
                threshold=0.1,
                p=0.01,
                why=f"<{judgement}>",
            )
        )
    points = Estimate(0.42, 0.4, 0.44)
    same = Change(
        trial="full / coco-ap / base",
        scale="full",
        probe="coco-ap",
        variant="base",
        metric=ACCURACY,
        kind="data",
        judgement=Judgement.EQUIVALENT,
        before=points,
        after=points,
        effect=Estimate(0.0, -0.001, 0.001),
        threshold=0.01,
        p=0.9,
        why="same",
    )
    changes.append(same)
    return Comparison("nightly", "today", tuple(changes), ("one machine",))
