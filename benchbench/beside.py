"""Other sets of records beside those of a report: a baseline, another machine's folder, a revision of git.

What changed is `comparing`'s to say, over everything that the suite measures, as `benchbench compare --suite` does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from benchbench.baselines import CARD, card
from benchbench.comparing import compare
from benchbench.machines import machines
from benchbench.record import Store
from benchbench.report import Account
from benchbench.sides import BASELINES, Side, matched, named, opened, place_of, under
from benchbench.types import Change, Entry
from benchbench.types.compared import Beside

CURRENT = "current records"


def placed(account: Account, names: Iterable[str], store: Store) -> Account:
    """The account with these sets of records beside its own, which lie in `store`; the oldest first.

    Names are those that `sides.opened` knows. Raises UnknownName for one that is none.
    """
    found = []
    for name in dict.fromkeys(names):
        with opened(name, store.folder) as side:
            compared = set_beside(account, side, store)
        # what git gave was unpacked for as long as it was compared: no folder to look into is left of it
        folder = str(side.store.folder) if side.store.folder.is_dir() else ""
        found.append(replace(compared, folder=folder, suite=_other_suite(account, side.store.folder)))
    return replace(account, beside=tuple(sorted(found, key=lambda each: each.latest)))


def _other_suite(account: Account, folder: Path) -> str:
    """The suite that a baseline's card names, by file or name, where it is not the account's."""
    if folder.parent.name != BASELINES or not (folder / CARD).is_file():
        return ""
    told = card(folder.parent.parent, folder.name).suite
    return "" if not told or Path(told).stem in (account.suite.name, Path(account.suite.path).stem) else told


def set_beside(account: Account, side: Side, store: Store) -> Beside:
    """What one side has of the trials of an account, and what changed from it to the account's own records."""
    before = replace(side, entries=_of_suite(side, account.entries))
    here = {place_of(entry.trial): entry for entry in account.entries}
    recorded = {place: entry for place, entry in here.items() if entry.record is not None}
    now = Side(CURRENT, store, recorded, machines(store.folder))
    comparison = compare(before, now)
    pairs = [(ours, theirs) for ours, theirs in matched(before, replace(now, entries=here)) if ours and theirs]
    entries = {theirs.trial.identity: ours for ours, theirs in pairs}
    return Beside(side.name, entries, _by_trial(comparison.changes, pairs), comparison)


def _of_suite(side: Side, entries: Iterable[Entry]) -> dict[str, Entry]:
    """What a side has of these trials: of several recipes of one name the report's own, else the newest."""
    places = {place_of(entry.trial) for entry in entries}
    names = {json.dumps(named(entry.trial), sort_keys=True) for entry in entries}
    kept: dict[str, str] = {}
    for place, entry in sorted(side.entries.items(), key=lambda item: (item[0] in places, _age(item[1]))):
        if json.dumps(named(entry.trial), sort_keys=True) in names:
            kept[json.dumps(under(entry.trial), sort_keys=True)] = place
    return {place: side.entries[place] for place in kept.values()}


def _age(entry: Entry) -> str:
    return entry.record.at if entry.record else ""


def _by_trial(changes: Iterable[Change], pairs: Sequence[tuple[Entry, Entry]]) -> dict[tuple[str, str], Change]:
    """The changes by the identity of the report's trial and the metric's name."""
    ours = {before.trial.identity: after.trial.identity for before, after in pairs}
    ours |= {after.trial.identity: after.trial.identity for _, after in pairs}
    return {(ours.get(change.identity, change.identity), change.metric.name): change for change in changes}
