"""Int8 in the linear layers of the Transformer's stacks; predictors, convolutions and embeddings stay as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from benchbench.catalog.contracts import Step, Subject
from benchbench.catalog.surgery.entries import COST_ONLY, settings_from
from benchbench.errors import BadCheckpoint, CannotCut, nearest
from benchbench.types import Json

if TYPE_CHECKING:
    from torch import nn

Scheme = Literal["dynamic", "static", "weight-only"]
Backend = Literal["torch", "onnxruntime"]
NAME, VERSION = "quantise", 1
SCHEMES: Mapping[Backend, tuple[Scheme, ...]] = {
    "torch": ("dynamic", "weight-only"),
    "onnxruntime": ("dynamic", "static"),
}
RUNTIMES: Mapping[tuple[Backend, Scheme], tuple[str, ...]] = {
    ("torch", "dynamic"): ("eager",),
    ("torch", "weight-only"): ("eager", "compiled"),
}
"""Others would fold restored weights back into floats, or round activations elsewhere."""


def apply(
    subject: Subject,
    *,
    scheme: Scheme = "dynamic",
    backend: Backend = "torch",
    stacks: list[str] | None = None,
    samples: int = 32,
    reduce_range: bool = False,
) -> None:
    """Int8 weights, one scale for each output channel, in every linear layer of these stacks (of all by default).

    `dynamic` also rounds each call's activations; `static` by ranges that were seen on at most `samples` images of the
    calibration data, without which ranges are those of noise and the entry says so; `weight-only` leaves them float.
    `backend`: layers of ours in PyTorch, or the exported file, made int8 by ONNX Runtime, whose `reduce_range` leaves
    weights 7 bits for processors that saturate (AVX2 and AVX-512 without VNNI). Raises CannotCut where nothing can be
    quantised so.
    """
    _refuse(subject, scheme, backend, samples)
    layers = _layers(subject, stacks)
    settings: dict[str, Json] = {"scheme": scheme, "backend": backend, "stacks": list(stacks) if stacks else None}
    settings |= {"samples": samples, "reduce_range": reduce_range}
    kept: dict[str, Json] = _digests(layers) if backend == "onnxruntime" else dict.fromkeys(layers, "")
    entry: dict[str, Json] = {"step": NAME, "version": VERSION, "settings": settings}
    entry |= {"backend": backend, "scheme": scheme, "samples": samples, "reduce_range": reduce_range, "layers": kept}
    if backend == "torch":
        _replace(subject.model, layers, scheme)
    subject.surgery.append(entry | {"note": _note(subject, scheme, backend, len(layers))})


def reapply(subject: Subject, entry: Mapping[str, Json]) -> None:
    """Make the entry's layers int8 again, for weights to be loaded. Raises BadCheckpoint where it does not fit."""
    settings, told = settings_from(entry, apply), entry.get("layers")
    layers = _layers(subject, settings["stacks"])
    if (entry.get("step"), entry.get("version")) != (NAME, VERSION):
        raise BadCheckpoint(f"surgery entry is not of '{NAME}' version {VERSION}")
    if not isinstance(told, dict) or set(told) != set(layers):
        raise BadCheckpoint(f"{NAME}: surgery entry and model disagree on the layers")
    _refuse(subject, settings["scheme"], settings["backend"], settings["samples"])
    if settings["backend"] == "torch":
        _replace(subject.model, layers, settings["scheme"])
    subject.surgery.append(dict(entry))


def _refuse(subject: Subject, scheme: Scheme, backend: Backend, samples: int) -> None:
    if any(entry["step"] == NAME for entry in subject.surgery):
        raise CannotCut(f"{NAME}: the model is quantised already", "quantise once, as the last step")
    if scheme not in SCHEMES[backend]:
        other = next(name for name, schemes in SCHEMES.items() if scheme in schemes)
        raise CannotCut(f"{NAME}: '{scheme}' is not made with backend '{backend}'", f"backend: {other}")
    if samples < 1:
        raise CannotCut(f"{NAME}: {samples} samples to calibrate on", "at least 1")
    if backend == "torch" and scheme == "dynamic":
        from benchbench.catalog.quantisation.linear import exact_products

        if not exact_products():
            raise CannotCut(
                f"{NAME}: this processor saturates sums of int8 products", "backend: onnxruntime, reduce-range: true"
            )


def _layers(subject: Subject, stacks: Iterable[str] | None) -> dict[str, nn.Linear]:
    """The linear layers by their path in the model, in its order. Raises CannotCut naming what cannot be quantised."""
    from torch import nn

    known = {stack.name: stack for stack in subject.anatomy.stacks}
    for name in stacks or ():
        if name not in known:
            raise CannotCut(f"{NAME}: no stack '{name}'", nearest(name, known))
    inside = {
        id(module)
        for name in (known if stacks is None else stacks)
        for layer in known[name].layers
        for module in layer.module.modules()
    }
    named = ((name, each) for name, each in subject.model.named_modules() if id(each) in inside)
    found = {name: each for name, each in named if isinstance(each, nn.Linear)}
    if not found:
        raise CannotCut(f"{NAME}: the model has no linear layer to quantise", "it is made for Transformers' layers")
    _refuse_others(found)
    return found


def _refuse_others(layers: Mapping[str, nn.Linear]) -> None:
    from torch import nn

    for name, layer in layers.items():
        if type(layer) is not nn.Linear:
            raise CannotCut(f"{NAME}: {name} is a {type(layer).__name__}, which computes otherwise than a linear layer")
        if not bool(layer.weight.isfinite().all()):
            raise CannotCut(f"{NAME}: the weights of {name} are not all finite")


def _replace(model: nn.Module, layers: Mapping[str, nn.Linear], scheme: Scheme) -> None:
    from benchbench.catalog.quantisation.linear import Int8Linear

    assert scheme != "static"
    for name, layer in layers.items():
        parent, _, attribute = name.rpartition(".")
        setattr(model.get_submodule(parent), attribute, Int8Linear(layer, scheme))


def _digests(layers: Mapping[str, nn.Linear]) -> dict[str, Json]:
    """What the layers' weights are found by in an exported file, whatever an exporter calls them."""
    from benchbench.catalog.quantisation.onnx import digest

    return {name: digest(layer.weight.detach().cpu().numpy()) for name, layer in layers.items()}


def _note(subject: Subject, scheme: Scheme, backend: Backend, count: int) -> str:
    held = "multiply-adds are those of the float model"
    if backend == "onnxruntime":
        held = "parameters and multiply-adds are those of the float model, the file is ONNX Runtime's"
    note = f"int8, {scheme}, {count} linear layers ({backend}); {held}"
    return f"{COST_ONLY}: {note}, ranges are those of noise" if scheme == "static" and not subject.calibrate else note


def chooses(*, scheme: str = "dynamic", **_: Json) -> bool:
    """Ranges of activations are seen on data."""
    return scheme == "static"


def runtimes(*, scheme: Scheme = "dynamic", backend: Backend = "torch", **_: Json) -> tuple[str, ...]:
    """The file of ONNX Runtime runs there alone."""
    return ("onnxruntime",) if backend == "onnxruntime" else RUNTIMES.get((backend, scheme), ())


STEP = Step(
    name=NAME,
    version=VERSION,
    reducing=False,
    apply=apply,
    reapply=reapply,
    chooses=chooses,
    runtimes=runtimes,
    closes=True,
)
