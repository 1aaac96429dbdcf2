"""A catalog of toys: a model with an anatomy, cuts that cut, steps and data that misbehave in every way."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchbench.catalog.anatomy import Anatomy, Attention, FeedForward, Layer, Stack
from benchbench.catalog.contracts import (
    Absent,
    Dataset,
    Inputs,
    Located,
    Probe,
    Sample,
    Samples,
    ScoredProbe,
    StaticProbe,
    Step,
    Subject,
    Task,
    TimedProbe,
    Training,
    Weights,
)
from benchbench.catalog.formulas.rows import Arrays
from benchbench.catalog.probes import drift
from benchbench.errors import BadData
from benchbench.measure.shelves import Shelves
from benchbench.types import Condition, Json, Measurement, Metric
from tests.measure.toy_neighbours import mingle
from tests.measure.toy_scores import intervals, no_reader, score, summarise
from tests.measure.toy_training import TRAININGS


class ToyLayer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.o(self.v(x)) + self.down(torch.relu(self.up(x)))
        return out


class ToyModel(nn.Module):
    """Mean colour to a number per image; `misdeed` is done in the forward pass."""

    def __init__(self, layers: int, width: int, outputs: int = 1) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(3, width), nn.Linear(width, outputs)
        self.layers = nn.ModuleList(ToyLayer(width) for _ in range(layers))
        self.misdeed: Callable[[], None] | None = None

    def forward(self, pixel_values: Tensor, labels: object = None) -> Tensor:
        del labels
        if self.misdeed:
            self.misdeed()
        x: Tensor = self.first(pixel_values.mean((2, 3)))
        for layer in self.layers:
            x = layer(x)
        out: Tensor = self.last(x)
        return out


def build(weights: Weights, *, seed: int, layers: int = 3, width: int = 8, outputs: int = 1) -> nn.Module:
    del weights
    if layers < 1:
        raise ValueError("a toy has layers")
    torch.manual_seed(seed)
    return ToyModel(layers, width, outputs).eval()


def prepare_image(image: np.ndarray[Any, Any], *, scale: float = 1.0) -> Tensor:
    return torch.from_numpy(image).permute(2, 0, 1).float() * scale


class ToyFamily:
    name, title, version = "toy", "Toy", 3
    task: Task = "classification"
    build = staticmethod(build)
    prepare = staticmethod(prepare_image)

    def locate(self, checkpoint: str) -> Weights | Absent:
        if checkpoint == "random":
            return Weights("random", "random")
        if checkpoint == "here":
            return Weights("trained", "abc", None, "a toy's")
        return Absent(f"no {checkpoint}", f"benchbench fetch {checkpoint}")

    def anatomy(self, model: nn.Module) -> Anatomy:
        assert isinstance(model, ToyModel)
        return Anatomy((Stack("encoder", model.layers, tuple(map(_layer, model.layers)), lambda _: None),))

    def collate(self, images: Sequence[Tensor]) -> Inputs:
        return {"pixel_values": torch.stack(list(images))}

    def example(self, batch: int, height: int, width: int, seed: int) -> Inputs:
        return {"pixel_values": torch.randn(batch, 3, height, width, generator=torch.Generator().manual_seed(seed))}

    def write_original(self, model: nn.Module, path: Path) -> None:
        raise NotImplementedError

    def targets(self, samples: Sequence[Sample], model: nn.Module | None = None) -> dict[str, Any]:
        assert model is not None
        return {"labels": torch.tensor([sample.id for sample in samples])}

    def loss(self, model: nn.Module, outputs: Any, targets: Mapping[str, Any]) -> Tensor:
        del model
        error: Tensor = (outputs[:, 0] - (targets["labels"] - 100) / 7).abs().mean()
        return error

    def imitation(self, outputs: Any, taught: Any) -> Tensor:
        difference: Tensor = (outputs - taught).abs().mean()
        return difference

    def predict(self, model: nn.Module, outputs: Any, sizes: Sequence[tuple[int, int]]) -> list[Arrays]:
        del model, sizes
        return [{"guess": row.numpy().astype(np.float32)} for row in outputs]


def _layer(module: nn.Module) -> Layer:
    assert isinstance(module, ToyLayer)
    attention = Attention("self", module, module.q, module.k, module.v, module.o, 4, module.q.out_features // 4)
    return Layer(module, (attention,), FeedForward("ff", module.up, module.down))


def drop(subject: Subject, *, count: int) -> None:
    model = subject.model
    assert isinstance(model, ToyModel)
    removed = len(model.layers) - count
    model.layers = model.layers[:count]
    subject.surgery.append({"step": "drop", "removed": removed})


def drop_again(subject: Subject, entry: Mapping[str, Json]) -> None:
    removed = entry["removed"]
    assert isinstance(subject.model, ToyModel)
    assert isinstance(removed, int)
    drop(subject, count=len(subject.model.layers) - removed)


def weigh(subject: Subject, *, count: int) -> None:
    """Drop layers by scores, and tell which process scored."""
    drop(subject, count=count)
    subject.surgery[-1] |= {"step": "weigh", "scores": {"layers": [1.0]}, "scored_by": os.getpid()}


def weigh_again(subject: Subject, entry: Mapping[str, Json]) -> None:
    drop_again(subject, entry)
    subject.surgery[-1] = dict(entry)


def nothing(subject: Subject) -> None:
    del subject


def learn(subject: Subject) -> None:
    """Notes what calibration data it was given."""
    batches = subject.calibrate() if subject.calibrate else []
    sizes: list[Json] = [len(batch.inputs["pixel_values"]) for batch in batches]
    subject.surgery.append({"step": "learn", "batches": sizes})


def misbehave(subject: Subject, *, how: str, after: int = 0, until: str = "") -> None:
    """After `after` forward passes throw, crash, hang, nan; or die (SIGKILL) unless the file `until` exists."""
    assert isinstance(subject.model, ToyModel)
    subject.model.misdeed = Misdeed(subject.model, how, after, until)


@dataclass
class Misdeed:
    model: ToyModel
    how: str
    after: int
    until: str
    calls: int = 0

    def __call__(self) -> None:
        self.calls += 1
        if self.calls > self.after:
            getattr(self, self.how)()

    def throw(self) -> None:
        raise RuntimeError("thrown in the forward pass")

    def crash(self) -> None:
        os.kill(os.getpid(), signal.SIGSEGV)

    def hang(self) -> None:
        time.sleep(600)

    def nan(self) -> None:
        nn.init.constant_(self.model.last.bias, float("nan"))

    def die(self) -> None:
        if not Path(self.until).exists():
            Path(self.until).touch()
            os.kill(os.getpid(), signal.SIGKILL)


def count_parameters(
    subject: Subject, inputs: Inputs, condition: Condition, *, words: str = ""
) -> tuple[list[Measurement], list[str]]:
    """Runs the model too, so that misdeeds are done."""
    del condition
    subject.model(**inputs)
    print("this must not disturb the pipe")
    total = sum(parameter.numel() for parameter in subject.model.parameters())
    return [Measurement("params", (float(total),)), Measurement("pid", (float(os.getpid()),))], [words]


def prepare(subject: Subject, inputs: Inputs, condition: Condition) -> Callable[[], object]:
    del condition

    def call() -> object:
        with torch.inference_mode():
            return subject.model(**inputs)

    return call


@dataclass
class Dots:
    """Images of one colour; number `broken` cannot be decoded. Each decoding leaves a line in `trace`."""

    count: int
    broken: int = -1
    trace: str = ""
    fingerprint: str = "dots"

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Sample:
        if index == self.broken:
            raise BadData(f"image {index} is truncated", "fetch it again")
        if self.trace:
            with Path(self.trace).open("a") as file:
                file.write(f"{index}\n")
        image = np.full((4, 6, 3), index % 251, np.uint8)
        return Sample(100 + index, image, {"value": np.array([index / 7], np.float32)})


def locate_dots(*, count: int = 6, broken: int = -1, trace: str = "", split: str = "dots") -> Located | Absent:
    def opened() -> Samples:
        return Dots(count, broken, trace, split)

    return Located(opened, split) if count else Absent("no dots", "draw some")


def metric(name: str) -> Metric:
    return Metric(name, name, "", "lower", 2)


PROBES: dict[str, Probe] = {
    "size": StaticProbe("size", 1, (metric("params"), metric("pid")), count_parameters),
    "alone": StaticProbe("alone", 1, (metric("params"), metric("pid")), count_parameters, {"MALLOC_ARENA_MAX": "1"}),
    "drift": drift.PROBE,
    "latency": TimedProbe("latency", 2, (metric("latency_ms"),), prepare, lambda seconds, _: seconds * 1e3),
    "accuracy": ScoredProbe(
        "accuracy", 5, (metric("error"), metric("worst")), score, summarise, intervals, no_reader, no_reader
    ),
}
STEPS: dict[str, Step | Training] = {
    "drop": Step("drop", 4, True, drop, drop_again),
    "weigh": Step("weigh", 1, True, weigh, weigh_again),
    "nothing": Step("nothing", 1, True, nothing, lambda *_: None),
    "learn": Step("learn", 1, False, learn, lambda *_: None),
    "mingle": Step("mingle", 1, False, mingle, lambda *_: None),
    "misbehave": Step("misbehave", 1, False, misbehave, lambda *_: None),
    **TRAININGS,
}
SHELVES = Shelves({"toy": ToyFamily()}, STEPS, {"dots": Dataset("dots", 6, locate_dots)}, PROBES)
