"""What a document says: its tables, its claims and their readings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from benchbench.types.plain import NOWHERE, Place, Settings


@dataclass(frozen=True)
class TableCell:
    """A cell of the document's own table: its string as it stands, and the claim it makes, if any."""

    text: str
    claim: str = ""


@dataclass(frozen=True)
class DocumentTable:
    """A table of the document: its columns, rows, order and strings."""

    title: str
    place: str
    columns: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]


@dataclass(frozen=True)
class Document:
    """What the suite reproduces."""

    title: str = ""
    date: str = ""
    link: str = ""
    language: str = "en"
    notice: str = ""
    """A notice the document itself carries (AI-generated text, say); printed under the source."""
    tables: tuple[DocumentTable, ...] = ()


@dataclass(frozen=True)
class Source:
    """Whose words a claim is: document, place in it, the words as they stand."""

    document: str
    place: str = ""
    words: str = ""
    link: str = ""


@dataclass(frozen=True)
class Quotation:
    """Evidence about a repository or an author's word, exact to the line."""

    source: str
    commit: str
    path: str
    line: int
    words: str
    supports: bool


@dataclass(frozen=True)
class Range:
    """The values a claim covers: the value as stated and the limits its rounding allows."""

    stated: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """`metric(left) relation metric(right)`, by more than `threshold` (relative) to count."""

    left: str
    relation: Literal["<", ">"]
    right: str
    threshold: float = 0.0


Form = Literal["number", "ratio", "change", "difference"]
"""With m the metric: number m(variant); ratio m(variant) / m(versus); change: that ratio - 1; difference: m(variant) -
m(versus)."""


@dataclass(frozen=True)
class Reading:
    """One way to understand a claim; each gets its own line in the ledger."""

    name: str
    title: str
    metric: str = ""
    form: Form = "number"
    variant: str = ""
    versus: str = ""
    range: Range | None = None
    comparisons: tuple[Comparison, ...] = ()
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Recipe:
    """A recipe's run: the attempt as written, the variant that replaces it and what had to change."""

    attempt: str = ""
    changed: str = ""
    change: str = ""
    remedy: str = ""


ClaimKind = Literal["number", "ratio", "change", "ordering", "fact", "recipe"]


@dataclass(frozen=True)
class Claim:
    """One assertion of a document (or of its primary source), with every reading it leaves room for.

    `conditions` are those it was reported under; `unstated` is a legal value. `scale` "any" names no model.
    `hedged` ("may") makes an ordering refutable only by its opposite. `primary` names the claim that gives the
    primary source's figure for the same thing.
    """

    id: str
    kind: ClaimKind
    title: str
    source: Source
    scale: str
    readings: tuple[Reading, ...] = ()
    conditions: Settings = field(default_factory=dict)
    quotations: tuple[Quotation, ...] = ()
    recipe: Recipe | None = None
    hedged: bool = False
    primary: str = ""
    note: str = ""
    place: Place = field(default=NOWHERE, compare=False)
