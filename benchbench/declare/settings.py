"""Models made from signatures: the settings of a catalog entry, and the naming of one entry of a shelf."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, create_model

from benchbench.declare.strict import Strict, kebab
from benchbench.declare.vocabulary import Signature
from benchbench.types import Json

_PREFIX = "setting_"


class SettingsFile(Strict):
    """Settings of one entry; fields are made from its signature."""

    owner: ClassVar[str] = "setting"

    def settings(self) -> dict[str, Json]:
        """Those that were given, by their Python names, as JSON would hold them."""
        given = self.model_dump(mode="json", by_alias=False, exclude_unset=True)
        return {name.removeprefix(_PREFIX): value for name, value in given.items()}


def settings_model(label: str, signature: Signature, *, partial: bool = False) -> type[SettingsFile]:
    """A model of these settings, called `label` in complaints; with `partial` none is required."""
    fields: dict[str, Any] = {}
    for name, parameter in signature.items():
        annotation = Any if parameter.annotation is inspect.Parameter.empty else parameter.annotation
        required = parameter.default is inspect.Parameter.empty and not partial
        default = ... if required else None if partial else parameter.default
        # The prefix keeps a setting called `copy` or `json` from hiding a method of the model.
        fields[_PREFIX + name] = (annotation, Field(default, alias=kebab(name)))
    model = create_model(label, __base__=SettingsFile, **fields)
    model.owner = label
    return model


class ChoiceFile(Strict):
    """One entry of a shelf with its settings: `{drop-layers: {count: 4}}`. That it is one is checked on the tree."""

    owner: ClassVar[str] = "entry"
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, validate_by_alias=True)

    def chosen(self) -> tuple[str, Any]:
        """The name and the model under it."""
        (slot,) = self.model_fields_set
        return type(self).model_fields[slot].alias or slot, getattr(self, slot)


def choice_model(owner: str, entries: Mapping[str, type[Strict]]) -> type[ChoiceFile]:
    """A model that takes exactly one of these entries."""
    fields: dict[str, Any] = {}
    for index, (name, entry) in enumerate(sorted(entries.items())):
        fields[f"entry_{index}"] = (entry, Field(None, alias=name))
    model = create_model(owner, __base__=ChoiceFile, **fields)
    model.owner = owner
    return model
