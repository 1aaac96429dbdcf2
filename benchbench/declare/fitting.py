"""The suite format made exact for a vocabulary and a family: which entries there are and what settings they take."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_
from types import GenericAlias
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, create_model

from benchbench.declare.layout import FamilyName, ProbeFile, ScaleFile, SuiteFile, VariantFile
from benchbench.declare.settings import ChoiceFile, SettingsFile, choice_model, settings_model
from benchbench.declare.strict import Name, Strict, refer
from benchbench.declare.vocabulary import TEACHER, Signature, Vocabulary

OWN = "a scale of the suite's family"
"""The branch of scales that name no family of their own."""


def suite_model(vocabulary: Vocabulary, family: str) -> type[SuiteFile]:
    """The format for one family; settings of an unknown family are taken as they come."""
    architecture = _family_models(vocabulary, family)[0]
    datasets = choice_model("dataset", _settings_models(vocabulary.datasets))
    steps = choice_model("step", _settings_models(_taught(vocabulary), in_matrix=True))
    probes = choice_model("probe", {name: _probe(name, found) for name, found in vocabulary.probes.items()})
    scale = _scale_model(vocabulary, family, datasets)
    variant = _fill(
        VariantFile, architecture=(architecture, Field(default_factory=architecture)), steps=(_many(steps), ())
    )
    return _fill(
        SuiteFile,
        scales=(_by_name(scale), Field(min_length=1)),
        variants=(_by_name(variant), Field(min_length=1)),
        attempts=(_by_name(variant), Field(default_factory=dict)),
        probes=(_many(probes), Field(min_length=1)),
    )


def _scale_model(vocabulary: Vocabulary, family: str, datasets: type[ChoiceFile]) -> Any:
    """A scale is of the suite's family, unless it names another, whose settings it takes then."""
    own = _of_family(vocabulary, family, datasets)
    others = {
        name: _of_family(vocabulary, name, datasets, named=True) for name in vocabulary.families if name != family
    }
    if not others:
        return own

    def chosen(value: Any) -> str:
        name = value.get("family") if isinstance(value, dict) else getattr(value, "family", None)
        return name if isinstance(name, str) and name in others else OWN

    branches: list[Any] = [Annotated[own, Tag(OWN)], *(Annotated[model, Tag(name)] for name, model in others.items())]
    return Annotated[reduce(or_, branches), Discriminator(chosen)]


def _of_family(
    vocabulary: Vocabulary, family: str, datasets: type[ChoiceFile], *, named: bool = False
) -> type[ScaleFile]:
    architecture, inputs = _family_models(vocabulary, family)
    fields: dict[str, Any] = {
        "architecture": (architecture, Field(default_factory=architecture)),
        "dataset": (datasets, ...),
        "calibration": (datasets | None, None),
        "training": (datasets | None, None),
        "unlabelled": (datasets | None, None),
        "input": (inputs, _unless_needed(inputs)),
    }
    if named:
        fields["family"] = (Literal[family], ...)
    elif family in vocabulary.families:
        fields["family"] = (FamilyName, Field("", json_schema_extra={"const": family}))
    return _fill(ScaleFile, f"scale of {family}" if named else "", **fields)


def _by_name(model: Any) -> GenericAlias:
    return GenericAlias(dict, (Name, model))


def _many(model: type[Strict]) -> GenericAlias:
    return GenericAlias(tuple, (model, ...))


def _family_models(vocabulary: Vocabulary, family: str) -> tuple[type[SettingsFile], type[SettingsFile]]:
    if family not in vocabulary.families:
        return _Anything, _Anything
    build = {name: found for name, found in vocabulary.families[family].items() if name != "seed"}
    inputs = settings_model(f"input setting of {family}", vocabulary.inputs.get(family, {}))
    return settings_model(f"architecture setting of {family}", build, partial=True, in_matrix=True), inputs


class _Anything(SettingsFile, extra="allow"):
    """Settings nothing is known about."""


def _settings_models(entries: Mapping[str, Signature], *, in_matrix: bool = False) -> dict[str, type[Strict]]:
    return {
        name: settings_model(f"setting of {name}", signature, in_matrix=in_matrix)
        for name, signature in entries.items()
    }


def _taught(vocabulary: Vocabulary) -> dict[str, Signature]:
    """The steps' settings, where a training's teacher must be the name of a variant."""
    return {name: _named(found) if name in vocabulary.training else found for name, found in vocabulary.steps.items()}


def _named(signature: Signature) -> Signature:
    return {
        name: parameter.replace(annotation=Annotated[str, refer("variant")]) if name == TEACHER else parameter
        for name, parameter in signature.items()
    }


def _probe(name: str, signature: Signature) -> type[Strict]:
    settings = settings_model(f"setting of {name}", signature)
    return _fill(ProbeFile, f"probe {name}", settings=(settings, _unless_needed(settings)))


def _unless_needed(settings: type[SettingsFile]) -> Any:
    """A field that may be left out where no setting is required."""
    return Field() if settings.needs_some() else Field(default_factory=settings)


def _fill(model: type[Any], name: str = "", **fields: Any) -> type[Any]:
    """The model with these fields made exact."""
    return create_model(name or model.__name__, __base__=model, **fields)
