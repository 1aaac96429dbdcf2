"""Removing attention heads: the width of a head stays, the number of heads falls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from benchbench.catalog.anatomy import Attention
from benchbench.catalog.contracts import Step, Subject
from benchbench.catalog.surgery.choice import best, narrowed
from benchbench.catalog.surgery.entries import COST_ONLY, Cut, entry_of, kept_of, settings_from, sizes
from benchbench.catalog.surgery.groups import heads
from benchbench.errors import CannotCut, nearest
from benchbench.types import Json

Score = Literal["l1", "attention", "gradient", "index"]
Same = Literal["per-layer", "across-layers"]
NAME, VERSION = "prune-heads", 1


def apply(
    subject: Subject,
    *,
    count: int | None = None,
    keep: float | None = None,
    stacks: list[str] | None = None,
    score: Score = "l1",
    same: Same = "per-layer",
) -> None:
    """Keep the `count` heads of highest score in every attention of these stacks (all of them when none are named).

    Instead of a count, `keep` may name a share of each attention's heads, halves rounded up (6 by 0.75 are 5).
    `score`: the `l1` norm of weights; the mean largest `attention` weight or the `gradient` of the family's loss by a
    gate on the head, both on calibration data, without which heads go by `index` and the entry says so. `same`: chosen
    `per-layer`, or the same indices `across-layers` by the sum of scores that have L2 norm 1 in each attention. Raises
    CannotCut where that cannot be.
    """
    attentions = _attentions(subject, stacks)
    counts = {attention.name: _counted(attention, count, keep) for attention in attentions}
    before = sizes(subject, map(heads, attentions))
    chosen = _choose(subject, attentions, counts, score, same)
    _remove(attentions, chosen.kept)
    settings = {"count": count, "keep": keep, "stacks": stacks, "score": score, "same": same}
    after = sizes(subject, map(heads, _attentions(subject, stacks)))
    subject.surgery.append(entry_of((NAME, VERSION), settings, chosen, before, after))


def reapply(subject: Subject, entry: Mapping[str, Json]) -> None:
    """Remove the heads that an entry's cut removed. Raises BadCheckpoint for an entry that does not fit the model."""
    attentions = _attentions(subject, settings_from(entry, apply)["stacks"])
    counts = {attention.name: attention.heads for attention in attentions}
    _remove(attentions, kept_of((NAME, VERSION), entry, counts))
    subject.surgery.append(dict(entry))


def _counted(attention: Attention, count: int | None, keep: float | None) -> int:
    if (count is None) == (keep is None):
        raise CannotCut(f"{NAME}: how many heads to keep?", "give either a count or a share to keep")
    kept = narrowed(attention.heads, keep) if keep is not None else count
    if kept is None or not 1 <= kept <= attention.heads:
        raise CannotCut(f"{NAME}: cannot keep {kept} of the {attention.heads} heads of {attention.name}")
    return kept


def _attentions(subject: Subject, stacks: Sequence[str] | None) -> list[Attention]:
    known = {stack.name: stack for stack in subject.anatomy.stacks}
    for name in stacks or ():
        if name not in known:
            raise CannotCut(f"{NAME}: no stack '{name}'", nearest(name, known))
    names = known if stacks is None else dict.fromkeys(stacks)
    found = [attention for name in names for layer in known[name].layers for attention in layer.attentions]
    if not found:
        raise CannotCut(f"{NAME}: no attention to prune")
    return found


def _choose(subject: Subject, attentions: list[Attention], counts: Mapping[str, int], score: Score, same: Same) -> Cut:
    scores = _scores(subject, attentions, score)
    if scores is None:
        note = "" if score == "index" else COST_ONLY
        return Cut({name: list(range(count)) for name, count in counts.items()}, "index", note)
    if same == "per-layer":
        return Cut({name: best(values, counts[name]) for name, values in scores.items()}, score, scores=scores)
    everywhere = best(_together(scores), min(counts.values()))
    return Cut(dict.fromkeys(scores, everywhere), score, scores=scores)


def _scores(subject: Subject, attentions: list[Attention], score: Score) -> dict[str, list[float]] | None:
    """None where heads go by index."""
    if score == "index":
        return None
    from benchbench.catalog.surgery.importance import head_confidences, head_gradients, head_l1

    if score == "l1":
        return {attention.name: head_l1(heads(attention), attention) for attention in attentions}
    batches = subject.calibrate() if subject.calibrate else ()
    if not batches:
        return None
    if score == "gradient":
        return head_gradients(subject, attentions, batches)
    return head_confidences(subject.model, attentions, batches)


def _together(scores: Mapping[str, Sequence[float]]) -> list[float]:
    if len({len(values) for values in scores.values()}) > 1:
        raise CannotCut(f"{NAME}: attentions differ in their number of heads", "use same: per-layer")
    norms = {name: sum(value * value for value in values) ** 0.5 or 1.0 for name, values in scores.items()}
    rows = [[value / norms[name] for value in values] for name, values in scores.items()]
    return [sum(column) for column in zip(*rows, strict=True)]


def _remove(attentions: Sequence[Attention], kept: Mapping[str, Sequence[int]]) -> None:
    from benchbench.catalog.surgery.slicing import cut, tell

    for attention in attentions:
        cut(heads(attention), kept[attention.name])
        tell(attention, len(kept[attention.name]), attention.head_dim)


def chooses(*, score: str = "l1", **_: Json) -> bool:
    """Attention weights and gradients are measured on data."""
    return score in {"attention", "gradient"}


STEP = Step(name=NAME, version=VERSION, reducing=True, apply=apply, reapply=reapply, chooses=chooses)
