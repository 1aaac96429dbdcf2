"""What the parts of a suite say of each other: the names that exist, and what pydantic cannot see from one part."""

from __future__ import annotations

from collections.abc import Iterator

from benchbench.declare.layout import DATA
from benchbench.declare.strict import Names
from benchbench.declare.tree import Fields, Node, Scalar, fields_of, items_of, key_of, plain
from benchbench.declare.vocabulary import Vocabulary
from benchbench.types import Complaint


def names_in(root: Fields, vocabulary: Vocabulary, *, all_variants: bool) -> Names:
    """The names a reference may use. Without `all_variants` a matrix failed, and variants are not checked."""
    known = {
        "scale": _keys(root, "scales"),
        "claim": _keys(root, "claims"),
        "metric": vocabulary.metrics,
        "family": frozenset(vocabulary.families),
    }
    if all_variants:
        known["variant"] = _keys(root, "variants")
        known["variant or attempt"] = _keys(root, "variants") | _keys(root, "attempts")
    return Names(known)


def _keys(root: Fields, section: str) -> frozenset[str]:
    return frozenset(fields_of(root.entries.get(section)))


def doubt_relations(root: Fields) -> Iterator[Complaint]:
    """Names used twice, ancestors that lead in a circle, rows of the wrong length, probes declared twice."""
    yield from _names_twice(root)
    yield from _circles(root)
    yield from _row_lengths(root)
    yield from _probes_twice(root)
    yield from _seeds_twice(root)
    yield from _trained_on_what_is_scored(root)


def _names_twice(root: Fields) -> Iterator[Complaint]:
    scales = root.entries.get("scales")
    if isinstance(scales, Fields) and "any" in scales.entries:
        yield Complaint(scales.keys["any"], "a scale cannot be called 'any'", "claims that name no model use that word")
    attempts = root.entries.get("attempts")
    for name in fields_of(attempts):
        if name in _keys(root, "variants"):
            at = key_of(root, "attempts", name)
            yield Complaint(at, f"'{name}' is a variant already", "an attempt needs a name of its own")


def _circles(root: Fields) -> Iterator[Complaint]:
    variants = fields_of(root.entries.get("variants"))
    declared = {**fields_of(root.entries.get("attempts")), **variants}
    for name, node in declared.items():
        parent = fields_of(node).get("from")
        if not isinstance(parent, Scalar):
            continue
        if name in variants and parent.text in declared and parent.text not in variants:
            yield Complaint(parent.place, f"'{parent.text}' is an attempt", "a variant is made from a variant")
        elif _returns(name, declared):
            yield Complaint(parent.place, f"'{name}' comes from itself", "'from' leads in a circle")


def _returns(name: str, declared: dict[str, Node]) -> bool:
    seen: set[str] = set()
    current = name
    while current not in seen:
        seen.add(current)
        parent = fields_of(declared.get(current)).get("from")
        if not isinstance(parent, Scalar):
            return False
        current = parent.text
    return current == name


def _row_lengths(root: Fields) -> Iterator[Complaint]:
    for table in items_of(fields_of(root.entries.get("document")).get("tables")):
        width = len(items_of(fields_of(table).get("columns")))
        for row in items_of(fields_of(table).get("rows")):
            count = len(items_of(row))
            if width and count != width:
                yield Complaint(row.place, f"{count} cells in a table of {width} columns", "a cell may be empty: ''")


def _probes_twice(root: Fields) -> Iterator[Complaint]:
    seen: list[tuple[object, int]] = []
    for use in items_of(root.entries.get("probes")):
        whole = plain(use)
        twice = [line for other, line in seen if other == whole]
        if twice:
            yield Complaint(use.place, "the same probe is declared twice", f"first on line {twice[0]}")
        seen.append((whole, use.place.line))


def _seeds_twice(root: Fields) -> Iterator[Complaint]:
    given = items_of(root.entries.get("seeds"))
    texts = [plain(node) for node in given]
    for index, node in enumerate(given):
        if texts[index] in texts[:index]:
            yield Complaint(node.place, f"the seed {texts[index]} is given twice", "each training needs its own")
    seed = root.entries.get("seed")
    if given and seed is not None and plain(seed) != texts[0]:
        yield Complaint(seed.place, "'seed' is not the first of 'seeds'", "leave 'seed' out")


def _trained_on_what_is_scored(root: Fields) -> Iterator[Complaint]:
    for scale in fields_of(root.entries.get("scales")).values():
        found = fields_of(scale)
        for key in DATA[2:]:
            if key in found and "dataset" in found and plain(found[key]) == plain(found["dataset"]):
                what = f"'{key}' is the dataset that is scored"
                yield Complaint(found[key].place, what, "train on another split or seed")
