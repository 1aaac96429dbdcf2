"""What a model that somebody else built must answer: tensors of a form that predictions can be made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from benchbench.catalog.contracts import Family, Inputs, Task
from benchbench.catalog.model_outputs import OUTPUTS
from benchbench.errors import CannotRun

Form = Mapping[str, Sequence[int | str]]
"""Sizes of each output by name; equal words are equal numbers, and `batch` is the inputs' first size."""
FORMS: Mapping[Task, Sequence[Form]] = {
    "detection": ({"logits": ("batch", "queries", "labels + 1"), "pred_boxes": ("batch", "queries", 4)},),
    "depth": ({"predicted_depth": ("batch", "height", "width")},),
    "classification": ({"logits": ("batch", "classes")}, {"logits_per_image": ("batch", "texts")}),
}
HINT = "its forward should answer a dict of floating tensors under these names, or an object with them as attributes"


def refuse_misfits(outputs: Any, inputs: Inputs, family: Family, name: str) -> None:
    """Raises CannotRun for outputs of which the family can predict nothing: what was wanted, and what there is."""
    batch = next((len(each) for each in inputs.values()), 0)
    forms = FORMS[family.task]
    if any(_fits(outputs, form, batch) for form in forms):
        return
    raise CannotRun(
        f"the external model '{name}' gives {described(outputs)} for {batch} image{'s' * (batch != 1)}, "
        f"where one of the family '{family.name}' ({family.task}) gives {_told(forms[0])}",
        HINT,
    )


def _fits(outputs: Any, form: Form, batch: int) -> bool:
    bound: dict[int | str, int] = {"batch": batch}
    for name, sizes in form.items():
        tensor = getattr(outputs, name, None)
        if not isinstance(tensor, Tensor) or not tensor.is_floating_point() or tensor.ndim != len(sizes):
            return False
        for want, size in zip(sizes, tensor.shape, strict=True):
            if size == 0 or size != (want if isinstance(want, int) else bound.setdefault(want, size)):
                return False
    return True


def _told(form: Form) -> str:
    return " and ".join(f"{name} ({', '.join(map(str, sizes))})" for name, sizes in form.items())


def described(outputs: Any) -> str:
    """An output in words: its type, and the tensors that it has, known names first."""
    if isinstance(outputs, Tensor):
        return f"a bare tensor, {_tensor(outputs)}"
    if isinstance(outputs, tuple | list):
        return f"a {type(outputs).__name__} of {len(outputs)} ({', '.join(map(_part, outputs[:4]))})"
    found = dict(outputs) if isinstance(outputs, Mapping) else dict(getattr(outputs, "__dict__", {}))
    shown = sorted(found, key=lambda each: each not in OUTPUTS)[:6]
    if not shown:
        return "None" if outputs is None else f"no tensors ({type(outputs).__name__})"
    return ", ".join(f"{each} ({_part(found[each])})" for each in shown)


def _part(value: Any) -> str:
    return _tensor(value) if isinstance(value, Tensor) else type(value).__name__


def _tensor(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"
