"""What a claim must say to be judged, and the claim made of it."""

from __future__ import annotations

from collections.abc import Iterator

from benchbench.declare.layout import ClaimFile, ReadingFile
from benchbench.declare.tree import Node, Path, fields_of, key_of, place_of, plain, trace
from benchbench.declare.values import limits, parse, parse_order, parse_tolerance
from benchbench.types import Claim, Complaint, Form, Json, Place, Quotation, Reading, Recipe, Source

AS_STATED = "as stated"
_MEASURED = ("number", "ratio", "change")
_FORMS: dict[str, Form] = {"ratio": "ratio", "change": "change"}

Said = dict[str, Json]
"""A reading with everything it takes from its claim, as plain data."""


def doubt_claims(root: Node, texts: dict[str, Json]) -> Iterator[Complaint]:
    """What is missing or contradictory in each claim, whatever else is wrong with the file."""
    for name, claim in texts.items():
        if not isinstance(claim, dict):
            continue
        for path, said in _readings_of(claim):
            for key, what, hint in _doubt(said):
                yield Complaint(_place(root, ("claims", name), path, key), what, hint)


def _place(root: Node, claim: Path, reading: Path, key: str) -> Place:
    """Where a key is said: by the reading, else by its claim; where neither does, the reading itself."""
    for path in ((*claim, *reading, key), (*claim, key)):
        if trace(root, path)[0] == path:
            return place_of(root, *path)
    return key_of(root, *claim, *reading)


def _readings_of(claim: Said) -> Iterator[tuple[tuple[str, ...], Said]]:
    readings = claim.get("readings")
    if not isinstance(readings, dict) or not readings:
        yield (), claim
        return
    for name, reading in readings.items():
        if isinstance(reading, dict) or reading is None:
            yield ("readings", name), {**claim, **(reading or {})}


def _doubt(said: Said) -> Iterator[tuple[str, str, str]]:
    """(key, what, hint) for what one reading says."""
    kind = said.get("kind")
    if kind == "ordering":
        yield from _lacking(said, ("metric", "order"), "an ordering")
    elif kind in _MEASURED or (kind == "fact" and "quotations" not in said):
        yield from _lacking(said, ("metric", "variant", "value"), f"a {kind}", _instead(kind))
    elif kind == "recipe" and "recipe" not in said and "quotations" not in said:
        yield "recipe", "a recipe needs 'recipe' or 'quotations'", "such as recipe: {attempt: NAME}"
    yield from _doubt_value(said)


def _instead(kind: Json) -> str:
    return "or 'quotations' from the source" if kind == "fact" else ""


def _lacking(said: Said, keys: tuple[str, ...], owner: str, hint: str = "") -> Iterator[tuple[str, str, str]]:
    missing = [f"'{key}'" for key in keys if said.get(key) is None]
    if missing:
        yield "", f"{owner} needs {' and '.join(missing)}", hint


def _doubt_value(said: Said) -> Iterator[tuple[str, str, str]]:
    value, tolerance, form = said.get("value"), said.get("tolerance"), form_of(said)
    if said.get("about") is True and tolerance is not None:
        yield "about", "both 'about' and 'tolerance' are given", "keep one of them"
    if form == "number" and "versus" in said and said.get("kind") != "ordering":
        yield "versus", "'versus' means nothing for a number", "add form: ratio, change or difference, or leave it out"
    if not isinstance(value, str):
        return
    try:
        notation = parse(value).notation
    except ValueError:
        return  # complained of where the format is checked
    if notation == "times" and form != "ratio":
        yield "value", f"'{value}' is a factor, and this is a {form}", "add form: ratio, or write per cent"
    if notation == "points" and form in ("ratio", "change"):
        yield "value", f"'{value}' is in points, and this is a {form}", "add form: difference"
    if isinstance(tolerance, str):
        yield from _doubt_tolerance(value, tolerance)


def _doubt_tolerance(value: str, tolerance: str) -> Iterator[tuple[str, str, str]]:
    try:
        parse_tolerance(tolerance)
    except ValueError:
        return  # complained of where the format is checked
    try:
        limits(value, tolerance=tolerance)
    except ValueError as error:
        yield "tolerance", str(error), "write it in the value's own unit"


def form_of(said: Said) -> Form:
    """The form as given, else the one that belongs to the kind."""
    given = said.get("form")
    if given in ("number", "ratio", "change", "difference"):
        return given  # type: ignore[return-value]
    return _FORMS.get(str(said.get("kind")), "number")


def claim_of(name: str, claim: ClaimFile, root: Node, reference: str, document: str) -> Claim:
    """The claim of a checked declaration."""
    source = claim.source
    return Claim(
        id=name,
        kind=claim.kind,
        title=claim.title,
        source=Source(source.document or document, source.place, source.words, source.link),
        scale=claim.scale,
        readings=tuple(_readings(name, claim, root, reference)),
        conditions=dict(claim.conditions),
        quotations=tuple(Quotation(**quotation.model_dump()) for quotation in claim.quotations),
        recipe=Recipe(**claim.recipe.model_dump()) if claim.recipe else None,
        hedged=claim.hedged,
        primary=claim.primary,
        note=claim.note,
        place=key_of(root, "claims", name),
    )


def _readings(name: str, claim: ClaimFile, root: Node, reference: str) -> Iterator[Reading]:
    if not claim.readings and claim.metric is None:
        return
    declared = claim.readings or {AS_STATED: ReadingFile()}
    for title, reading in declared.items():
        at = ("claims", name, "readings", title) if claim.readings else ("claims", name)
        yield _reading(title, claim, reading or ReadingFile(), reference, root, at)


def _reading(
    name: str, claim: ClaimFile, reading: ReadingFile, reference: str, root: Node, path: tuple[str, ...]
) -> Reading:
    said = {**claim.model_dump(exclude_none=True), **reading.model_dump(exclude_none=True, exclude_unset=True)}
    form = form_of(said)
    value = said.get("value")
    exact, about, tolerance = claim.kind == "fact", said.get("about", False), said.get("tolerance", "")
    return Reading(
        name=name,
        title=reading.title or name,
        metric=said.get("metric", ""),
        form=form,
        variant=said.get("variant", ""),
        versus="" if form == "number" else said.get("versus", reference),
        range=limits(value, exact=exact, about=about, tolerance=tolerance) if value else None,
        comparisons=tuple(map(parse_order, said.get("order", ()))),
        place=key_of(root, *path),
    )


def plain_claims(root: Node) -> dict[str, Json]:
    """The claims without places, numbers as they were written."""
    claims = fields_of(root).get("claims")
    found = plain(claims, as_written) if claims is not None else {}
    return found if isinstance(found, dict) else {}


def as_written(path: tuple[str | int, ...]) -> bool:
    """Below `claims`: whether a number here is text, whose digits say something."""
    return path[-1:] in (("value",), ("tolerance",), ("words",), ("commit",))
