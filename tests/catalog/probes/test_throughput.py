"""Images, not calls, over seconds."""

from benchbench.catalog.contracts import Inputs, Subject
from benchbench.catalog.probes.throughput import PROBE
from benchbench.types import Condition


def test_the_call_runs_the_whole_batch(subject: Subject, inputs: Inputs) -> None:
    assert PROBE.prepare(subject, inputs, Condition(batch=2))().logits.shape[0] == 2  # type: ignore[attr-defined]


def test_a_batch_counts_all_its_images() -> None:
    assert PROBE.read(0.5, Condition(batch=4)) == 8.0
