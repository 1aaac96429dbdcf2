"""Which trials are measured together, and which are set aside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbench.errors import BenchbenchError
from benchbench.expand import Expansion, expand
from benchbench.types import ProbeUse, Skipped
from tests.expand.suites import ATTEMPT, BASE, FULL, LOOSE, recipe, suite


def laid_out(expansion: Expansion) -> dict[str, list[str]]:
    return {cohort.label: [trial.variant.name for trial in cohort.trials] for cohort in expansion.cohorts}


def aside(expansion: Expansion) -> list[str]:
    return [entry.trial.label for entry in expansion.set_aside]


def test_all_variants_of_a_scale_and_probe_the_reference_first() -> None:
    expansion = expand(suite())
    assert laid_out(expansion) == {
        "full / size": ["base", "layers", "heads-4", "r18"],
        "tiny / size": ["base", "layers", "heads-4"],
        "full / latency": ["base", "layers"],
    }
    assert aside(expansion) == ["full / latency / heads-4", "full / latency / r18"]


def test_trials_carry_scale_probe_and_seed() -> None:
    cohort = expand(suite(seed=3)).cohorts[0]
    assert (cohort.scale, cohort.probe, cohort.reference) == (FULL, ProbeUse("size"), BASE)
    assert all((trial.scale, trial.probe, trial.seed) == (FULL, ProbeUse("size"), 3) for trial in cohort.trials)


def test_what_is_set_aside_says_why_and_how_to_have_it() -> None:
    (entry, _) = expand(suite()).set_aside
    assert entry.outcome == Skipped("outside the default budget of probe latency", "--all")


def test_everything_sets_nothing_aside() -> None:
    expansion = expand(suite(), everything=True)
    assert laid_out(expansion)["full / latency"] == ["base", "layers", "heads-4", "r18"]
    assert expansion.set_aside == ()


def test_the_reference_is_in_the_budget_even_if_not_named() -> None:
    expansion = expand(suite(probes=(ProbeUse("latency", variants=("heads-4",)),)))
    assert laid_out(expansion)["full / latency"] == ["base", "heads-4"]
    assert "full / latency / base" not in aside(expansion)


def test_a_reference_that_is_not_at_a_scale_is_not_dragged_there() -> None:
    assert laid_out(expand(suite(reference="r18"))) == {
        "full / size": ["r18", "layers", "base", "heads-4"],
        "tiny / size": ["layers", "base", "heads-4"],
        "full / latency": ["r18", "layers", "base"],
    }


def test_the_same_probe_twice_is_two_cohorts() -> None:
    probes = (ProbeUse("size"), ProbeUse("size", {"paper": True}))
    assert [cohort.probe for cohort in expand(suite(probes=probes)).cohorts] == [probes[0]] * 2 + [probes[1]] * 2


def test_recipes_are_built_at_the_scale_they_speak_of_in_cohorts_of_their_own() -> None:
    claims = (recipe("R.1", "full", "nhead-6", "layers"), recipe("R.2", "full", "layers"), recipe("R.3", "any", "r18"))
    expansion = expand(suite(attempts=(ATTEMPT, LOOSE), claims=claims))
    found = laid_out(expansion)
    assert found["full / builds"] == ["nhead-6", "nhead-5", "layers", "r18"]
    assert found["tiny / builds"] == ["nhead-5"]
    assert expansion.cohorts[-1].probe == ProbeUse("builds")
    assert not [name for label, names in found.items() if "builds" not in label for name in names if "nhead" in name]


@pytest.mark.parametrize(("select", "found"), [
    ("layers",
     {"full / size": ["base", "layers"], "tiny / size": ["base", "layers"], "full / latency": ["base", "layers"]}),
    ("latency", {"full / latency": ["base", "layers"]}),
    ("tiny and heads-4", {"tiny / size": ["base", "heads-4"]}),
    ("base", {"full / size": ["base"], "tiny / size": ["base"], "full / latency": ["base"]}),
    ("not (size or base)", {"full / latency": ["base", "layers"]}),
    ("r18 and SIZE", {"full / size": ["base", "r18"]}),
])  # fmt: skip
def test_a_selection_keeps_what_matches_and_the_reference_beside_it(select: str, found: dict[str, list[str]]) -> None:
    assert laid_out(expand(suite(), select=select)) == found


def test_a_selection_of_what_is_set_aside_measures_nothing_and_says_so() -> None:
    expansion = expand(suite(), select="r18 and latency")
    assert expansion.cohorts == ()
    assert aside(expansion) == ["full / latency / r18"]


@pytest.mark.parametrize(("select", "hint"), [
    ("layrs", "'layrs': did you mean 'layers'?"),
    ("layers and latnecy or fulll", "'latnecy': did you mean 'latency'?; 'fulll': did you mean 'full'?"),
    ("tiny and latency", "each of its names exists, but no trial has them together"),
])  # fmt: skip
def test_a_selection_of_nothing_is_an_error_that_names_the_nearest(select: str, hint: str) -> None:
    with pytest.raises(BenchbenchError, match="matches no trial") as error:
        expand(suite(), select=select)
    assert error.value.hint == hint


words = st.sampled_from(["base", "layers", "heads", "r18", "size", "latency", "full", "tiny", "x"])


def chosen(select: str) -> set[str]:
    """Every trial of the expansion, the reference apart, which stays."""
    try:
        expansion = expand(suite(), select=select)
    except BenchbenchError:
        return set()
    kept = {trial.label for cohort in expansion.cohorts for trial in cohort.trials}
    return {label for label in kept | set(aside(expansion)) if not label.endswith("/ base")}


@given(words, words)
def test_selections_partition_the_trials(left: str, right: str) -> None:
    everything = chosen("")
    both, either = chosen(f"{left} and {right}"), chosen(f"{left} or {right}")
    assert both == chosen(left) & chosen(right)
    assert either == chosen(left) | chosen(right)
    assert chosen(f"not {left}") == everything - chosen(left)


@given(words, st.booleans())
def test_every_cohort_is_of_one_scale_and_probe_and_begins_with_the_reference(word: str, everything: bool) -> None:
    made = suite(attempts=(ATTEMPT,))
    try:
        expansion = expand(made, select=word, everything=everything)
    except BenchbenchError:
        assert word == "x"
        return
    for cohort in expansion.cohorts:
        assert {(trial.scale.name, trial.probe.name) for trial in cohort.trials} == {
            (cohort.scale.name, cohort.probe.name)
        }
        names = [trial.variant.name for trial in cohort.trials]
        assert len(set(names)) == len(names)
        assert cohort.probe.name == "builds" or names[0] == "base"


def test_expanding_is_pure() -> None:
    made = suite(attempts=(ATTEMPT,))
    before = repr(made)
    assert expand(made) == expand(made)
    assert repr(made) == before
