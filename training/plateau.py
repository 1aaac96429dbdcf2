"""Whether a training has come to its end: the end of it again, and what that gained."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Plateau:
    """The same training again for a while: its length, its first learning rate and the metric before and after.

    Each recipe names its metric and the gain (`limit`) from which on it is none; `sign` is -1 where less is better.
    """

    metric: ClassVar[str]
    limit: ClassVar[float]
    sign: ClassVar[int] = 1

    steps: int
    rate: float
    before: float
    after: float

    def __str__(self) -> str:
        change = self.after - self.before
        verdict = "a plateau" if self.sign * change < self.limit else "NOT a plateau"
        return (
            f"{self.steps:,} more steps from a learning rate of {self.rate:.2e}: {self.metric} {self.before:.4f} to "
            f"{self.after:.4f}, {change:+.4f}: {verdict} (limit {self.limit})"
        )
