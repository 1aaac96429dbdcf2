"""`benchbench score`: any scored probe on predictions that were made elsewhere."""

from __future__ import annotations

from pathlib import Path

from benchbench import terminal
from benchbench.catalog.contracts import ScoredProbe
from benchbench.catalog.formulas.rows import Rows, gather
from benchbench.catalog.probes import PROBES
from benchbench.errors import BenchbenchError


def show(name: str, predictions: Path, targets: Path, evaluator: str, resamples: int, *, as_json: bool) -> None:
    """Print a probe's metrics, with their intervals."""
    probe = PROBES[name]
    if not isinstance(probe, ScoredProbe):
        scored = [other for other in PROBES if isinstance(PROBES[other], ScoredProbe)]
        raise BenchbenchError(f"'{name}' is not scored on predictions", f"scored probes: {', '.join(scored)}")
    rows = read(probe, predictions, targets)
    numbers = probe.summarise(rows, None, **({"evaluator": evaluator} if evaluator else {}))
    limits = probe.intervals(rows, resamples, 0) if resamples else {}
    if as_json:
        terminal.data(
            {
                "probe": name,
                "samples": len(rows),
                "evaluator": evaluator or "default",
                "metrics": numbers,
                "intervals": limits,
            }
        )
        return
    shown = [(metric.title, _text(numbers[metric.name], limits.get(metric.name))) for metric in probe.metrics]
    terminal.table(f"{name} over {len(rows)} images", ("metric", "value [95 % over images]"), shown)


def read(probe: ScoredProbe, predictions: Path, targets: Path) -> Rows:
    """Score every sample of the targets; one without predictions is scored on none."""
    truth = probe.read_targets(targets)
    made = probe.read_predictions(predictions, targets)
    ids = sorted(truth)
    return gather(ids, [probe.score(made[identity], truth[identity]) for identity in ids])


def _text(value: float, limits: tuple[float, float] | None) -> str:
    interval = f"  [{limits[0]:.4f}, {limits[1]:.4f}]" if limits else ""
    return f"{value:.4f}{interval}"
