"""Variants with what they inherit and who teaches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from benchbench.declare.layout import SuiteFile, VariantFile
from benchbench.declare.settings import ChoiceFile
from benchbench.declare.tree import Node, Path, key_of
from benchbench.declare.vocabulary import TEACHER
from benchbench.types import Use, Variant


def use_of(choice: ChoiceFile, root: Node, path: Path) -> Use:
    """The naming of a catalog entry with its settings and its place."""
    name, settings = choice.chosen()
    return Use(name, settings.settings(), place=key_of(root, *path, name))


class Lineage:
    """Steps are appended to the parent's, architectures and checkpoints merged, scales replaced.

    A teacher's name becomes the variant. `training` are the steps that train. Parents and teachers must not lead in a
    circle.
    """

    def __init__(self, file: SuiteFile, root: Node, training: frozenset[str]) -> None:
        self._root = root
        self._training = training
        self._sections: Mapping[str, Mapping[str, VariantFile]] = {"variants": file.variants, "attempts": file.attempts}
        self._known: dict[str, Variant] = {}

    def variant(self, name: str) -> Variant:
        """The variant or attempt of this name, each made once. Ancestors first, so that no chain is too long."""
        waiting = [name]
        while waiting:
            missing = next((other for other in self._needed(waiting[-1]) if other not in self._known), None)
            if missing is not None:
                waiting.append(missing)
                continue
            done = waiting.pop()
            self._known.setdefault(done, self._made(done))
        return self._known[name]

    def _needed(self, name: str) -> Iterator[str]:
        """Its parent and its own teachers."""
        _, file = self._file(name)
        if file.from_:
            yield file.from_
        for choice in file.steps:
            step, settings = choice.chosen()
            teacher = settings.settings().get(TEACHER)
            if step in self._training and isinstance(teacher, str):
                yield teacher

    def _file(self, name: str) -> tuple[str, VariantFile]:
        section = "variants" if name in self._sections["variants"] else "attempts"
        return section, self._sections[section][name]

    def _made(self, name: str) -> Variant:
        section, file = self._file(name)
        at = (section, name)
        parent = self._known[file.from_] if file.from_ else Variant(name="", title="")
        steps = tuple(self._step(step, (*at, "steps", index)) for index, step in enumerate(file.steps))
        return Variant(
            name=name,
            title=file.title or name,
            steps=parent.steps + steps,
            architecture={**parent.architecture, **file.architecture.settings()},
            checkpoints={**parent.checkpoints, **file.checkpoints},
            external=file.external or parent.external,
            scales=parent.scales if file.scales is None else tuple(file.scales),
            parent=file.from_,
            note=file.note,
            place=key_of(self._root, *at),
        )

    def _step(self, choice: ChoiceFile, path: Path) -> Use:
        use = use_of(choice, self._root, path)
        teacher = use.settings.get(TEACHER) if use.name in self._training else None
        return replace(use, teacher=self._known[teacher]) if isinstance(teacher, str) else use
