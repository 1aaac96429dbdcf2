"""What the models of the suite format share: kebab-case keys, none unknown, no conversions, names that exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from benchbench.errors import nearest
from benchbench.types import Comparison


def kebab(name: str) -> str:
    """A Python name as suites write it."""
    return name.strip("_").replace("_", "-")


class Strict(BaseModel):
    """Unknown keys are refused, types are taken as they stand."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        alias_generator=kebab,
        validate_by_alias=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )


NAME = r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,79}$"
Name = Annotated[str, StringConstraints(pattern=NAME)]
"""A name that may become part of a file's name."""


@dataclass(frozen=True)
class Names:
    """The names that exist, by what they are the names of. A missing kind is not checked."""

    known: dict[str, frozenset[str]]


def refuse(what: str, hint: str = "") -> PydanticCustomError:
    """A complaint of ours, carried by pydantic to the place it belongs to; it takes no lone surrogates on the way."""
    told = {name: text.encode("utf-8", "replace").decode("utf-8") for name, text in (("what", what), ("hint", hint))}
    return PydanticCustomError("refused", "{what}", told)


def refer(kind: str, extra: Iterable[str] = ()) -> AfterValidator:
    """The value must be the name of a declared thing of this kind (or one of `extra`)."""

    def check(value: str, info: ValidationInfo) -> str:
        if value not in extra:
            _must_be_known(value, kind, info)
        return value

    return AfterValidator(check)


def refer_both(kind: str, parse: Callable[[str], Comparison]) -> AfterValidator:
    """Both sides of a comparison must be names of this kind; the text itself is kept."""

    def check(value: str, info: ValidationInfo) -> str:
        comparison = parse(value)
        for side in (comparison.left, comparison.right):
            _must_be_known(side, kind, info)
        return value

    return AfterValidator(check)


def _must_be_known(name: str, kind: str, info: ValidationInfo) -> None:
    known = cast(Names, info.context).known.get(kind)
    if known is not None and name not in known:
        raise refuse(f"unknown {kind} '{name}'", nearest(name, known))


def parsed_by(parse: Callable[[str], object]) -> AfterValidator:
    """The text must be readable by `parse`, whose ValueError says what is wrong; the text itself is kept."""

    def check(value: str) -> str:
        try:
            parse(value)
        except ValueError as error:
            raise refuse(str(error)) from None
        return value

    return AfterValidator(check)
