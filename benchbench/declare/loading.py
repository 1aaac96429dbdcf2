"""A suite file, doubted as a whole: everything that is wrong with it is said at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from benchbench.declare.building import build
from benchbench.declare.choices import settle_choices
from benchbench.declare.claims import as_written, doubt_claims, plain_claims
from benchbench.declare.closing import doubt_closing
from benchbench.declare.doubts import complaints_of
from benchbench.declare.externals import doubt_externals
from benchbench.declare.fitting import suite_model
from benchbench.declare.matrix import expand_groups
from benchbench.declare.overrides import override
from benchbench.declare.reading import read, read_file
from benchbench.declare.relations import doubt_relations, names_in
from benchbench.declare.teachers import doubt_teachers
from benchbench.declare.tree import Fields, Scalar, plain
from benchbench.declare.tree import Path as TreePath
from benchbench.declare.vocabulary import Vocabulary
from benchbench.errors import InvalidSuite
from benchbench.types import Complaint, Suite


def load(path: Path, vocabulary: Vocabulary, overrides: Sequence[str] = ()) -> Suite:
    """The suite a file declares, with `--set` overrides of the form `a.b=value`.

    Raises BenchbenchError for a file that cannot be read, and InvalidSuite with every complaint about one that can.
    """
    root, complaints = read(read_file(path), str(path))
    if not isinstance(root, Fields):
        raise InvalidSuite([*complaints, Complaint(root.place, "a suite is a mapping", "it begins with suite: NAME")])
    complaints += override(root, overrides)
    groups = [expand_groups(root, section) for section in ("variants", "attempts")]
    unclear = [complaint for found, _ in groups for complaint in found]
    names = names_in(root, vocabulary, all_variants=all(whole for _, whole in groups))
    complaints += [*unclear, *settle_choices(root), *doubt_relations(root), *doubt_claims(root, plain_claims(root))]
    complaints += [*doubt_teachers(root, vocabulary.training), *doubt_externals(root, vocabulary.training)]
    complaints += doubt_closing(root, vocabulary.closing)
    model = suite_model(vocabulary, _family(root))
    try:
        file = model.model_validate_json(json.dumps(plain(root, _is_text)), context=names)
    except ValidationError as error:
        known = {complaint.place for complaint in unclear}
        complaints += [found for found in complaints_of(error, model, root) if found.place not in known]
    if complaints:
        raise InvalidSuite(_in_order(complaints))
    return build(file, root, str(path), vocabulary.training)


def _family(root: Fields) -> str:
    family = root.entries.get("family")
    return family.text if isinstance(family, Scalar) else ""


def _is_text(path: TreePath) -> bool:
    """Where a number is the document's own string."""
    return path[:1] == ("document",) or (path[:1] == ("claims",) and as_written(path))


def _in_order(complaints: Iterable[Complaint]) -> list[Complaint]:
    """Each once, as they stand in the file; overrides first."""
    unique = {(complaint.place, complaint.what): complaint for complaint in complaints}
    return sorted(unique.values(), key=lambda complaint: (complaint.place.line, complaint.place.column))
