"""Models: families, the subject under the knife, and what computes its forward pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from benchbench.catalog.contracts.data import Absent, Sample
from benchbench.catalog.formulas.rows import Arrays
from benchbench.types import Condition, Json

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchbench.catalog.anatomy import Anatomy
    from benchbench.catalog.onnx_file import Stored

Inputs = dict[str, "Tensor"]
Task = Literal["detection", "depth", "classification"]


class Labelled(NamedTuple):
    """A batch for training or calibration: model inputs, and targets as the family's `loss` takes them."""

    inputs: Inputs
    targets: dict[str, Any]


@dataclass(frozen=True)
class Weights:
    """Where a model's weights come from. `fingerprint` is a sha256 of the file, or names the seed of random ones."""

    kind: Literal["trained", "random"]
    fingerprint: str
    path: Path | None = None
    origin: str = ""


@dataclass
class Subject:
    """A model under the knife: changed in place by steps, which append to `surgery` what they removed.

    `calibrate` answers labelled batches; None where no data are at hand. `uncut` builds anew what it was before the
    first step.
    """

    model: nn.Module
    family: Family
    seed: int = 0
    calibrate: Callable[[], Sequence[Labelled]] | None = None
    surgery: list[dict[str, Json]] = field(default_factory=list)
    uncut: Callable[[], nn.Module] | None = None
    executable: Callable[..., Any] | None = None
    """What a runtime made of the model, called like it; None: the model itself, eagerly."""
    stored: Callable[[], Stored] | None = None
    """Of a model that came as a closed file, what that file holds; None: the model's own tensors are counted."""
    reference: Callable[[], Subject] | None = None
    """What a probe that `compares` sets it against: eager, in float32, on the same device. None for every other one."""
    images: Callable[[int, int], Sequence[Inputs]] | None = None
    """Lent with it: `images(count, batch)` are the scale's first calibration images as batches of float32 inputs on the
    condition's device, none where no data are at hand."""

    def compute(self, **inputs: Any) -> Any:
        """The raw outputs for one batch, in whatever runtime the subject was started."""
        return self.model(**inputs) if self.executable is None else self.executable(**inputs)

    @property
    def anatomy(self) -> Anatomy:
        """Read anew from the model each time, so that it is never stale."""
        return self.family.anatomy(self.model)


class Family(Protocol):
    """A model family: checkpoint to model, image to input, output to prediction."""

    name: str
    title: str
    task: Task
    """What it predicts; a teacher must predict the same."""
    version: int
    build: Callable[..., nn.Module]
    """`build(weights, *, seed, ...)`: float32, eval mode. Raises BadCheckpoint; ValueError for what cannot be built."""
    prepare: Callable[..., Tensor]
    """`prepare(image, *, ...)`: an (H, W, 3) uint8 RGB array to a (3, h, w) float32 input."""

    def locate(self, checkpoint: str) -> Weights | Absent:
        """Find a checkpoint by name, path, "stand-in" or "random". No torch, no network."""

    def anatomy(self, model: nn.Module) -> Anatomy: ...

    def collate(self, images: Sequence[Tensor]) -> Inputs:
        """A padded batch of prepared images, ready to be passed to the model by keyword."""

    def example(self, batch: int, height: int, width: int, seed: int) -> Inputs:
        """A batch of random input of this size, for cost probes."""

    def write_original(self, model: nn.Module, path: Path) -> None:
        """Write the model in its original authors' layout. Raises CannotRun where nobody published this layout."""

    def targets(self, samples: Sequence[Sample], model: nn.Module | None = None) -> dict[str, Any]:
        """What `loss` compares the outputs with; resized and padded as `prepare` and `collate` do with the images.

        The model says which label a category has; without it, the original's labels are meant.
        """

    def loss(self, model: nn.Module, outputs: Any, targets: Mapping[str, Any]) -> Tensor:
        """The training loss of raw outputs of `model(**inputs)`: a scalar with a gradient."""

    def imitation(self, outputs: Any, taught: Any) -> Tensor:
        """The loss of raw outputs against a teacher's raw outputs for the same inputs: a scalar with a gradient."""

    def predict(self, model: nn.Module, outputs: Any, sizes: Sequence[tuple[int, int]]) -> list[Arrays]:
        """Raw outputs to one prediction per image, in the coordinates of the original (height, width)."""


@dataclass(frozen=True)
class Runtime:
    """What computes a model's forward pass, beside eager PyTorch.

    `start(subject, condition)` answers a call like the model's: keyword inputs to raw outputs with the same attributes.
    Whatever it compiles or exports, it does at the first call of each input shape, and compares the outputs with eager
    ones then: beyond `tolerance` (relative to the largest eager value) it raises CannotRun. `missing` tells what is not
    installed, looking without importing.
    """

    name: str
    version: int
    tolerance: float
    start: Callable[[Subject, Condition], Callable[..., Any]]
    missing: Callable[[], Absent | None]
    libraries: tuple[str, ...] = ()
    """Distributions whose versions numbers taken with it depend on."""
    lacks: Callable[[str], Absent | None] = lambda _device: None
    """What it lacks on a device ("cuda:1"), beside what it lacks everywhere; looked for without importing, too."""
