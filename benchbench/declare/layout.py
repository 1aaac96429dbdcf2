"""The suite format as pydantic models. What depends on the catalog is open here, and filled in by `fitting`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from benchbench.declare.settings import ChoiceFile, SettingsFile
from benchbench.declare.strict import Name, Strict, parsed_by, refer, refer_both
from benchbench.declare.values import NUMBER_PATTERN, parse, parse_order, parse_tolerance

NAMES = "x-names"
"""Marks, in the JSON Schema, a text that must be a known name of this kind."""
AS_WRITTEN: JsonSchemaValue = {"type": ["string", "number"], "pattern": NUMBER_PATTERN}
Positive = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
MOST_SEEDS = 100
ScaleName = Annotated[str, refer("scale")]
VariantName = Annotated[str, refer("variant")]
Subject = Annotated[str, refer("variant or attempt")]
MetricName = Annotated[str, refer("metric"), Field(json_schema_extra={NAMES: "metric"})]
FamilyName = Annotated[str, refer("family"), Field(json_schema_extra={NAMES: "family"})]
ClaimId = Annotated[str, refer("claim")]
Number = Annotated[str, parsed_by(parse), WithJsonSchema(AS_WRITTEN)]
Tolerance = Annotated[str, parsed_by(parse_tolerance), WithJsonSchema(AS_WRITTEN)]
Comparison = Annotated[str, parsed_by(parse_order), refer_both("variant", parse_order)]
DATA = ("dataset", "calibration", "training", "unlabelled")
"""The keys of a scale that name a dataset."""
FormName = Literal["number", "ratio", "change", "difference"]


class BudgetFile(Strict):
    seconds: Annotated[float, Field(gt=0)] = 300.0
    min_rounds: Positive = 5
    half_width: Annotated[float, Field(gt=0, lt=1)] = 0.02


class CellFile(Strict):
    text: str
    claim: ClaimId = ""


def _cell(given: object) -> object:
    return {"text": given} if isinstance(given, str) else given


class TableFile(Strict):
    columns: Annotated[tuple[str, ...], Field(min_length=1)]
    rows: tuple[
        tuple[Annotated[CellFile, BeforeValidator(_cell, json_schema_input_type=str | float | CellFile)], ...], ...
    ]
    title: str = ""
    place: str = ""


class DocumentFile(Strict):
    title: str = ""
    date: str = ""
    link: str = ""
    language: str = "en"
    notice: str = ""
    tables: tuple[TableFile, ...] = ()


class ScaleFile(Strict):
    checkpoint: Annotated[str, Field(min_length=1)]
    dataset: ChoiceFile
    timing: tuple[Positive, Positive]
    title: str = ""
    family: FamilyName = ""
    architecture: SettingsFile = SettingsFile()
    calibration: ChoiceFile | None = None
    training: ChoiceFile | None = None
    unlabelled: ChoiceFile | None = None
    input: SettingsFile = SettingsFile()


_GROUP_KEYS: JsonSchemaValue = {
    "matrix": {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"type": "array", "minItems": 1},
        "description": "Axes and their values; one variant for each combination.",
    },
    "name": {"type": "string", "description": "Name of each variant, with the axes in braces: depth-{depth}."},
    "exclude": {"type": "array", "items": {"type": "object", "minProperties": 1}},
    "include": {"type": "array", "items": {"type": "object", "minProperties": 1}},
}


class VariantFile(Strict):
    title: str = ""
    note: str = ""
    from_: Subject = ""
    scales: Annotated[tuple[ScaleName, ...], Field(min_length=1)] | None = None
    architecture: SettingsFile = SettingsFile()
    checkpoints: dict[ScaleName, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    external: str = ""
    steps: tuple[ChoiceFile, ...] = ()

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A matrix of variants is written in the same place, and expanded before the models see it."""
        schema = handler.resolve_ref_schema(handler(core))
        schema["properties"].update(_GROUP_KEYS)
        schema["dependentRequired"] = {"matrix": ["name"]} | {key: ["matrix"] for key in ("name", "exclude", "include")}
        return schema


Device = Annotated[str, Field(pattern=r"^(cpu|mps|cuda(:[0-9]+)?)$")]
Dtype = Literal["float32", "float16", "bfloat16"]


class ConditionFile(Strict):
    device: Device = "cpu"
    dtype: Dtype = "float32"
    batch: Positive = 1
    threads: Annotated[int, Field(ge=0)] = 0
    runtime: Literal["eager", "compiled", "compiled-reduce-overhead", "compiled-max-autotune", "onnxruntime"] = "eager"


class UsualFile(Strict):
    """What probes are measured on that do not say it themselves."""

    device: Device = "cpu"
    dtype: Dtype = "float32"


class ProbeFile(Strict):
    scales: tuple[ScaleName, ...] = ()
    variants: tuple[VariantName, ...] = ()
    condition: ConditionFile = ConditionFile()
    settings: SettingsFile = SettingsFile()


class SourceFile(Strict):
    document: str = ""
    place: str = ""
    words: str = ""
    link: str = ""


class QuotationFile(Strict):
    source: str
    commit: str
    path: str
    line: Annotated[int, Field(ge=0)]
    words: str
    supports: bool


class RecipeFile(Strict):
    attempt: Subject = ""
    changed: Subject = ""
    change: str = ""
    remedy: str = ""


class ReadingFile(Strict):
    """What a reading says differently; what it does not say is the claim's."""

    title: str = ""
    metric: MetricName | None = None
    form: FormName | None = None
    variant: VariantName | None = None
    versus: VariantName | None = None
    value: Number | None = None
    about: bool | None = None
    tolerance: Tolerance | None = None
    order: Annotated[tuple[Comparison, ...], Field(min_length=1)] | None = None


class ClaimFile(ReadingFile):
    kind: Literal["number", "ratio", "change", "ordering", "fact", "recipe"]
    title: str
    scale: Annotated[str, refer("scale", extra=("any",))]
    source: SourceFile = SourceFile()
    conditions: dict[str, str | bool | int | float] = Field(default_factory=dict)
    readings: dict[Name, ReadingFile | None] = Field(default_factory=dict)
    quotations: tuple[QuotationFile, ...] = ()
    recipe: RecipeFile | None = None
    hedged: bool = False
    primary: ClaimId = ""
    note: str = ""


class SuiteFile(Strict):
    """One suite."""

    suite: Name
    title: str
    family: FamilyName
    reference: VariantName
    scales: Annotated[dict[Name, ScaleFile], Field(min_length=1)]
    variants: Annotated[dict[Name, VariantFile], Field(min_length=1)]
    probes: Annotated[tuple[ChoiceFile, ...], Field(min_length=1)]
    attempts: dict[Name, VariantFile] = Field(default_factory=dict)
    claims: dict[Name, ClaimFile] = Field(default_factory=dict)
    document: DocumentFile = DocumentFile()
    budget: BudgetFile = BudgetFile()
    condition: UsualFile = UsualFile()
    seed: Seed = 0
    seeds: Annotated[tuple[Seed, ...], Field(min_length=1, max_length=MOST_SEEDS)] = ()
