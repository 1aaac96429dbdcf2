"""`matrix:` groups become variants, with types kept and places known."""

from __future__ import annotations

import pytest

from tests.declare.conftest import GOOD, Files

GROUP = """\
  series:
    matrix: {depth: [4, 3], keep: [first, every-other]}
    name: "depth-{depth}-{keep}"
    title: "{depth} layers, {keep}"
    from: layers
    exclude: [{depth: 3, keep: every-other}]
    include: [{depth: 5, keep: [0, 1]}]
    steps:
      - drop-layers: {stack: encoder, count: "{depth}", keep: "{keep}"}
"""


def with_group(*changes: tuple[str, str]) -> str:
    group = GROUP.replace(", keep: [0, 1]}", ", keep: first}")
    for old, new in changes:
        assert group.count(old) == 1, old
        group = group.replace(old, new)
    return GOOD.replace("attempts:\n", f"{group}attempts:\n")


def test_combinations_in_order_without_the_excluded_with_the_included(files: Files) -> None:
    suite = files.load(with_group())
    made = [variant for variant in suite.variants if variant.name.startswith("depth")]
    assert [variant.name for variant in made] == [
        "depth-4-first", "depth-4-every-other", "depth-3-first", "depth-5-first",
    ]  # fmt: skip
    assert made[1].title == "4 layers, every-other"
    assert made[1].steps[-1].settings == {"stack": "encoder", "count": 4, "keep": "every-other"}
    assert [step.settings["stack"] for step in made[1].steps] == ["encoder", "decoder", "encoder"]
    assert made[0].place.line == GOOD.splitlines().index("attempts:") + 1
    assert suite.variants.index(made[0]) == 4


def test_a_whole_hole_keeps_the_type_and_a_part_is_text(files: Files) -> None:
    text = with_group(
        ("{depth: [4, 3], keep: [first, every-other]}", "{keep: [[0, 1], first], same: [true, false]}"),
        ("depth-{depth}-{keep}", "s-{same}"),
        ('"{depth} layers, {keep}"', '"{same}"'),
        ("[{depth: 3, keep: every-other}]", "[{keep: first, same: true}, {keep: [0, 1], same: false}]"),
        ("    include: [{depth: 5, keep: first}]\n", ""),
        ('count: "{depth}"', "count: 1"),
    )
    made = files.load(text).variants[4:]
    assert [(variant.name, variant.title) for variant in made] == [("s-true", "true"), ("s-false", "false")]
    assert [variant.steps[-1].settings["keep"] for variant in made] == [[0, 1], "first"]


def test_an_attempt_may_be_a_matrix_too(files: Files) -> None:
    old = "nhead-6: {architecture: {heads: 6}}"
    new = "n: {matrix: {n: [6, 5]}, name: 'nhead-{n}', architecture: {heads: '{n}'}}"
    suite = files.load(GOOD.replace(old, new))
    assert [(found.name, dict(found.architecture)) for found in suite.attempts] == [
        ("nhead-6", {"heads": 6}), ("nhead-5", {"heads": 5}),
    ]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), [
    ("depth: [4, 3]", "depth: []", "34:13: the axis 'depth' needs a list of values (such as {depth: [4, 3, 2]})"),
    ("{depth: [4, 3], keep: [first, every-other]}", "x",
     "34:13: a matrix needs axes (such as {depth: [4, 3, 2]})"),
    ('    name: "depth-{depth}-{keep}"\n', "", "34:5: a matrix needs a 'name' (such as name: \"depth-{depth}\")"),
    ("depth-{depth}-{keep}", "depth-{dept}-{keep}", "35:11: unknown axis 'dept' (did you mean 'depth'?)"),
    ("depth-{depth}-{keep}", "depth-{depth}", "33:3: 'depth-4' is declared twice (first on line 33)"),
    ("depth-{depth}-{keep}", "{depth}", "33:3: '4' is declared twice (first on line 33)"),
    ("exclude: [{depth: 3,", "exclude: [{dept: 3,", "38:16: unknown axis 'dept' (did you mean 'depth'?)"),
    ("exclude: [{depth: 3,", "exclude: [{depth: 9,",
     "38:15: this excludes nothing (its values must be among those of the axes)"),
    ("include: [{depth: 5, keep: first}]", "include: [{depth: 5}]",
     "39:15: missing 'keep' (an included combination gives every axis)"),
    ("include: [{depth: 5, keep: first}]", "include: {depth: 5}",
     "39:14: 'include' should be a list of combinations (such as [{depth: 2}])"),
    ("include: [{depth: 5, keep: first}]", "include: [x]", "39:15: 'include' takes combinations (such as {depth: 2})"),
    ('count: "{depth}"', 'count: "{dept}"', "41:46: unknown axis 'dept' (did you mean 'depth'?)"),
    ('count: "{depth}"', 'count: "n{depth}"', "41:46: 'count' should be an integer, not \"n4\""),
    ("depth: [4, 3]", "depth: [4, x]", "38:15: this excludes nothing (its values must be among those of the axes)"),
    ("from: layers", "from: layrs", "37:11: unknown variant or attempt 'layrs' (did you mean 'layers'?)"),
    ("    steps:\n", "    stepps:\n", "40:5: unknown key 'stepps' (did you mean 'steps'?)"),
    ("matrix: {depth: [4, 3]", f"matrix: {{depth: {list(range(600))}", "34:5: 1,200 combinations, more than 1,000"),
])  # fmt: skip
def test_complaints_about_a_matrix(files: Files, old: str, new: str, said: str) -> None:
    assert files.complaints(with_group((old, new)))[0] == said


def test_an_attribute_or_an_index_in_braces_is_only_an_unknown_axis(files: Files) -> None:
    text = with_group(("{depth} layers, {keep}", "{depth.__class__} {keep[0]} {}"))
    assert [line.split(" (")[0] for line in files.complaints(text)] == [
        "36:12: unknown axis 'depth.__class__'", "36:12: unknown axis 'keep[0]'", "36:12: unknown axis ''",
    ]  # fmt: skip


def test_a_group_that_failed_does_not_make_its_variants_unknown(files: Files) -> None:
    text = with_group(("depth: [4, 3]", "depth: 4")).replace("[base, layers]", "[base, depth-4-first]")
    assert files.complaints(text) == ["34:13: the axis 'depth' needs a list of values (such as {depth: [4, 3, 2]})"]


def test_a_matrix_cannot_blow_up(files: Files) -> None:
    wide = ", ".join(['"{depth}"'] * 300)
    text = with_group(
        ("depth: [4, 3], keep: [first, every-other]", f"depth: {[list(range(300))] * 3}, keep: [first]"),
        ('count: "{depth}"', f"count: [{wide}]"),
    )
    assert any("come to more than 200,000 values" in line for line in files.complaints(text))
