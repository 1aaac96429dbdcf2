"""Best and second within noise."""

from dataclasses import replace

from benchbench.report import Account
from benchbench.report.paper.figures import Reading
from benchbench.report.paper.ranking import ranks
from benchbench.types import Difference, Measured, Measurement, Metric, ProbeUse
from tests.report import accounts, depth_accounts
from tests.report.accounts import AP, SMALL
from tests.report.depth_accounts import DEPTH, ROOMS, SIZE


def reading(account: Account, metric: str) -> Reading:
    use, scale = (AP, SMALL) if metric == "AP" else (DEPTH if metric == "AbsRel" else SIZE, ROOMS)
    return Reading(account, scale, use, account.metric(metric), account.variants(scale))


def test_counts_are_ranked_as_they_read() -> None:
    found = reading(depth_accounts.account(), "params")
    known = {each.name: figure.rank for each, figure in zip(found.variants, found.values, strict=True)}
    assert known["layers-2-waiting"] == "best"
    assert known["layers-4"] == known["layers-4-finetuned"] == "second"
    assert known["base"] is None


def test_what_cannot_be_told_apart_from_the_best_is_best() -> None:
    found = reading(depth_accounts.account(), "AbsRel")
    known = ranks(found.account, found.entries, found.metric)
    assert known["control"] == known["base"] == "best"
    assert known["layers-8"] == known["layers-6-finetuned"] == "second"
    assert "layers-4" not in known


def test_one_training_alone_is_not_ranked() -> None:
    found = reading(depth_accounts.account(), "AbsRel")
    assert "layers-4-head" not in ranks(found.account, found.entries, found.metric)


def test_a_paired_difference_decides_before_intervals() -> None:
    account = accounts.account()
    plain = reading(account, "AP")
    before = ranks(account, plain.entries, plain.metric)
    best = [name for name, rank in before.items() if rank == "best"]
    assert len(best) > 1 or not before
    apart = {
        (plain.entries[name].trial.identity, plain.entries["base"].trial.identity): {
            "AP": Difference(-0.02, -0.03, -0.01, 1e-6, "a test")
        }
        for name in plain.entries
        if name != "base"
    }
    told = replace(account, paired=apart)
    after = ranks(told, reading(told, "AP").entries, plain.metric)
    assert [name for name, rank in after.items() if rank == "best"] == ["base"]


def test_stars_need_an_interval_that_leaves_out_zero() -> None:
    found = reading(accounts.account(), "AP")
    known = {each.name: figure.stars for each, figure in zip(found.variants, found.values, strict=True)}
    assert known["heads"] == 3
    assert known["layers"] == 0
    assert known["base"] == 0


def test_the_reference_is_not_ranked_against_itself() -> None:
    given = accounts.account()
    cosine = Metric("drift_cosine", "cosine to the reference", "", "higher", 5, within=(-1.0, 1.0))
    worth = {"base": 1.0, "layers": 0.6, "heads": 0.9}
    own = {each.trial.variant.name: each for each in given.at_scale(SMALL)}
    entries = {
        name: replace(
            own[name],
            trial=replace(own[name].trial, probe=ProbeUse("drift")),
            outcome=Measured((Measurement("drift_cosine", (value,), interval=(value - 0.01, value + 0.01)),)),
        )
        for name, value in worth.items()
    }
    assert ranks(given, entries, cosine) == {"heads": "best", "layers": "second"}
