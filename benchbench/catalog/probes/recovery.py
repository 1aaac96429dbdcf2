"""What a variant's recovery took: the steps and images of its trainings, and what they are known to have cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchbench.catalog.contracts import Inputs, StaticProbe, Subject
from benchbench.catalog.training.recipe import Recipe, recipe_of, trainings
from benchbench.types import Condition, Json, Measurement, Metric

METRICS = (
    Metric("trained_steps", "optimiser steps of recovery", "", "lower", 0, exact=True),
    Metric("trained_images", "images seen in recovery", "", "lower", 0, exact=True),
    Metric("trainable_params", "parameters that recovery trains", "", "lower", 0, exact=True),
    Metric("train_seconds", "time of recovery", "s", "lower", 1),
    Metric("train_peak_mib", "peak memory of recovery", "MiB", "lower", 1),
)


def measure(subject: Subject, inputs: Inputs, condition: Condition) -> tuple[list[Measurement], list[str]]:
    """Sums over all training steps of steps, images and seconds; the largest of trainable parameters and peaks.

    Steps and images are those declared. Seconds and peak stand on the cards of trainings that were carried out, and are
    left out where one was not: a note says so.
    """
    del inputs, condition
    entries = trainings(subject.surgery)
    recipes = [recipe_of(entry) for entry in entries]
    values: dict[str, float] = {
        "trained_steps": sum(recipe.steps for recipe in recipes),
        "trained_images": sum(recipe.images for recipe in recipes),
        "train_seconds": 0.0,
        "train_peak_mib": 0.0,
    }
    courses = [course for entry in entries if isinstance(course := entry["course"], dict)]
    values["trainable_params"] = _trainable(subject, courses, recipes)
    notes = [_place(entry) for entry in entries if entry.get("made")]
    if len(courses) < len(entries):
        del values["train_seconds"], values["train_peak_mib"]
        notes.append("seconds and memory are unknown: not carried out yet")
    elif courses:
        values["train_seconds"] = sum(_number(course, "seconds") for course in courses)
        values["train_peak_mib"] = max(_number(course, "peak_memory_mib") for course in courses)
    return [Measurement(name, (float(value),)) for name, value in values.items()], notes


def _trainable(subject: Subject, courses: Sequence[Mapping[str, Json]], recipes: Sequence[Recipe]) -> float:
    """By the courses; counted on the model for a training not carried out, as it is the last one's at least."""
    told = max((_number(course, "trainable_parameters") for course in courses), default=0.0)
    if len(courses) == len(recipes):
        return told
    from benchbench.catalog.training.selection import select, trainable_parameters

    selection = select(subject.model, subject.anatomy, recipes[-1])
    return max(told, trainable_parameters(subject.model, selection, recipes[-1].rank))


def _place(entry: Mapping[str, Json]) -> str:
    made = entry["made"]
    where = made.get("hardware", "") if isinstance(made, dict) else ""
    return f"{entry['step']}: time and memory of {where or 'an unnamed machine'}"


def _number(course: Mapping[str, Json], name: str) -> float:
    value = course[name]
    assert isinstance(value, int | float)
    return value


PROBE = StaticProbe(name="recovery", version=1, metrics=METRICS, measure=measure, tells_training=True)
