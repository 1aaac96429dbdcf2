"""How variants were trained, as their records tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from benchbench.report.account import Account
from benchbench.report.signature import text
from benchbench.report.values import fact
from benchbench.types import Entry, Json, Scale, Settings, Variant

Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Course:
    """One training: what it took, its losses by step, and |change| / |start| of the weights by layer."""

    steps: float
    images: float
    seconds: float
    memory: float
    parameters: float
    curve: Curve = ()
    updates: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Training:
    """A training step of a variant with one seed. `course` is None where it was not trained yet."""

    step: str
    settings: Settings
    seed: int
    machine: str
    course: Course | None
    teacher: str = ""

    @property
    def words(self) -> str:
        """`distil-logits soft, head-only, 4 × 16 images a step, teacher large`; what it has not is left out."""
        given = self.settings
        parts = [f"{self.step} {given['kind']}" if "kind" in given else self.step, str(given.get("train", "full"))]
        if given.get("accumulate", 1) != 1:
            parts.append(f"{given['accumulate']} × {given.get('batch')} images a step")
        return ", ".join([*parts, *([f"teacher {self.teacher}"] if self.teacher else [])])


def chains(account: Account, scale: Scale, variant: Variant) -> tuple[tuple[Training, ...], ...]:
    """The trainings of a variant in the order of its steps, one chain for each seed; those that ran come first."""
    found: dict[tuple[int, ...], tuple[Training, ...]] = {}
    for entry in account.told(scale, variant):
        chain = _taught(_told(entry), variant)
        seeds = tuple(training.seed for training in chain)
        if chain and (seeds not in found or not ran(found[seeds])):
            found[seeds] = chain
    trained = tuple(found[seeds] for seeds in sorted(found) if ran(found[seeds]))
    return trained or tuple(found.values())[:1]


def ran(chain: tuple[Training, ...]) -> bool:
    return all(training.course is not None for training in chain)


def _taught(chain: tuple[Training, ...], variant: Variant) -> tuple[Training, ...]:
    """The trainings with the names of their teachers, which the variant's own steps tell in the same order."""
    steps = {training.step for training in chain}
    uses = [use for use in variant.steps if use.name in steps]
    teachers = [use.teacher.name if use.teacher else "" for use in uses]
    if len(teachers) != len(chain):
        return chain
    return tuple(replace(training, teacher=name) for training, name in zip(chain, teachers, strict=True))


def _told(entry: Entry) -> tuple[Training, ...]:
    """The trainings in an entry's surgery."""
    surgery = _listed(fact(entry, "surgery"))
    return tuple(_training(step) for step in surgery if isinstance(step, dict) and "course" in step)


def _training(entry: Mapping[str, Json]) -> Training:
    settings, seed = entry.get("settings"), entry.get("seed")
    return Training(
        step=str(entry.get("step", "")),
        settings=settings if isinstance(settings, dict) else {},
        seed=seed if isinstance(seed, int) else 0,
        machine=_machine(entry.get("made")),
        course=_course(entry.get("course")),
    )


def _machine(made: Json) -> str:
    if not isinstance(made, dict):
        return ""
    parts = [text(made[name]) for name in ("hardware",) if made.get(name)]
    parts += [f"{name} {text(made[name])}" for name in ("threads", "torch") if made.get(name)]
    return ", ".join(parts)


def _course(course: Json) -> Course | None:
    if not isinstance(course, dict):
        return None
    updates = course.get("updates")
    return Course(
        steps=_number(course.get("steps")),
        images=_number(course.get("images")),
        seconds=_number(course.get("seconds")),
        memory=_number(course.get("peak_memory_mib")),
        parameters=_number(course.get("trainable_parameters")),
        curve=tuple(_points(_listed(course.get("curve")))),
        updates={name: _number(value) for name, value in updates.items()} if isinstance(updates, dict) else {},
    )


def _points(curve: list[Json]) -> Iterator[tuple[float, float]]:
    for point in curve:
        if isinstance(point, list) and len(point) > 1:
            yield _number(point[0]), _number(point[1])


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
