"""What an entry of the catalog must offer. Adding one is adding one file.

An entry's settings are the keyword-only parameters of the function named in its contract: typed, with defaults, and
checked against a suite before anything runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from benchbench.catalog.formulas.rows import Arrays
from benchbench.types import Condition, Difference, Json, Measurement, Metric

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
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
class Absent:
    """Not on this machine: what, and the command or deed that would bring it."""

    reason: str
    remedy: str


@dataclass(frozen=True)
class Weights:
    """Where a model's weights come from. `fingerprint` is a sha256 of the file, or names the seed of random ones."""

    kind: Literal["trained", "random"]
    fingerprint: str
    path: Path | None = None
    origin: str = ""


@dataclass(frozen=True)
class Located:
    """A dataset that is on this machine. `open` may take time (generated data are drawn then)."""

    open: Callable[[], Samples]
    fingerprint: str


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
class Step:
    """A change to a model. `apply(subject, *, ...)` raises CannotCut and appends to the subject's surgery.

    `reapply(model, entry)` repeats a recorded surgery entry's shapes on a fresh model, so that its weights load again.
    Reducing steps must make something smaller; the engine checks that they did.
    """

    name: str
    version: int
    reducing: bool
    apply: Callable[..., None]
    reapply: Callable[[Subject, Mapping[str, Json]], None]
    chooses: Callable[..., bool] = lambda **_: False
    """Whether, with these settings, it chooses what to keep on calibration data; without them only costs are told."""
    runtimes: Callable[..., tuple[str, ...]] = lambda **_: ()
    """The only runtimes that can run what these settings make; none named: all of them."""
    closes: bool = False
    """Whether nothing can be cut or trained any more after it: it is a variant's last step."""

    @property
    def declared(self) -> Callable[..., object]:
        """The function whose keyword-only parameters are the settings."""
        return self.apply


@dataclass(frozen=True)
class Ground:
    """What a training stands on. Whatever is asked for and not declared raises BadData naming what to declare.

    `input` are the settings of the family's `prepare`. `folder` keeps the checkpoints of this one training, from which
    it goes on after a SIGKILL to the same weights. `tell(done, total, text)` reports progress in optimiser steps; when
    `stopped()`, a training saves and raises Stopped.
    """

    labelled: Callable[[], Samples]
    unlabelled: Callable[[], Samples]
    teacher: Callable[[], Subject]
    input: Mapping[str, Any]
    folder: Path
    tell: Callable[[int, int, str], None]
    stopped: Callable[[], bool]


@dataclass(frozen=True)
class Course:
    """How a training went. `curve` holds (step, mean loss since the last point, learning rate of the head).

    `images` counts every image each time it is seen. `seconds` is wall time over all of its parts, `peak_memory_mib`
    how far the process rose above what it held before (CPU), or the peak of the allocator (GPU). `updates` is |change|
    / |start| of the weights by layer.
    """

    steps: int
    images: int
    seconds: float
    peak_memory_mib: float
    trainable_parameters: int
    curve: tuple[tuple[int, float, float], ...]
    updates: Mapping[str, float]


@dataclass(frozen=True)
class Training:
    """A step that trains: it changes weights and no shape, so that it costs nothing at inference.

    `train(subject, ground, *, ...)` raises Stopped when asked to stop, BadData or CannotTrain when it cannot go on. The
    settings `steps`, `batch` and `train` ("full", "frozen-encoder", ...) exist in every one; a setting `teacher` names
    another variant of the suite.
    """

    name: str
    version: int
    train: Callable[..., Course]

    @property
    def declared(self) -> Callable[..., object]:
        """The function whose keyword-only parameters are the settings."""
        return self.train


@dataclass(frozen=True)
class Sample:
    """One image with its target: an (H, W, 3) uint8 RGB array and the arrays a probe scores against."""

    id: int
    image: NDArray[np.uint8]
    target: Arrays


class Samples(Protocol):
    """An opened dataset. `fingerprint` changes with any file's content that a number depends on."""

    fingerprint: str

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Sample:
        """Decode one sample. Raises BadData naming the file."""


@dataclass(frozen=True)
class Dataset:
    """`locate(*, ...)` checks what is on disk (count, ids, missing files). No torch, no network."""

    name: str
    version: int
    locate: Callable[..., Located | Absent]


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


@dataclass(frozen=True)
class StaticProbe:
    """Looks at one subject. `environment` is set for a process of its own when the probe needs one."""

    name: str
    version: int
    metrics: tuple[Metric, ...]
    measure: Callable[..., tuple[list[Measurement], list[str]]]
    """`measure(subject, inputs, condition, *, ...)`: measurements and notes."""
    environment: Mapping[str, str] | None = None
    refused: Callable[[Exception], tuple[list[Measurement], list[str]]] | None = None
    """What it measures where the subject cannot be built; without this, such a trial is Failed."""
    tells_training: bool = False
    """Whether it tells what trainings took, so that its numbers are others once they are made."""
    opens: bool = False
    """Whether it looks inside of the model: not to be had of one that came as a closed file."""
    kind: Literal["static"] = "static"


@dataclass(frozen=True)
class TimedProbe:
    """Returns a call to be timed; the engine warms up, synchronises, interleaves, repeats, isolates."""

    name: str
    version: int
    metrics: tuple[Metric, ...]
    prepare: Callable[..., Callable[[], object]]
    """`prepare(subject, inputs, condition, *, ...)`: the call. Inputs are made outside of it."""
    read: Callable[[float, Condition], float]
    """Seconds of one call to the metric's value (the first of `metrics`)."""
    opens: bool = False
    """Whether it looks inside of the model: not to be had of one that came as a closed file."""
    kind: Literal["timed"] = "timed"


@dataclass(frozen=True)
class ScoredProbe:
    """`score(prediction, target)` per sample, `summarise(rows, weights)` over them; both torch-free.

    `weights` are image multiplicities (None: each once). `summarise` gives every metric by name; `intervals` is the
    metrics' 95 % limits by bootstrap over images, for those it covers. The two readers take files made elsewhere. The
    settings are those of `summarise`; `score` and `intervals` are given those of them that they take.
    """

    name: str
    version: int
    metrics: tuple[Metric, ...]
    score: Callable[..., Arrays]
    """`score(prediction, target, *, ...)`: the row. Raises BadData for a prediction that must not be scored."""
    summarise: Callable[..., dict[str, float]]
    """`summarise(rows, weights=None, *, ...)`. Raises BadData for values that must not be scored."""
    intervals: Callable[..., dict[str, tuple[float, float]]]
    """`intervals(rows, resamples, seed, *, ...)`."""
    read_predictions: Callable[[Path, Path], Mapping[int, Arrays]]
    """`read_predictions(predictions, targets)`: by sample id."""
    read_targets: Callable[[Path], Mapping[int, Arrays]]
    archived: Callable[[Arrays], Arrays] = lambda prediction: prediction
    """What of a prediction is kept beside the record; dense maps would fill the disk and are left out."""
    notes: Callable[..., list[str]] = lambda *_, **__: []
    """`notes(rows, **settings)`: what a reader of the numbers must know, such as samples that do not count."""
    paired: Callable[..., dict[str, Difference]] = lambda *_, **__: {}
    """`paired(rows, others, *, ...)`: by metric, the rows' value minus the others', over the same images in order."""
    kind: Literal["scored"] = "scored"


Probe = StaticProbe | TimedProbe | ScoredProbe
