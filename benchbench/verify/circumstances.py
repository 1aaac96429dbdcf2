"""Whether a number was taken under the conditions a claim was reported under.

Counts depend on no condition but the input they are counted for. `unstated` hardware matches no machine, so the claim
stays open here; every other unstated condition matches and is named. A cut whose stage is unstated (before or after
recovery training) may reproduce the claim as it is, but its miss refutes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from benchbench.stats import SEED
from benchbench.types import Claim, Condition, Json
from benchbench.verify.evidence import Held

RUNTIME = frozenset(field.name for field in fields(Condition))
BY_RULE = frozenset({"hardware", "recovery", "weights"})
UNTRAINED = frozenset({"none", "untrained", "no recovery", "not fine-tuned", "without fine-tuning"})
RECOVERED = frozenset({"recovered", "retrained", "trained"})
WAYS = {"fine-tuned": "finetune", "finetuned": "finetune", "fine-tuning": "finetune"} | {
    "distilled": "distil",
    "distillation": "distil",
}
"""The documents' words for a way of training, and the step that is meant."""
MACHINE = ("hardware", "cpu", "gpu")


@dataclass(frozen=True)
class Circumstances:
    """`differing` lists both sides; `assumed` what had to be taken as matching."""

    differing: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    elsewhere: str = ""
    """What the claim says of its hardware, where that is not this machine."""
    stage_unknown: bool = False
    same_images: bool = False


def circumstances(claim: Claim, numbers: Sequence[Held]) -> Circumstances:
    """Those of all numbers that a reading rests on, together."""
    compared = [_compare(claim, held) for held in numbers]
    return Circumstances(
        differing=_once(text for each in compared for text in each.differing),
        assumed=_once(text for each in compared for text in each.assumed),
        elsewhere=next((each.elsewhere for each in compared if each.elsewhere), ""),
        stage_unknown=any(each.stage_unknown for each in compared),
        same_images=bool(compared) and all(each.same_images for each in compared),
    )


def machine(held: Held) -> str:
    """The hardware of a number in words."""
    environment = held.entry.record.environment if held.entry.record else {}
    names = [str(environment[name]) for name in MACHINE if environment.get(name)]
    threads = held.entry.trial.probe.condition.threads or environment.get("threads")
    words = f" ({threads} thread{'s' if threads != 1 else ''})" if threads else ""
    return (", ".join(names) or "this machine") + words


def _compare(claim: Claim, held: Held) -> Circumstances:
    pairs = [(name, value, _observed(name, held)) for name, value in claim.conditions.items() if _applies(name, held)]
    differing = [f"{name}: {value} there, {here} here" for name, value, here in pairs if _differ(value, here)]
    assumed = [
        f"{name} {value}, {here if here is not None else 'not recorded'} here"
        for name, value, here in pairs
        if value == "unstated" or (here is None and value != "any")
    ]
    stage_unknown = _stage_unknown(claim, held)
    return Circumstances(
        differing=(*differing, *_weights(claim, held), *_recovery(claim, held)),
        assumed=(*assumed, *((f"recovery unstated, {_recovered(held)} here",) if stage_unknown else ())),
        elsewhere=_elsewhere(claim, held),
        stage_unknown=stage_unknown,
        same_images=_leaves_no_chance(held) and _same(claim.conditions.get("images"), held.facts.get("images")),
    )


def _leaves_no_chance(held: Held) -> bool:
    """Whether the images are all that a number's interval is over: trainings vary on the same ones, too."""
    return held.scored and SEED not in held.measurement.columns


def _applies(name: str, held: Held) -> bool:
    return name not in BY_RULE and not (held.metric.exact and name in RUNTIME)


def _differ(stated: Json, here: Json) -> bool:
    return stated not in ("unstated", "any") and here is not None and not _same(stated, here)


def _same(stated: Json, here: Json) -> bool:
    if stated is None or here is None:
        return False
    try:
        return float(str(stated)) == float(str(here))
    except ValueError:
        return str(stated).strip().casefold() == str(here).strip().casefold()


def _observed(name: str, held: Held) -> Json:
    """What is known of a condition here; None where nothing is recorded."""
    trial, record = held.entry.trial, held.entry.record
    if name in RUNTIME:
        value: Json = getattr(trial.probe.condition, name)
        return value
    if name == "dataset":
        return trial.scale.dataset.name
    if name == "input":
        size = ", ".join(f"{key} {value}" for key, value in trial.scale.input.items())
        return size if held.scored else "×".join(map(str, trial.scale.timing))
    environment = record.environment if record else {}
    for place in (held.facts, environment, trial.probe.settings, trial.scale.input, trial.scale.dataset.settings):
        if name in place:
            return place[name]
    return None


def _weights(claim: Claim, held: Held) -> Iterator[str]:
    stated = claim.conditions.get("weights", "trained")
    here = held.facts.get("weights")
    if held.scored and stated not in ("any", "unstated") and here == "random" and stated != here:
        yield f"weights: {stated} there, random here"


def _recovery(claim: Claim, held: Held) -> Iterator[str]:
    stated = claim.conditions.get("recovery", "any")
    if held.scored and stated not in ("any", "unstated") and not _recovered_so(str(stated), held):
        yield f"recovery: {stated} there, {_recovered(held)} here"


def _recovered_so(stated: str, held: Held) -> bool:
    """Whether a number was taken after the recovery that is stated; what was never cut has nothing to recover from.

    "none" means that nothing was trained, "recovered" that something was, however; "fine-tuned" and "distilled" want
    that among what is recorded, and any other words must be part of the record's.
    """
    here, words = str(_recovered(held)).strip().casefold(), stated.strip().casefold()
    trained = here != "none"
    if words in UNTRAINED:
        return not trained
    if not trained:
        return not held.entry.trial.variant.steps
    return words in RECOVERED or WAYS.get(words, words) in here


def _stage_unknown(claim: Claim, held: Held) -> bool:
    return held.scored and claim.conditions.get("recovery") == "unstated" and bool(held.entry.trial.variant.steps)


def _recovered(held: Held) -> Json:
    return held.facts.get("recovery", "none")


def _elsewhere(claim: Claim, held: Held) -> str:
    """A general statement (ordering, fact) that names no hardware speaks of every machine; a number of its own."""
    general = claim.kind in ("ordering", "fact")
    stated = str(claim.conditions.get("hardware", "any" if general else "unstated"))
    if not held.machine_bound or stated == "any":
        return ""
    return "" if stated != "unstated" and stated.casefold() in machine(held).casefold() else stated


def _once(texts: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
