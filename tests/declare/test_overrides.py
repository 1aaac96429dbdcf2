"""`--set a.b=c` changes a suite as if the file said so, and is complained of by its own words."""

from __future__ import annotations

import pytest

from benchbench.types import Budget, Range
from tests.declare.conftest import GOOD, Files


def test_values_are_yaml_and_the_last_one_counts(files: Files) -> None:
    suite = files.load(overrides=["seed=1", "budget.seconds=60", "seed=3", "budget={seconds: 9, min-rounds: 7}"])
    assert (suite.seed, suite.budget) == (3, Budget(9.0, 7))


def test_into_lists_and_steps(files: Files) -> None:
    suite = files.load(overrides=["variants.layers.steps.1.drop-layers.keep=every-other", "scales.tiny.timing.0=64"])
    assert suite.variants[1].steps[1].settings["keep"] == "every-other"
    assert suite.scales[1].timing == (64, 96)


def test_a_key_that_the_file_leaves_out(files: Files) -> None:
    suite = files.load(overrides=["scales.full.input.shorter=400", "variants.base.note=x"])
    assert suite.scales[0].input == {"shorter": 400}
    assert suite.variants[0].note == "x"


def test_names_with_dots_are_found(files: Files) -> None:
    suite = files.load(overrides=["claims.C.1.readings.paper.value=25.0%"])
    assert suite.claims[0].readings[1].range == Range("25.0%", 0.25, 0.2495, 0.2505)


def test_a_value_may_hold_equals_signs(files: Files) -> None:
    assert files.load(overrides=["title=a=b"]).title == "a=b"


def test_an_axis_before_it_is_expanded(files: Files) -> None:
    group = "  n: {matrix: {k: [0.5]}, name: 'k-{k}', steps: [prune-heads: {keep: '{k}'}]}\nattempts:\n"
    suite = files.load(GOOD.replace("attempts:\n", group), ["variants.n.matrix.k=[0.25, 0.75]"])
    assert [variant.name for variant in suite.variants[4:]] == ["k-0.25", "k-0.75"]


def test_an_alias_elsewhere_is_left_alone(files: Files) -> None:
    text = GOOD.replace("base: {title: DETR}", "base: {architecture: &a {heads: 8}}\n  other: {architecture: *a}")
    suite = files.load(text, ["variants.other.architecture.heads=4"])
    assert [variant.architecture.get("heads") for variant in suite.variants[:2]] == [8, 4]


@pytest.mark.parametrize(("override", "said"), [
    ("seed", "not of the form a.b=value (such as --set budget.seconds=60)"),
    ("=3", "not of the form a.b=value (such as --set budget.seconds=60)"),
    ("a..b=3", "not of the form a.b=value (such as --set budget.seconds=60)"),
    ("sed=3", "unknown key 'sed' (did you mean 'seed'?)"),
    ("seed=x", "'seed' should be an integer, not \"x\""),
    ("budget.secnds=3", "unknown key 'secnds' (did you mean 'seconds'?)"),
    ("budgte.seconds=3", "unknown key 'budgte' (did you mean 'budget'?)"),
    ("variants.layrs.title=x", "'variants' has no 'layrs.title' (did you mean 'layers'?)"),
    ("claims.C.9.value=1", "'claims' has no 'C.9.value' (did you mean 'C.3'?)"),
    ("claims.C.1.readings.papr.value=1", "'claims.C.1.readings' has no 'papr.value' (did you mean 'paper'?)"),
    ("attempts.x={}", "'attempts' has no 'x' (known: nhead-6)"),
    ("variants.layers.steps.2=x", "no item '2' in 'variants.layers.steps' (items are numbered 0 to 1)"),
    ("variants.layers.steps.first=x", "no item 'first' in 'variants.layers.steps' (items are numbered 0 to 1)"),
    ("title.x=1", "'title' is a plain value and holds no 'x'"),
    ("reference=bse", "unknown variant 'bse' (did you mean 'base'?)"),
    ("variants.layers.steps.0.drop-layers.cuont=3", "unknown setting of drop-layers 'cuont' (did you mean 'count'?)"),
    ("seed=!!int 3", "the value is not readable: the tag 'tag:yaml.org,2002:int' is not allowed "
     "(write the value without a tag)"),
    ("seed=", "'seed' should be an integer, not null"),
])  # fmt: skip
def test_complaints(files: Files, override: str, said: str) -> None:
    assert files.complaints(overrides=[override])[0].startswith(f"--set {override}: {said}")


def test_an_unreadable_value_is_said_to_be_one(files: Files) -> None:
    (complaint,) = files.complaints(overrides=["seed=[1"])
    assert complaint.startswith("--set seed=[1: the value is not readable: not YAML")


def test_overrides_and_file_are_complained_of_together(files: Files) -> None:
    said = files.complaints(GOOD.replace("reference: base", "reference: bse"), ["seed=x"])
    assert [line.split(" (")[0] for line in said] == [
        "--set seed=x: 'seed' should be an integer, not \"x\"", "4:12: unknown variant 'bse'",
    ]  # fmt: skip
