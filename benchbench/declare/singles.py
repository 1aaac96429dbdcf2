"""Settings of one entry given on the command line, doubted like those of a suite."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pydantic import ValidationError

from benchbench.declare.doubts import complaints_of
from benchbench.declare.overrides import override
from benchbench.declare.settings import settings_model
from benchbench.declare.tree import Fields, plain
from benchbench.declare.vocabulary import Signature
from benchbench.errors import InvalidSuite
from benchbench.types import Json, Place


def settings_from(texts: Sequence[str], owner: str, signature: Signature) -> dict[str, Json]:
    """Settings by their Python names from texts such as `cap=10`. Raises InvalidSuite with every complaint."""
    root = Fields(Place("--set", 0, 0))
    complaints = override(root, texts)
    model = settings_model(owner, signature)
    try:
        found = model.model_validate_json(json.dumps(plain(root)))
    except ValidationError as error:
        raise InvalidSuite([*complaints, *complaints_of(error, model, root)]) from None
    if complaints:
        raise InvalidSuite(complaints)
    return found.settings()
