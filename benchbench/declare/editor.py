"""The suite format as JSON Schema (draft 2020-12), for completion and checking in an editor."""

from __future__ import annotations

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind

from benchbench.declare.fitting import suite_model
from benchbench.declare.layout import NAMES
from benchbench.declare.vocabulary import Vocabulary
from benchbench.types import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        """A default that JSON cannot hold is left out in silence."""


def schema(vocabulary: Vocabulary) -> dict[str, Json]:
    """The format of suites for every family of the vocabulary: what a suite may say hangs on its `family:`.

    References inside a file (a variant's name in a claim) are beyond JSON Schema; `load` checks them.
    """
    families = sorted(vocabulary.families)
    names: dict[str, Json] = {"family": list(families), "metric": list(sorted(vocabulary.metrics))}
    definitions: dict[str, Json] = {family: _of_family(vocabulary, family, names) for family in families}
    return {
        "$schema": DIALECT,
        "title": "benchbench suite",
        "type": "object",
        "required": ["family"],
        "properties": {"family": {"enum": list(families)}},
        "allOf": [_when(family) for family in families],
        "$defs": definitions,
    }


def _when(family: str) -> Json:
    return {
        "if": {"properties": {"family": {"const": family}}, "required": ["family"]},
        "then": {"$ref": f"#/$defs/{family}"},
    }


def _of_family(vocabulary: Vocabulary, family: str, names: dict[str, Json]) -> Json:
    model = suite_model(vocabulary, family)
    found = model.model_json_schema(ref_template=f"#/$defs/{family}/$defs/{{model}}", schema_generator=_Generator)
    return _finish(found, names)


def _finish(schema: Json, names: dict[str, Json]) -> Json:
    """Names become lists of the known ones, keys no pattern fits are refused, and models' own titles go."""
    if isinstance(schema, list):
        return [_finish(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _finish(part, names)
        for key, part in schema.items()
        if key != NAMES and not (key == "title" and isinstance(part, str))
    }
    kind = schema.get(NAMES)
    if isinstance(kind, str):
        kept["enum"] = names[kind]
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    return kept
