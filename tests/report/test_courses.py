"""What a training is called in a table."""

from benchbench.report.courses import Training
from benchbench.types import Settings


def words(step: str, teacher: str = "", **settings: object) -> str:
    given: Settings = settings  # type: ignore[assignment]
    return Training(step, given, 0, "", None, teacher).words


def test_its_step_and_what_changes_are_told() -> None:
    assert words("finetune") == "finetune, full"
    assert words("finetune", train="head-only", batch=16, accumulate=1) == "finetune, head-only"


def test_accumulated_batches_the_kind_and_the_teacher_are_told_where_there_are_any() -> None:
    assert words("finetune", train="full", batch=16, accumulate=4) == "finetune, full, 4 × 16 images a step"
    assert words("distil", "large", train="last-k") == "distil, last-k, teacher large"
    told = words("distil-logits", "large", kind="token", batch=2, accumulate=3)
    assert told == "distil-logits token, full, 3 × 2 images a step, teacher large"
