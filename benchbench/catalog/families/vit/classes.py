"""Labels in, logits out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from benchbench.catalog.contracts import Sample
from benchbench.catalog.formulas.rows import Arrays
from benchbench.errors import BadData


def targets(samples: Sequence[Sample], model: nn.Module | None = None) -> dict[str, Any]:
    """`labels` (n,) int64: indices of classes as the model counts its logits.

    Samples carry `label` () and, if the dataset says how many classes it has, `classes` (). Raises BadData, naming
    both numbers, where these are not the model's.
    """
    if model is not None:
        for sample in samples:
            _check(sample, int(getattr(model.config, "num_labels")))  # noqa: B009 - nn.Module types it as a tensor
    return {"labels": torch.tensor([int(sample.target["label"]) for sample in samples], dtype=torch.int64)}


def _check(sample: Sample, known: int) -> None:
    label, hint = int(sample.target["label"]), "choose a checkpoint that was trained on this dataset's classes"
    classes = int(sample.target.get("classes", known))
    if classes != known:
        raise BadData(f"the dataset has {classes:,} classes, the model tells {known:,} apart", hint)
    if not 0 <= label < known:
        raise BadData(f"image {sample.id} is of class {label}, the model tells {known:,} apart, counted from 0", hint)


def predict(outputs: Any, sizes: Sequence[tuple[int, int]]) -> list[Arrays]:
    """Per image `logits` (classes,) float32. A DeiT's are the mean of both heads, as its original evaluates."""
    logits = outputs.logits.float().numpy(force=True)
    if len(sizes) != len(logits):
        raise ValueError(f"{len(sizes)} image sizes for {len(logits)} outputs")
    return [{"logits": each} for each in logits]
