"""A checked file as the nouns of the program: ancestors flattened, defaults filled in, every part with its place."""

from __future__ import annotations

from collections.abc import Mapping

from benchbench.declare.claims import claim_of
from benchbench.declare.layout import ConditionFile, DocumentFile, ProbeFile, ScaleFile, SuiteFile, VariantFile
from benchbench.declare.settings import ChoiceFile
from benchbench.declare.tree import Node, Path, key_of
from benchbench.types import (
    Budget,
    Condition,
    Document,
    DocumentTable,
    ProbeUse,
    Scale,
    Suite,
    TableCell,
    Use,
    Variant,
)


def build(file: SuiteFile, root: Node, path: str) -> Suite:
    """The suite of a file in which nothing was found wrong. `root` is the expanded tree, for the places."""
    document = _document(file.document)
    lineage = _Lineage(file, root)
    return Suite(
        name=file.suite,
        title=file.title,
        path=path,
        family=file.family,
        reference=file.reference,
        document=document,
        scales=tuple(_scale(name, scale, file.family, root) for name, scale in file.scales.items()),
        variants=tuple(map(lineage.variant, file.variants)),
        probes=tuple(_probe(index, choice, root) for index, choice in enumerate(file.probes)),
        attempts=tuple(map(lineage.variant, file.attempts)),
        claims=tuple(
            claim_of(name, claim, root, file.reference, document.title) for name, claim in file.claims.items()
        ),
        budget=Budget(**file.budget.model_dump()),
        seed=file.seed,
    )


def _document(file: DocumentFile) -> Document:
    tables = tuple(
        DocumentTable(
            title=table.title,
            place=table.place,
            columns=tuple(table.columns),
            rows=tuple(tuple(TableCell(cell.text, cell.claim) for cell in row) for row in table.rows),
        )
        for table in file.tables
    )
    return Document(file.title, file.date, file.link, file.language, file.notice, tables)


def _use(choice: ChoiceFile, root: Node, path: Path) -> Use:
    name, settings = choice.chosen()
    return Use(name, settings.settings(), key_of(root, *path, name))


def _scale(name: str, file: ScaleFile, family: str, root: Node) -> Scale:
    at = ("scales", name)
    return Scale(
        name=name,
        title=file.title or name,
        family=family,
        checkpoint=file.checkpoint,
        dataset=_use(file.dataset, root, (*at, "dataset")),
        architecture=file.architecture.settings(),
        input=file.input.settings(),
        timing=file.timing,
        calibration=_use(file.calibration, root, (*at, "calibration")) if file.calibration else None,
        place=key_of(root, *at),
    )


def _condition(file: ConditionFile) -> Condition:
    return Condition(**file.model_dump())


def _probe(index: int, choice: ChoiceFile, root: Node) -> ProbeUse:
    name, found = choice.chosen()
    file: ProbeFile = found
    return ProbeUse(
        name=name,
        settings=file.settings.settings(),
        condition=_condition(file.condition),
        scales=tuple(file.scales),
        variants=tuple(file.variants),
        place=key_of(root, "probes", index, name),
    )


class _Lineage:
    """Variants with what they inherit: steps are appended to the parent's, architectures merged, scales replaced."""

    def __init__(self, file: SuiteFile, root: Node) -> None:
        self._root = root
        self._sections: Mapping[str, Mapping[str, VariantFile]] = {"variants": file.variants, "attempts": file.attempts}
        self._known: dict[str, Variant] = {}

    def variant(self, name: str) -> Variant:
        """The variant or attempt of this name, each made once. Ancestors first, so that no chain is too long."""
        chain = [name]
        while (parent := self._file(chain[-1])[1].from_) and parent not in self._known:
            chain.append(parent)
        for descendant in reversed(chain):
            if descendant not in self._known:
                self._known[descendant] = self._made(descendant)
        return self._known[name]

    def _file(self, name: str) -> tuple[str, VariantFile]:
        section = "variants" if name in self._sections["variants"] else "attempts"
        return section, self._sections[section][name]

    def _made(self, name: str) -> Variant:
        section, file = self._file(name)
        at = (section, name)
        parent = self._known[file.from_] if file.from_ else Variant(name="", title="")
        steps = tuple(_use(step, self._root, (*at, "steps", index)) for index, step in enumerate(file.steps))
        return Variant(
            name=name,
            title=file.title or name,
            steps=parent.steps + steps,
            architecture={**parent.architecture, **file.architecture.settings()},
            scales=parent.scales if file.scales is None else tuple(file.scales),
            parent=file.from_,
            note=file.note,
            place=key_of(self._root, *at),
        )
