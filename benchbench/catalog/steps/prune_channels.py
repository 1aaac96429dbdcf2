"""Removing channels: hidden units, widths of a convolutional backbone or head, or the Transformer's whole stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from benchbench.catalog.anatomy import Anatomy
from benchbench.catalog.contracts import Step, Subject
from benchbench.catalog.surgery.choice import best, narrowed
from benchbench.catalog.surgery.entries import Cut, entry_of, kept_of, settings_from, sizes
from benchbench.catalog.surgery.groups import Group, dimensions
from benchbench.catalog.surgery.selection import Stage, Where, attentions, chosen, stream_of
from benchbench.errors import BadCheckpoint, CannotCut
from benchbench.types import Json

Score = Literal["l1", "index"]
NAME, VERSION = "prune-channels", 1


def apply(
    subject: Subject,
    *,
    where: Where,
    keep: float,
    stage: Stage = "last",
    stacks: list[str] | None = None,
    score: Score = "l1",
) -> None:
    """Keep round(width * keep) channels, halves up, of every width chosen by `where`.

    `feed-forward`: hidden units, of these `stacks` or all. `stage-inner`: the widths inside the residual blocks of a
    `stage` (counted from 1, as stages are named). `stage-output`: the width between stages, on every residual path
    along it. `backbone`: stem, every inner width and every output. `stream`: d_model; heads stay as many and get
    narrower. `stream-alone`: d_model, heads as wide as before. `head-features`: every width inside a convolutional
    head, as DPT's. Channels of highest `l1` norm stay, summed over all that must go together, or the first by `index`.
    Raises CannotCut where that cannot be.
    """
    anatomy = subject.anatomy
    groups = chosen(anatomy, where, stage, stacks)
    if where == "stream":
        _refuse_uneven_heads(anatomy, narrowed(stream_of(anatomy).width, keep))
    kept = {group.name: _choose(group, keep, score) for group in groups}
    before = sizes(subject, groups)
    _remove(anatomy, where, groups, kept)
    settings = {"where": where, "keep": keep, "stage": stage, "stacks": stacks, "score": score}
    after = sizes(subject, chosen(subject.anatomy, where, stage, stacks))
    subject.surgery.append(entry_of((NAME, VERSION), settings, Cut(kept, score), before, after))


def reapply(subject: Subject, entry: Mapping[str, Json]) -> None:
    """Remove the channels that an entry's cut removed. Raises BadCheckpoint for one that does not fit the model."""
    anatomy = subject.anatomy
    settings = settings_from(entry, apply)
    where: Where = settings["where"]
    groups = chosen(anatomy, where, settings["stage"], settings["stacks"])
    kept = kept_of((NAME, VERSION), entry, {group.name: group.count for group in groups})
    for group in groups:
        _refuse_unequal_parts(group, kept[group.name])
        if where == "head-features":
            _refuse_other_width(group, kept[group.name], settings["keep"])
    if where == "stream":
        _refuse_unlike_heads(anatomy, kept)
    _remove(anatomy, where, groups, kept)
    subject.surgery.append(dict(entry))


def _choose(group: Group, keep: float, score: Score) -> list[int]:
    count = narrowed(group.count // group.parts, keep) * group.parts
    if score == "index":
        return best([0.0] * group.count, count, group.parts)
    from benchbench.catalog.surgery.importance import channel_l1

    return best(channel_l1(group), count, group.parts)


def _remove(anatomy: Anatomy, where: Where, groups: Sequence[Group], kept: Mapping[str, Sequence[int]]) -> None:
    from benchbench.catalog.surgery.slicing import cut, tell

    if where in ("stream", "stream-alone"):
        # First, because it refuses a width that does not fit the model while nothing has been cut yet.
        stream_of(anatomy).narrow(len(kept["stream"]))
    if where == "stream":
        for attention in attentions(anatomy):
            _, value = dimensions(attention)
            tell(attention, attention.heads, len(kept[value.name]) // attention.heads)
    if where == "head-features":
        for feature in anatomy.features:
            feature.narrow(len(kept[feature.name]))
    for group in groups:
        cut(group, kept[group.name])


def _refuse_uneven_heads(anatomy: Anatomy, width: int) -> None:
    full = stream_of(anatomy).width
    for attention in attentions(anatomy):
        if attention.head_dim * width % full:
            what = f"{attention.name}: heads of {attention.head_dim} cannot shrink as {full} to {width} channels"
            raise CannotCut(what, "choose a ratio that leaves whole dimensions in each head")


def _refuse_unequal_parts(group: Group, kept: Sequence[int]) -> None:
    shares = [0] * group.parts
    for index in kept:
        shares[index * group.parts // group.count] += 1
    if len(set(shares)) > 1:
        raise BadCheckpoint(f"{NAME}: {group.name}: heads would differ in width")


def _refuse_other_width(group: Group, kept: Sequence[int], keep: float) -> None:
    """Widths that the config tells with one number must stay alike."""
    if len(kept) != narrowed(group.count, keep):
        raise BadCheckpoint(f"{NAME}: {group.name}: {len(kept)} of {group.count} channels are not keep: {keep}")


def _refuse_unlike_heads(anatomy: Anatomy, kept: Mapping[str, Sequence[int]]) -> None:
    for attention in attentions(anatomy):
        matched, value = dimensions(attention)
        if len(kept[matched.name]) != len(kept[value.name]):
            raise BadCheckpoint(f"{NAME}: {attention.name}: queries and values would differ in width")


STEP = Step(name=NAME, version=VERSION, reducing=True, apply=apply, reapply=reapply)
