"""What trainings a plan has before it, and how long they will take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchbench.lineage import Lineage
from benchbench.measure import Artifact, Artifacts, Need
from benchbench.types import Cohort, Json, Scale, Skipped

UNTRAINED = "its recovered weights have not been trained here"
TO_TRAIN = Skipped("to be trained first", "benchbench run --recover")
S_PER_MEGAPIXEL = 4.0
"""Rough seconds of training for each million pixels, of models as small as the stand-ins on two cores."""
GUESSED = "a rough guess: nothing like it was trained here before"


@dataclass(frozen=True)
class Forecast:
    """What the trainings of a plan come to; `ground` tells how the seconds are known."""

    trainings: int = 0
    images: int = 0
    seconds: float = 0.0
    ground: str = ""

    @property
    def words(self) -> str:
        count = f"{self.trainings} training{'s' if self.trainings != 1 else ''}"
        return f"{count}, about {time_in_words(self.seconds)}"


NOTHING = Forecast()


def time_in_words(seconds: float) -> str:
    """1 min, 34 min, 3.5 h."""
    return f"{seconds / 3600:.1f} h" if seconds >= 5400 else f"{max(1, round(seconds / 60))} min"


def forecast(cohorts: Sequence[Cohort], lineage: Lineage, artifacts: Artifacts) -> Forecast:
    """What it takes to make every training that these cohorts lack, judged by those made before.

    The speed is that of trainings with the same checkpoint and input that were made here, else of those that ship (on
    another machine), else a rough constant; of several, their median.
    """
    trials = [trial for cohort in cohorts for trial in cohort.trials]
    wanted = {need.key: (trial.scale, need) for trial in trials for need in lineage.untrained(trial)}
    if not wanted:
        return NOTHING
    made = artifacts.cards()
    paces = {key: _pace(scale, need, made) for key, (scale, need) in wanted.items()}
    images = {key: images_of(need) for key, (_, need) in wanted.items()}
    grounds = dict.fromkeys(ground for _, ground in paces.values())
    seconds = sum(images[key] * pace for key, (pace, _) in paces.items())
    return Forecast(len(wanted), sum(images.values()), seconds, "; ".join(grounds))


def images_of(need: Need) -> int:
    """The images that a training will see, each time counted: steps x batch x accumulation."""
    settings = _settings(need)
    factors = [settings.get(name, 1) for name in ("batch", "accumulate")]
    return need.steps_declared * int(_product(factors))


def _product(factors: Sequence[Json]) -> float:
    total = 1.0
    for factor in factors:
        total *= factor if isinstance(factor, int | float) else 1.0
    return total


def _settings(need: Need) -> dict[str, Json]:
    """The training's settings with their defaults, as its key has them."""
    steps = need.parts["steps"]
    told = steps[need.index] if isinstance(steps, list) else None
    settings = told.get("settings") if isinstance(told, dict) else None
    return settings if isinstance(settings, dict) else {}


def _pace(scale: Scale, need: Need, made: Sequence[Artifact]) -> tuple[float, str]:
    """Seconds for each image, and how that is known."""
    alike = [found for found in made if found.card.course.images and _alike(found, need)]
    own = _paces(alike, lambda found: not found.shipped)
    if own:
        return median(own), f"judged by {len(own)} made here before"
    shipped = _paces(alike, lambda found: found.shipped)
    if shipped:
        return median(shipped), f"judged by {len(shipped)} that ship, made on another machine"
    height, width = scale.timing
    return S_PER_MEGAPIXEL * height * width / 1e6, GUESSED


def _paces(found: Sequence[Artifact], kept: Callable[[Artifact], bool]) -> list[float]:
    return [each.card.course.seconds / each.card.course.images for each in found if kept(each)]


def _alike(found: Artifact, need: Need) -> bool:
    """Of the same family, checkpoint and input: of one scale, whatever its name."""
    return all(found.card.parts.get(name) == need.parts[name] for name in ("family", "weights", "input"))
