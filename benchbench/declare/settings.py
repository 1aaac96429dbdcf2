"""Models made from signatures: the settings of a catalog entry, and the naming of one entry of a shelf."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, GetJsonSchemaHandler, create_model
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from benchbench.declare.strict import Strict, kebab
from benchbench.declare.vocabulary import Signature
from benchbench.types import Json

_PREFIX = "setting_"
_HOLE: JsonSchemaValue = {"type": "string", "pattern": r"^\{[^{}]*\}$", "description": "a value of the matrix"}


class SettingsFile(Strict):
    """Settings of one entry; fields are made from its signature."""

    owner: ClassVar[str] = "setting"
    in_matrix: ClassVar[bool] = False
    """Whether these may stand in a matrix, where a text like `{depth}` stands for a value."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler.resolve_ref_schema(handler(core))
        if cls.in_matrix:
            found = schema.get("properties", {})
            schema["properties"] = {name: {"anyOf": [value, _HOLE]} for name, value in found.items()}
        return schema

    @classmethod
    def needs_some(cls) -> bool:
        """Whether a setting is required."""
        return any(field.is_required() for field in cls.model_fields.values())

    def settings(self) -> dict[str, Json]:
        """Those that were given, by their Python names, as JSON would hold them."""
        given = self.model_dump(mode="json", by_alias=False, exclude_unset=True)
        return {name.removeprefix(_PREFIX): value for name, value in given.items()}


def settings_model(
    label: str, signature: Signature, *, partial: bool = False, in_matrix: bool = False
) -> type[SettingsFile]:
    """A model of these settings, called `label` in complaints; with `partial` none is required."""
    fields: dict[str, Any] = {}
    for name, parameter in signature.items():
        annotation = Any if parameter.annotation is inspect.Parameter.empty else parameter.annotation
        absent = parameter.default is inspect.Parameter.empty
        default = parameter.default if not absent else None if partial else ...
        # The prefix keeps a setting called `copy` or `json` from hiding a method of the model.
        fields[_PREFIX + name] = (annotation, Field(default, alias=kebab(name)))
    model = create_model(label, __base__=SettingsFile, **fields)
    model.owner, model.in_matrix = label, in_matrix
    return model


class ChoiceFile(Strict):
    """One entry of a shelf with its settings: `{drop-layers: {count: 4}}`. That it is one is checked on the tree."""

    owner: ClassVar[str] = "entry"
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, validate_by_alias=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """One key, or, for an entry that can do without settings, its bare name."""
        schema = handler.resolve_ref_schema(handler(core))
        bare = [field.alias for field in cls.model_fields.values() if _may_be_bare(field.annotation)]
        for name, entry in schema.get("properties", {}).items():
            entry.pop("default", None)
            if name in bare:
                schema["properties"][name] = {"anyOf": [entry, {"type": "null"}]}
        schema |= {"minProperties": 1, "maxProperties": 1}
        return {"anyOf": [{"enum": bare}, schema]} if bare else schema

    def chosen(self) -> tuple[str, Any]:
        """The name and the model under it."""
        (slot,) = self.model_fields_set
        return type(self).model_fields[slot].alias or slot, getattr(self, slot)


def _may_be_bare(entry: Any) -> bool:
    return not any(field.is_required() for field in entry.model_fields.values())


def choice_model(owner: str, entries: Mapping[str, type[Strict]]) -> type[ChoiceFile]:
    """A model that takes exactly one of these entries."""
    fields: dict[str, Any] = {}
    for index, (name, entry) in enumerate(sorted(entries.items())):
        fields[f"entry_{index}"] = (entry, Field(None, alias=name))
    model = create_model(owner, __base__=ChoiceFile, **fields)
    model.owner = owner
    return model
