"""Which pictures a report shows: of each scale a few samples, as every chosen variant saw them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from benchbench.report.account import Account
from benchbench.report.numbers import raised
from benchbench.report.values import estimate_of, headlines
from benchbench.types import Boxes, Gallery, Guess, Metric, ProbeUse, Scale

MOST_COLUMNS = 10
"""Variants with pictures, the reference among them."""
CONFIDENT = 0.5
"""Confidence from which a box is drawn."""


@dataclass(frozen=True)
class Wall:
    """The pictures of one scale: a row for each scene, a column for each of `variants`, the reference first."""

    name: str
    title: str
    gallery: Gallery
    variants: tuple[str, ...]
    titles: tuple[str, ...]
    notes: tuple[str, ...]
    reference: str

    @property
    def has_boxes(self) -> bool:
        """Whether columns show the row's own image, with boxes over it or a class under it."""
        return isinstance(self.gallery.scenes[0].truth, Boxes | Guess)


def walls(account: Account) -> tuple[Wall, ...]:
    """For each scale the first gallery with scenes."""
    found = []
    for scale in account.suite.scales:
        gallery = next((each for each in account.gallery if each.scale == scale.name and each.scenes), None)
        if gallery is not None:
            found.append(_wall(account, scale, gallery))
    return tuple(found)


def lacking(account: Account) -> tuple[str, ...]:
    """Why there are no pictures where there should be some, one sentence for each scale."""
    return tuple(
        f"{each.scale} / {each.probe}: the pictures of {_enumerated(each.missing)}."
        for each in account.gallery
        if not each.scenes and each.missing
    )


def _wall(account: Account, scale: Scale, gallery: Gallery) -> Wall:
    names = _chosen(account, scale, gallery)
    titles = {variant.name: variant.title for variant in account.suite.variants}
    return Wall(
        name=f"pictures-{scale.name}",
        title=f"{scale.title} (scale “{scale.name}”)",
        gallery=gallery,
        variants=names,
        titles=tuple(titles.get(name, "") for name in names),
        notes=tuple(_notes(account, gallery, names)),
        reference=account.suite.reference,
    )


def _chosen(account: Account, scale: Scale, gallery: Gallery) -> tuple[str, ...]:
    """All with pictures while they are few; else the reference, those that claims name most, the worst and the best."""
    seen = {name for scene in gallery.scenes for name in scene.predictions}
    order = [variant.name for variant in account.suite.variants if variant.name in seen]
    order.sort(key=lambda name: name != account.suite.reference)
    if len(order) <= MOST_COLUMNS:
        return tuple(order)
    named = _named(account)
    often = sorted((name for name in order[1:] if name in named), key=lambda name: -named[name])
    rank = [*order[:1], *often][: MOST_COLUMNS - 2]
    rest = _by_accuracy(account, scale, gallery, [name for name in order if name not in rank])
    while len(rank) < MOST_COLUMNS:
        rank.append(rest.pop(-(len(rank) % 2)))
    return tuple(name for name in order if name in rank)


def _named(account: Account) -> Counter[str]:
    """How many readings of claims speak of each variant, at whatever scale."""
    readings = [reading for claim in account.suite.claims for reading in claim.readings]
    compared = (name for each in readings for part in each.comparisons for name in (part.left, part.right))
    return Counter([*compared, *(reading.variant for reading in readings)])


def _by_accuracy(account: Account, scale: Scale, gallery: Gallery, names: list[str]) -> list[str]:
    """From worst to best by the probe's first metric; those without a number as the suite has them, last."""
    found = _metric(account, scale, gallery)
    if found is None:
        return names
    use, metric = found
    sign = 1.0 if metric.better == "higher" else -1.0
    values = {name: estimate_of(account.entry(scale, use, name), metric) for name in names}
    known = {name: sign * value.value for name, value in values.items() if value is not None}
    return sorted(names, key=lambda name: (name not in known, known.get(name, 0.0)))


def _metric(account: Account, scale: Scale, gallery: Gallery) -> tuple[ProbeUse, Metric] | None:
    uses = [use for use in account.uses(scale) if use.name == gallery.probe and headlines(account, use)]
    return (uses[0], account.metric(headlines(account, uses[0])[0])) if uses else None


def _notes(account: Account, gallery: Gallery, names: tuple[str, ...]) -> Iterator[str]:
    yield f"The first {len(gallery.scenes)} samples of the data, not chosen."
    if isinstance(gallery.scenes[0].truth, Guess):
        yield "Under each image the class of the highest logit and its probability (softmax), ticked where it is true."
    elif isinstance(gallery.scenes[0].truth, Boxes):
        yield (
            f"Boxes of confidence {CONFIDENT:g} or more, the truth dashed beneath them; a colour is a category, the "
            "same everywhere."
        )
    else:
        yield (
            "Above the predicted depth, below its relative error. In a row one range of colours holds for the truth "
            f"and all predictions, another for all errors. Depth is shown {gallery.protocol}; the fit is over the "
            "pixels shown."
        )
    seen = {name for scene in gallery.scenes for name in scene.predictions}
    left = [variant.name for variant in account.suite.variants if variant.name in seen and variant.name not in names]
    if left:
        yield f"Not shown, for want of room: {', '.join(left)}."
    if gallery.missing:
        yield raised(f"no pictures of {_enumerated(gallery.missing)}.")


def _enumerated(missing: tuple[tuple[str, str], ...]) -> str:
    return "; ".join(f"{name} ({why})" for name, why in missing)
