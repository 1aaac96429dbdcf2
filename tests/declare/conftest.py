"""A small vocabulary and a small suite that every test bends a little."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import settings as hypothesis_settings

from benchbench.declare import Vocabulary, load
from benchbench.errors import InvalidSuite
from benchbench.types import Suite

GOOD = """\
suite: small
title: A small suite
family: detr
reference: base
document:
  title: A document
  date: 2026-01-11
  tables:
    - columns: [策略, 参数减少量]
      rows:
        - [剪枝, {text: 22%, claim: C.1}]
        - [none, 42.0]
scales:
  full:
    checkpoint: random
    dataset: {coco: {split: val2017, count: 5000}}
    timing: [800, 1066]
  tiny:
    checkpoint: stand-in
    dataset: shapes
    timing: [96, 96]
variants:
  base: {title: DETR}
  layers:
    steps:
      - drop-layers: {stack: encoder, count: 4}
      - drop-layers: {stack: decoder, count: 3, keep: [0, 2, 4]}
  combined:
    from: layers
    architecture: {encoder-layers: 6}
    steps: [prune-heads: {keep: 0.75}]
  r18: {scales: [full], architecture: {backbone: resnet-18}}
attempts:
  nhead-6: {architecture: {heads: 6}}
probes:
  - size
  - latency: {scales: [full], variants: [base, layers], condition: {batch: 2}}
  - size: {settings: {paper: true}}
claims:
  C.1:
    kind: change
    title: fewer parameters
    source: {words: 22%}
    scale: full
    metric: params
    variant: layers
    value: -22%
    readings:
      total: {title: all of them}
      paper: {metric: params_paper, value: 20%}
  C.2: {kind: ordering, title: faster, scale: any, metric: latency_ms, order: ["layers < base by 5%"], primary: C.1}
  C.3: {kind: recipe, title: six heads, scale: full, recipe: {attempt: nhead-6, changed: layers}}
"""
"""A suite that uses most of the format, one thing a line."""


def build(
    *,
    seed: int,
    backbone: Literal["resnet-18", "resnet-50"] = "resnet-50",
    encoder_layers: int | None = None,
    heads: int | None = None,
) -> None: ...


def build_depth(*, seed: int, encoder: Literal["vits", "vitb"] = "vits") -> None: ...


def prepare_depth(*, shorter: int = 518) -> None: ...


def prepare(*, shorter: int = 800, longer: int = 1333) -> None: ...


def drop_layers(
    *,
    stack: Literal["encoder", "decoder"],
    count: int,
    keep: Literal["first", "every-other"] | list[int] = "first",
) -> None: ...


def prune_heads(*, keep: float, same_everywhere: bool = False, copy: str | None = None) -> None: ...


def finetune(*, steps: int, batch: int = 16, train: str = "full") -> None: ...


def distil(*, teacher: str, steps: int, batch: int = 16, train: str = "full") -> None: ...


def coco(*, split: str = "val2017", count: int | None = 5000, root: Path | None = None) -> None: ...


def shapes(*, seed: int = 0, size: tuple[int, int] = (320, 320)) -> None: ...


def rooms(*, seed: int) -> None: ...


def size(*, paper: bool = False) -> None: ...


def settings(function: Callable[..., None]) -> Mapping[str, inspect.Parameter]:
    """Typed keyword-only parameters, as the catalog reads them."""
    return inspect.signature(function, eval_str=True).parameters


VOCABULARY = Vocabulary(
    families={"detr": settings(build), "vit-depth": settings(build_depth)},
    inputs={"detr": settings(prepare), "vit-depth": settings(prepare_depth)},
    steps={
        "drop-layers": settings(drop_layers),
        "prune-heads": settings(prune_heads),
        "finetune": settings(finetune),
        "distil": settings(distil),
    },
    datasets={"coco": settings(coco), "shapes": settings(shapes), "rooms": settings(rooms)},
    probes={"size": settings(size), "latency": {}, "coco-ap": {}},
    metrics=frozenset({"params", "params_paper", "latency_ms", "throughput_ips", "AP", "layers_encoder", "macs"}),
    training=frozenset({"finetune", "distil"}),
)

# A busy machine is no failure.
hypothesis_settings.register_profile("unhurried", deadline=None)
hypothesis_settings.load_profile("unhurried")


class Files:
    """Suite files in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "suite.yaml"

    def load(self, text: str = GOOD, overrides: Sequence[str] = ()) -> Suite:
        self.path.write_text(text, encoding="utf-8")
        return load(self.path, VOCABULARY, overrides)

    def complaints(self, text: str = GOOD, overrides: Sequence[str] = ()) -> list[str]:
        """What is said of an invalid suite: `line:column: what (hint)`."""
        with pytest.raises(InvalidSuite) as error:
            self.load(text, overrides)
        return [line.removeprefix(f"{self.path}:") for line in str(error.value).splitlines()]

    def bent(self, old: str, new: str) -> list[str]:
        """The complaints about the good suite with one piece replaced."""
        assert GOOD.count(old) == 1, f"{old!r} must stand once in the good suite"
        return self.complaints(GOOD.replace(old, new))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)
