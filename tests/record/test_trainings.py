"""Records and keys of what was taught by another variant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchbench.record import Store, key, recipe
from benchbench.types import Place, Record, Trial, Use, Variant

MASTER = Variant("master", "The master", (Use("finetune", {"steps": 100}),), place=Place("suite.yaml", 5, 3))


def taught(trial: Trial, master: Variant = MASTER, **settings: int) -> Trial:
    step = Use("distil", {"teacher": master.name, "steps": 60, **settings}, master)
    return replace(trial, variant=replace(trial.variant, steps=(*trial.variant.steps, step)))


def of(trial: Trial) -> str:
    return key(trial, fingerprints={"weights": "w", "data": "d"}, versions={}, environment={})


def test_a_record_keeps_the_teacher(tmp_path: Path, record: Record) -> None:
    student = replace(record, trial=taught(record.trial))
    store = Store(tmp_path)
    store.append(student)
    [found] = Store(tmp_path).records()
    assert found == student
    assert found.trial.variant.steps[-1].teacher == replace(MASTER, place=found.trial.variant.place)


def test_a_teachers_recipe_counts_and_its_names_do_not(trial: Trial) -> None:
    plain = of(taught(trial))
    renamed = replace(MASTER, name="other", title="Other", note="!", parent="p", scales=("full",))
    assert of(taught(trial, renamed)) == plain
    touched = [
        replace(MASTER, steps=(Use("finetune", {"steps": 101}),)),
        replace(MASTER, steps=()),
        replace(MASTER, architecture={"size": "vitb"}),
        replace(MASTER, steps=(Use("distil", {"teacher": "x"}, MASTER),)),
    ]
    keys = {plain, of(taught(trial, steps=61)), of(trial), *(of(taught(trial, master)) for master in touched)}
    assert len(keys) == 3 + len(touched)


def test_the_teacher_of_a_teacher_counts(trial: Trial) -> None:
    other = replace(MASTER, steps=(Use("finetune", {"steps": 7}),))
    above = [replace(MASTER, steps=(Use("distil", {"teacher": "x"}, each),)) for each in (MASTER, other)]
    assert len({of(taught(trial, each)) for each in above}) == 2


def test_a_chain_of_the_same_steps_is_no_single_one(trial: Trial) -> None:
    cut, tune = Use("drop-layers", {"count": 8}), Use("finetune", {"steps": 50})
    chains = [(cut, tune), (cut, tune, cut, tune), (cut, cut, tune, tune), (tune, cut, tune, cut)]
    assert len({of(replace(trial, variant=replace(trial.variant, steps=chain))) for chain in chains}) == len(chains)


def test_a_step_without_a_teacher_is_told_as_ever() -> None:
    assert recipe(Use("drop-layers", {"count": 8})) == ["drop-layers", {"count": 8}]


def test_recovered_weights_beside_the_records_are_no_records(tmp_path: Path, record: Record) -> None:
    cards = tmp_path / "artifacts" / "cards"
    cards.mkdir(parents=True)
    (cards / "a.json").write_text("{}", encoding="utf-8")
    store = Store(tmp_path)
    store.append(record)
    assert len(store.records()) == 1
    assert store.broken == ()
