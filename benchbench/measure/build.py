"""Trials to subjects: a model from its family, cut as its variant says."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from benchbench.catalog.contracts import Family, Labelled, Located, Subject, Weights, reads_outputs
from benchbench.measure.artifacts import Artifacts
from benchbench.measure.assembly import Assembly, sow
from benchbench.measure.calibration import Calibration
from benchbench.measure.crew import needs_own_process
from benchbench.measure.cuts import parameters
from benchbench.measure.decisions import Decisions
from benchbench.measure.external import External, known
from benchbench.measure.journal import bare, digest
from benchbench.measure.kept import Kept, nbytes
from benchbench.measure.origins import Found
from benchbench.measure.placing import finish, free_on
from benchbench.measure.recoveries import words
from benchbench.measure.shelves import Shelves, keywords
from benchbench.measure.starting import made, remarks, start
from benchbench.measure.weights import chosen, filled
from benchbench.types import Cohort, Json, Trial, Variant

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Built:
    """A subject ready to be measured, and the facts of its making.

    `scored` tells that parts were scored on data in this process just now, which has used memory for it.
    """

    subject: Subject
    facts: dict[str, Json]
    notes: tuple[str, ...]
    scored: bool = False

    @property
    def told(self) -> dict[str, Json]:
        """The facts, with what the runtime has made by now."""
        return self.facts | made(self.subject)

    @property
    def said(self) -> tuple[str, ...]:
        """The notes, and what there is to say of the runtime by now."""
        return (*self.notes, *remarks(self.subject))

    @property
    def nbytes(self) -> int:
        """Bytes of the model; a runtime keeps the weights once more, laid out anew, beside those it was given."""
        return nbytes(self.subject.model) * (1 if self.subject.executable is None else 3)


class Workshop:
    """Builds the subjects of one cohort after another.

    What it built is kept, as far as memory goes, while cohorts of the same scale follow: a variant is built once, and
    the family's model once for each architecture and then copied, which is exact and several times faster. For a probe
    that needs a process of its own nothing is kept.
    """

    def __init__(self, shelves: Shelves) -> None:
        self.shelves = shelves
        self._device = "cpu"
        self._subjects = Kept[Built](lambda built: built.nbytes, lambda: free_on(self._device))
        self._models = Kept["nn.Module"](nbytes)
        self._digest = ""
        self._decisions = Decisions()
        self.artifacts: Artifacts | None = None

    def open(
        self,
        cohort: Cohort,
        cuts: Path | None = None,
        artifacts: Artifacts | None = None,
        allowed: Collection[str] = (),
    ) -> None:
        """Turn to this cohort. One that reads outputs refuses random weights that its scale does not ask for by name.

        `cuts` is a folder of cuts decided before: they are repeated instead of scored again. `artifacts` are the
        weights that were recovered: such a cohort refuses variants that lack theirs. `allowed` names the external
        models that may run code.
        """
        self._decisions, self.artifacts, self.origins = Decisions(cuts), artifacts, Found(self.shelves)
        self._allowed, self._device = allowed, cohort.probe.condition.device
        scale = digest(bare(cohort.scale))
        if self._digest != scale:
            self.forget()
        self._digest, self._scale = scale, cohort.scale
        self.family: Family = self.shelves.families[cohort.scale.family]
        probe = self.shelves.probes[cohort.probe.name]
        self._trained, self._keeps = reads_outputs(probe), not needs_own_process(probe)

    def forget(self) -> None:
        """Let go of everything that is kept."""
        self._subjects.clear()
        self._models.clear()

    def build(self, trial: Trial) -> Built:
        """Raises BadCheckpoint, CannotCut and whatever else a family or step has against the variant."""
        weights = self.weights(trial, trained=self._trained)
        where = replace(trial.probe.condition, batch=0, threads=0)
        found = self._assembly(trial, trained=self._trained).latest()
        filled = [self._trained, found[0], found[1].card.weights] if found else [self._trained]
        key = digest([bare(trial.variant), trial.seed, weights.fingerprint, where, filled])
        built = self._subjects.get(key)
        if built is None:
            built = self._built(trial, weights)
            if self._keeps:
                self._subjects.put(key, built)
        start(built.subject, trial, self.shelves)
        return built

    def weights(self, trial: Trial, *, trained: bool) -> Weights:
        """The weights that a trial's model begins with. Raises BadCheckpoint as `chosen` does."""
        if trial.variant.external:
            return known(trial.variant).weights
        return chosen(self.origins.weights(trial.origin), trial, trained=trained)

    def assembled(self, trial: Trial, *, trained: bool) -> tuple[Subject, bool]:
        """The trial's subject in float32 on the processor, and whether parts were scored on data for it."""
        subject = self.bare_subject(trial, trained=trained)
        assembly = self._assembly(trial, trained=trained)
        assembly.complete(subject)
        return subject, assembly.scored

    def cut_alike(self, trial: Trial, surgery: Sequence[Mapping[str, Json]]) -> Subject:
        """The checkpoint's model with the cuts of this surgery record, and nothing learnt."""
        subject = self.bare_subject(trial, trained=True)
        self._assembly(trial, trained=True).repeat_cuts(subject, surgery)
        return subject

    def bare_subject(self, trial: Trial, *, trained: bool) -> Subject:
        """The subject as its checkpoint left it, before any step."""
        if trial.variant.external:
            return self._foreign(trial, known(trial.variant))
        weights = self.weights(trial, trained=trained)
        model = self._model(trial, weights)
        batches = self._batches(self.calibration(), model)
        return Subject(model, self.family, trial.seed, batches, uncut=lambda: self._model(trial, weights))

    def _foreign(self, trial: Trial, external: External) -> Subject:
        """The subject of a model that somebody else built."""
        from benchbench.measure import external_models, reopened

        if external.kind == "safetensors":
            assert external.path is not None
            return reopened.read(external.path.parent, self.family, self.shelves.steps)
        own = Variant("", "", architecture=external.card.get("architecture", {}), checkpoints=trial.variant.checkpoints)
        kin = replace(trial, variant=own)
        return external_models.subject_of(
            external,
            self.family,
            trial.seed,
            self._allowed,
            lambda: self._model(kin, self.weights(kin, trained=False)).config,
        )

    def _assembly(self, trial: Trial, *, trained: bool) -> Assembly:
        return Assembly(self.shelves, self.origins, self._decisions, self.artifacts, trial, trained)

    def _built(self, trial: Trial, weights: Weights) -> Built:
        subject, scored = self.assembled(trial, trained=self._trained)
        weights = filled(weights, subject.surgery)
        finish(subject.model, trial.probe.condition)
        facts = _facts(subject, weights) | {"recovery": words(trial.variant, self.shelves.steps)}
        notes = _notes(subject, weights)
        if trial.variant.external:
            external = known(trial.variant)
            facts, notes = facts | external.facts, (*external.notes, *notes)
        return Built(subject, facts, notes, scored)

    def _model(self, trial: Trial, weights: Weights) -> nn.Module:
        settings = keywords({**self._scale.architecture, **trial.variant.architecture})
        key = digest([settings, weights.fingerprint, trial.seed])
        kept = self._models.get(key)
        if kept is not None:
            return copy.deepcopy(kept)
        sow(trial.seed)
        model = self.family.build(weights, seed=trial.seed, **settings)
        if self._keeps:
            self._models.put(key, copy.deepcopy(model))
        return model

    def calibration(self) -> Located | None:
        """The scale's calibration data, where they are at hand."""
        use = self._scale.calibration
        found = self.origins.data(use) if use else None
        return found if isinstance(found, Located) else None

    def _batches(self, data: Located | None, model: nn.Module) -> Callable[[], Sequence[Labelled]] | None:
        return (lambda: Calibration(data.open(), self.family, model, self._scale.input)) if data else None


def twin(trial: Trial) -> Trial:
    """The reference's identical twin: the same recipe under a name that no variant can have, so built anew."""
    return replace(trial, variant=replace(trial.variant, name=f"{trial.variant.name} (twin)"))


def _facts(subject: Subject, weights: Weights) -> dict[str, Json]:
    return {
        "weights": weights.kind,
        "weights_fingerprint": weights.fingerprint,
        "weights_origin": weights.origin,
        "surgery": list(subject.surgery),
        "parameters": parameters(subject.model) if subject.stored is None else subject.stored().parameters,
        "threads": torch.get_num_threads(),
    }


def _notes(subject: Subject, weights: Weights) -> tuple[str, ...]:
    """What a reader must know of the model: random weights, and cuts that had no data to choose on."""
    origin = [weights.origin] if weights.kind == "random" else []
    return (*origin, *(f"{entry['step']}: {entry['note']}" for entry in subject.surgery if "note" in entry))
