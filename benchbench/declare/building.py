"""A checked file as the nouns of the program: ancestors flattened, defaults filled in, every part with its place."""

from __future__ import annotations

from benchbench.declare.claims import claim_of
from benchbench.declare.descent import Lineage, use_of
from benchbench.declare.layout import ConditionFile, DocumentFile, ProbeFile, ScaleFile, SuiteFile, UsualFile
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
)


def build(file: SuiteFile, root: Node, path: str, training: frozenset[str]) -> Suite:
    """The suite of a file in which nothing was found wrong.

    `root` is the expanded tree, for the places; `training` are the steps that train.
    """
    document = _document(file.document)
    lineage = Lineage(file, root, training)
    seeds = file.seeds or (file.seed,)
    return Suite(
        name=file.suite,
        title=file.title,
        path=path,
        family=file.family,
        reference=file.reference,
        document=document,
        scales=tuple(_scale(name, scale, file.family, root) for name, scale in file.scales.items()),
        variants=tuple(map(lineage.variant, file.variants)),
        probes=tuple(_probe(index, choice, file.condition, root) for index, choice in enumerate(file.probes)),
        attempts=tuple(map(lineage.variant, file.attempts)),
        claims=tuple(
            claim_of(name, claim, root, file.reference, document.title) for name, claim in file.claims.items()
        ),
        budget=Budget(**file.budget.model_dump()),
        seed=seeds[0],
        seeds=file.seeds,
        condition=Condition(**file.condition.model_dump()),
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


def _data(choice: ChoiceFile | None, root: Node, path: Path) -> Use | None:
    return use_of(choice, root, path) if choice else None


def _scale(name: str, file: ScaleFile, family: str, root: Node) -> Scale:
    at = ("scales", name)
    return Scale(
        name=name,
        title=file.title or name,
        family=file.family or family,
        checkpoint=file.checkpoint,
        dataset=use_of(file.dataset, root, (*at, "dataset")),
        architecture=file.architecture.settings(),
        input=file.input.settings(),
        timing=file.timing,
        calibration=_data(file.calibration, root, (*at, "calibration")),
        training=_data(file.training, root, (*at, "training")),
        unlabelled=_data(file.unlabelled, root, (*at, "unlabelled")),
        place=key_of(root, *at),
    )


def _condition(file: ConditionFile, usual: UsualFile) -> Condition:
    return Condition(**{**usual.model_dump(), **file.model_dump(exclude_unset=True)})


def _probe(index: int, choice: ChoiceFile, usual: UsualFile, root: Node) -> ProbeUse:
    name, found = choice.chosen()
    file: ProbeFile = found
    return ProbeUse(
        name=name,
        settings=file.settings.settings(),
        condition=_condition(file.condition, usual),
        scales=tuple(file.scales),
        variants=tuple(file.variants),
        place=key_of(root, "probes", index, name),
    )
