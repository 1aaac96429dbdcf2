"""Which variants were trained, what each is without its training, and which one is the control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from benchbench.report.account import Account
from benchbench.report.courses import Course, Training, chains, ran
from benchbench.types import Scale, Variant

Role = Literal["control", "reference", "student"]


@dataclass(frozen=True)
class Trained:
    """A variant with a training step: its chains by seed, and the same variant without its last trainings.

    A control is the reference trained on; where the reference itself is trained, it needs none.
    """

    variant: Variant
    chains: tuple[tuple[Training, ...], ...]
    untrained: Variant | None
    role: Role

    @property
    def courses(self) -> tuple[tuple[Course, ...], ...]:
        """By seed, the courses of a chain in order; empty where it was not trained."""
        done = [chain for chain in self.chains if ran(chain)]
        return tuple(tuple(each.course for each in chain if each.course is not None) for chain in done)

    def total(self, read: Callable[[Course], float]) -> tuple[float, ...]:
        """A figure summed over each chain, by seed."""
        return tuple(sum(read(course) for course in chain) for chain in self.courses)


def trained(account: Account, scale: Scale) -> tuple[Trained, ...]:
    """The variants of a scale that were trained or wait for it, in the suite's order."""
    found = {variant.name: chains(account, scale, variant) for variant in account.variants(scale)}
    steps = {training.step for told in found.values() for chain in told for training in chain}
    reference = next(each for each in account.suite.variants if each.name == account.suite.reference)
    return tuple(
        Trained(variant, found[variant.name], _untrained(account, variant, steps), _role(variant, reference, steps))
        for variant in account.variants(scale)
        if found[variant.name]
    )


def _untrained(account: Account, variant: Variant, steps: set[str]) -> Variant | None:
    """The first variant that lacks nothing but trainings at the end."""
    for length in range(len(variant.steps)):
        rest = {use.name for use in variant.steps[length:]}
        for other in account.suite.variants if rest <= steps else ():
            if other.steps == variant.steps[:length] and _begins_as(other, variant):
                return other
    return None


def _begins_as(other: Variant, variant: Variant) -> bool:
    return other.architecture == variant.architecture and other.checkpoints == variant.checkpoints


def _role(variant: Variant, reference: Variant, steps: set[str]) -> Role:
    if variant.name == reference.name:
        return "reference"
    begins_alike = variant.steps[: len(reference.steps)] == reference.steps
    rest = {use.name for use in variant.steps[len(reference.steps) :]}
    same_model = variant.architecture == reference.architecture
    return "control" if begins_alike and same_model and rest and rest <= steps else "student"


def machines(found: tuple[Trained, ...]) -> tuple[str, ...]:
    """Where these were trained, each once."""
    trainings = (training for each in found if each.courses for chain in each.chains for training in chain)
    return tuple(dict.fromkeys(training.machine for training in trainings if training.machine))
