"""Which trainings stand behind a trial, and what each of them depends on. Loads no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import Parameter

from benchbench.catalog.contracts import Absent, Family, Located, Step, Training
from benchbench.catalog.shelf import settings_of
from benchbench.errors import BadData
from benchbench.measure.journal import digest
from benchbench.measure.origins import Origins
from benchbench.measure.shelves import Lookup, keywords
from benchbench.measure.weights import chosen
from benchbench.types import Json, Scale, Trial, Use, Variant

TEACHER = "teacher"
LABELLED, UNLABELLED = "training", "unlabelled"
DATA: Mapping[object, tuple[str, ...]] = {
    None: (LABELLED,),
    LABELLED: (LABELLED,),
    UNLABELLED: (UNLABELLED,),
}
"""The scale's data that a training step uses, by its setting `data`; for any other value, both."""


@dataclass(frozen=True)
class Need:
    """One training on the way of a trial. `variant_prefix` is the variant as far as this step, which is its last.

    `parts` is all that its weights depend on, `key` the digest of that. `steps_declared` counts optimiser steps.
    """

    key: str
    variant_prefix: Variant
    index: int
    steps_declared: int
    parts: Mapping[str, Json] = field(compare=False)

    @property
    def use(self) -> Use:
        return self.variant_prefix.steps[self.index]


def needs(trial: Trial, origins: Origins, families: Lookup[Family], steps: Lookup[Step | Training]) -> tuple[Need, ...]:
    """Every training on the way of a trial in the order in which they must be made, a teacher's before its pupil's.

    A teacher is trained with the trial's own seed. Trainings that are equal are told once.
    """
    found: dict[str, Need] = {}
    for index, use in enumerate(trial.variant.steps):
        if not isinstance(steps[use.name], Training):
            continue
        teachers = needs(taught_by(trial, use.teacher), origins, families, steps) if use.teacher else ()
        for need in (*teachers, need_of(trial, index, origins, families, steps)):
            found.setdefault(need.key, need)
    return tuple(found.values())


def untrained(
    trial: Trial,
    have: Callable[[str], object],
    origins: Origins,
    families: Lookup[Family],
    steps: Lookup[Step | Training],
) -> tuple[Need, ...]:
    """Those of a trial's trainings that must be made before it can be scored, in order; `have` finds one by its key.

    The last one that is at hand stands for all before it, and for its teacher.
    """
    found: dict[str, Need] = {}
    for index, use in reversed(list(enumerate(trial.variant.steps))):
        if not isinstance(steps[use.name], Training):
            continue
        need = need_of(trial, index, origins, families, steps)
        if have(need.key):
            break
        teachers = untrained(taught_by(trial, use.teacher), have, origins, families, steps) if use.teacher else ()
        found = {each.key: each for each in (*teachers, need)} | found
    return tuple(found.values())


def need_of(
    trial: Trial, index: int, origins: Origins, families: Lookup[Family], steps: Lookup[Step | Training]
) -> Need:
    """The training that is the trial's step number `index`."""
    prefix = replace(trial.variant, steps=trial.variant.steps[: index + 1])
    parts = parts_of(replace(trial, variant=prefix), origins, families, steps)
    use = prefix.steps[index]
    declared = resolved(use, steps[use.name]).get("steps", 0)
    return Need(digest(parts), prefix, index, declared if isinstance(declared, int) else 0, parts)


def parts_of(
    trial: Trial, origins: Origins, families: Lookup[Family], steps: Lookup[Step | Training]
) -> dict[str, Json]:
    """Everything that the weights of a trial's model depend on, without names, titles, places or library versions."""
    scale, variant = trial.scale, trial.variant
    return {
        "family": [scale.family, families[scale.family].version],
        "architecture": {**scale.architecture, **variant.architecture},
        "input": dict(scale.input),
        "weights": chosen(origins.weights(trial.origin), trial, trained=False).fingerprint,
        "steps": [_step(use, trial, origins, families, steps) for use in variant.steps],
        "calibration": _fingerprint(scale.calibration, origins) if _chooses(variant, steps) else None,
        "seed": trial.seed,
    }


def resolved(use: Use, step: Step | Training) -> dict[str, Json]:
    """A step's settings with the defaults of those that are not given, without its teacher's name."""
    given = {name.replace("-", "_"): value for name, value in use.settings.items()}
    known = {name: given.get(name, _default(parameter)) for name, parameter in settings_of(step.declared).items()}
    return {name: value for name, value in known.items() if name != TEACHER}


def words(variant: Variant, steps: Lookup[Step | Training]) -> str:
    """How a variant was recovered: "finetune 150 steps of 16 (full)", "... of 4 × 16 (full)", "none"."""
    told = []
    for use in variant.steps:
        if isinstance(steps[use.name], Training):
            given = resolved(use, steps[use.name])
            told.append(f"{use.name} {given.get('steps')} steps of {_images(given)} ({given.get('train')})")
    return " + ".join(told) or "none"


def _images(given: Mapping[str, Json]) -> str:
    """The images of an optimiser step: "16", or "4 × 16" where gradients are accumulated."""
    parts = given.get("accumulate", 1)
    return f"{given.get('batch')}" if parts == 1 else f"{parts} × {given.get('batch')}"


def lacking(
    trial: Trial, origins: Origins, steps: Lookup[Step | Training], wanted: Sequence[Need] | None = None
) -> Absent | None:
    """What trainings want and this machine has not: data. Of all on the trial's way, or of those `wanted` alone."""
    uses = _trainings(trial.variant, steps) if wanted is None else (need.use for need in wanted)
    for use in uses:
        for name in data_of(use, steps[use.name]):
            found = located(trial.scale, name, origins)
            if isinstance(found, Absent):
                return found
    return None


def located(scale: Scale, name: str, origins: Origins) -> Absent | Located:
    """The scale's training data of this name. Raises BadData where they are those that it is scored on."""
    use = scale.training if name == LABELLED else scale.unlabelled
    if use is None:
        return Absent(f"scale '{scale.name}' declares no {name} data", f"declare `{name}:` in the scale")
    found = origins.data(use)
    if not isinstance(found, Absent) and found.fingerprint == _fingerprint(scale.dataset, origins):
        raise BadData(
            f"{scale.place}: the {name} data of scale '{scale.name}' are the data it is scored on",
            "train on other images: another split, seed or range",
        )
    return found


def data_of(use: Use, step: Step | Training) -> tuple[str, ...]:
    """Which of the scale's data a training step uses: `training`, `unlabelled` or both."""
    return DATA.get(resolved(use, step).get("data"), (LABELLED, UNLABELLED))


def taught_by(trial: Trial, teacher: Variant) -> Trial:
    """The teacher of a trial as a trial of its own, of the same seed."""
    return replace(trial, variant=teacher)


def _trainings(variant: Variant, steps: Lookup[Step | Training]) -> Iterator[Use]:
    """The steps of a variant that train, and those of their teachers."""
    for use in variant.steps:
        if isinstance(steps[use.name], Training):
            yield use
            yield from _trainings(use.teacher, steps) if use.teacher else ()


def _step(use: Use, trial: Trial, origins: Origins, families: Lookup[Family], steps: Lookup[Step | Training]) -> Json:
    step = steps[use.name]
    told: dict[str, Json] = {"step": use.name, "version": step.version, "settings": resolved(use, step)}
    if isinstance(step, Training):
        uses = {LABELLED: trial.scale.training, UNLABELLED: trial.scale.unlabelled}
        told["data"] = {name: _fingerprint(uses[name], origins) for name in data_of(use, step)}
    if use.teacher is not None:
        told["teacher"] = digest(parts_of(taught_by(trial, use.teacher), origins, families, steps))
    return told


def _chooses(variant: Variant, steps: Lookup[Step | Training]) -> bool:
    return any(
        isinstance(step, Step) and step.chooses(**keywords(use.settings))
        for use, step in ((use, steps[use.name]) for use in variant.steps)
    )


def _fingerprint(use: Use | None, origins: Origins) -> str:
    found = None if use is None else origins.data(use)
    return "absent" if found is None or isinstance(found, Absent) else found.fingerprint


def _default(parameter: Parameter) -> Json:
    fallback: Json = None if parameter.default is Parameter.empty else parameter.default
    return list(fallback) if isinstance(fallback, tuple) else fallback
