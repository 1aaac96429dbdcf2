"""`benchbench init`: a table becomes the beginning of a suite, which loads as it is and says what to fill in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchbench.declare.guessing import Column, Guess, guess, guess_column, is_number
from benchbench.declare.tables import RawTable, read_table
from benchbench.declare.vocabulary import Signature, Vocabulary
from benchbench.errors import UnknownName, nearest

BASE = "base"
_SCALE = "full"


@dataclass(frozen=True)
class _Claimed:
    """A cell with the claim it seems to make."""

    id: str
    row: int
    column: int
    metric: str
    guess: Guess


def init(table: Path, vocabulary: Vocabulary, *, name: str = "", family: str = "", dataset: str = "") -> str:
    """The text of a suite begun from the first table of a Markdown file or from a CSV file.

    The first column names the variants. Every cell that is a number, under a header in which a metric of the
    vocabulary is recognised, becomes a claim; the other numbers are listed in a comment. Family and data set default
    to the first of the vocabulary. Raises BenchbenchError for a file without a table and for unknown names.
    """
    read = read_table(table)
    return _Skeleton(
        read,
        _slug(name or table.stem, "suite", set()),
        _pick("family", family, vocabulary.families),
        _pick("dataset", dataset, vocabulary.datasets),
        vocabulary,
    ).text(table.name)


def _pick(kind: str, wanted: str, known: Mapping[str, Signature]) -> str:
    """The one asked for, else the first that works without settings, else the first."""
    if wanted and wanted not in known:
        raise UnknownName(f"unknown {kind} '{wanted}'", nearest(wanted, known))
    bare = [name for name in sorted(known) if all(found.default is not found.empty for found in known[name].values())]
    return wanted or (bare or sorted(known) or [""])[0]


def _slug(text: str, fallback: str, taken: set[str]) -> str:
    """An ASCII name made of a text, or the fallback; numbered where it is taken."""
    slug = re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:40].strip("-.") or fallback
    name, count = slug, 1
    while name in taken:
        count += 1
        name = f"{slug}-{count}"
    taken.add(name)
    return name


def _quoted(text: str) -> str:
    """A double-quoted YAML scalar; JSON's escapes are a part of YAML's."""
    return json.dumps(text, ensure_ascii=False)


class _Skeleton:
    def __init__(self, table: RawTable, name: str, family: str, dataset: str, vocabulary: Vocabulary) -> None:
        self._table = table
        self._name = name
        self._family = family
        self._dataset = dataset
        self._vocabulary = vocabulary
        self._columns = {index: self._column(header) for index, header in enumerate(table.columns) if index}
        relative = any(found.kind in ("change", "ratio") for _, _, _, found in self._guesses())
        taken = {BASE} if relative else set[str]()
        self._variants = [_slug(row[0], f"variant-{index + 1}", taken) for index, row in enumerate(table.rows)]
        # A table of changes leaves out what they are changes of.
        self._reference = BASE if relative else self._variants[0]
        self._claims = list(self._claimed())

    def text(self, origin: str) -> str:
        """The whole file."""
        parts = [self._head(origin), self._document(), self._scales(), self._all_variants(), self._probes()]
        return "\n".join([*parts, self._all_claims(), *self._left_out()])

    def _column(self, header: str) -> Column | None:
        column = guess_column(header)
        return column if column and column.metric in self._vocabulary.metrics else None

    def _guesses(self) -> Iterator[tuple[int, int, Column, Guess]]:
        for row, cells in enumerate(self._table.rows):
            for index, column in self._columns.items():
                found = guess(cells[index], column) if column else None
                if column and found:
                    yield row, index, column, found

    def _claimed(self) -> Iterator[_Claimed]:
        taken: set[str] = set()
        for row, index, column, found in self._guesses():
            name = _slug(f"{self._variants[row]}.{column.metric}".lower(), "claim", taken)
            yield _Claimed(name, row, index, column.metric, found)

    def _head(self, origin: str) -> str:
        return (
            f"# A suite begun by `benchbench init` from {_quoted(origin)}. It loads as it is; what is marked `<-` is\n"
            f"# a guess to look at. `benchbench plan` shows what it comes to, `benchbench schema` helps an editor.\n"
            f"suite: {_quoted(self._name)}\n"
            f"title: {_quoted(self._name)}\n"
            f"family: {_quoted(self._family)}\n"
            f"reference: {_quoted(self._reference)}  # <- the variant that the others are compared with\n"
        )

    def _document(self) -> str:
        claims = {(claim.row, claim.column): claim.id for claim in self._claims}
        lines = [
            "document:",
            f"  title: {_quoted(self._name)}  # <- the document's title; also its date, link and language",
            "  tables:",
            f"    - columns: [{', '.join(map(_quoted, self._table.columns))}]",
            "      rows:",
        ]
        for row, cells in enumerate(self._table.rows):
            shown = (self._cell(text, claims.get((row, column), "")) for column, text in enumerate(cells))
            lines.append(f"        - [{', '.join(shown)}]")
        return "\n".join(lines) + "\n"

    def _cell(self, text: str, claim: str) -> str:
        return f"{{text: {_quoted(text)}, claim: {_quoted(claim)}}}" if claim else _quoted(text)

    def _scales(self) -> str:
        return (
            f"scales:\n"
            f"  {_SCALE}:\n"
            f"    checkpoint: random  # <- a Hugging Face name or a path; random weights give costs, no accuracy\n"
            f"    dataset: {_quoted(self._dataset)}  # <- its settings too, where they are not the usual ones\n"
            f"    timing: [800, 1066]  # <- height and width in pixels of the input that costs are taken at\n"
        )

    def _all_variants(self) -> str:
        steps = ", ".join(sorted(self._vocabulary.steps)) or "none"
        lines = ["variants:", f"  # <- give each its steps (known: {steps}); without any it equals the reference"]
        if self._reference not in self._variants:
            lines.append(f'  {BASE}: {{title: "the unchanged model"}}')
        for name, row in zip(self._variants, self._table.rows, strict=True):
            lines += [f"  {_quoted(name)}:", f"    title: {_quoted(row[0] or name)}", "    steps: []"]
        return "\n".join(lines) + "\n"

    def _probes(self) -> str:
        wanted = {column.probe for column in self._columns.values() if column}
        named = [name for name in sorted(wanted) if name in self._vocabulary.probes]
        lines = [f"  - {_quoted(name)}" for name in named or sorted(self._vocabulary.probes)]
        return "\n".join(["probes:", *lines]) + "\n"

    def _all_claims(self) -> str:
        blocks = [self._claim(claim) for claim in self._claims]
        return "\n".join(["claims:", *blocks]) + "\n" if blocks else "claims: {}\n"

    def _claim(self, claim: _Claimed) -> str:
        row, header = self._table.rows[claim.row], self._table.columns[claim.column]
        found = claim.guess
        lines = [
            f"  {_quoted(claim.id)}:",
            f"    kind: {found.kind}",
            *([f"    form: {found.form}"] if found.form != found.kind else []),
            f"    title: {_quoted(f'{row[0]}: {header} {row[claim.column]}')}",
            f"    source: {{place: {_quoted(f'row {claim.row + 1}')}, words: {_quoted(row[claim.column])}}}",
            f"    scale: {_SCALE}",
            f"    metric: {claim.metric}  # <- guessed from the header",
            f"    variant: {_quoted(self._variants[claim.row])}",
            f"    value: {_quoted(found.value)}",
            *(["    about: true"] if found.about else []),
        ]
        return "\n".join(lines)

    def _left_out(self) -> Iterator[str]:
        rest = [
            f"#   row {row + 1}, {_quoted(self._table.columns[index])}: {_quoted(cells[index])}"
            for row, cells in enumerate(self._table.rows)
            for index, column in self._columns.items()
            if column is None and is_number(cells[index])
        ]
        if rest:
            known = ", ".join(sorted(self._vocabulary.metrics))
            yield "\n".join(
                ["# Numbers under headers in which no metric was recognised:", *rest, f"# Known: {known}", ""]
            )
