"""Records for a notebook: `benchbench.load("records").frame()`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchbench import __version__, flow
from benchbench.lineage import metrics
from benchbench.record import Store
from benchbench.report import Account, frame, paper
from benchbench.types import Document, Entry, Record, Scale, Suite, Variant

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Loaded:
    """What was loaded. Records alone know no suite: of a folder of them there are no verdicts and no reference."""

    account: Account

    def frame(self) -> pd.DataFrame:
        """One row for each scale, variant and metric: values with limits and units, changes, conditions, record keys.

        "pt" values are in points (0 to 100). A change is against the reference: of timed metrics, which bring the
        reference's rounds with them, always; of others where a suite says which variant it is.
        """
        return frame(self.account)

    def latex(self, layout: str = "wide", columns: int = 2, *, everything: bool = False) -> str:
        """Tables for a paper, as `benchbench report --format latex` writes them; `everything` is --all-metrics."""
        return paper(self.account, layout, columns, everything=everything)


def load(what: str | Path, records: str | Path = "records") -> Loaded:
    """A folder of records or one inside it; or a suite, by file or shipped name, with what `records` hold of it.

    Raises InvalidSuite for a suite file that is none, UnknownName for a name that is neither.
    """
    if Path(what).is_dir():
        return Loaded(_of_folder(_kept(Path(what)), str(what)))
    request = flow.Request(str(what), records=Path(records))
    laid = flow.recorded(request)
    return Loaded(flow.account(laid, laid.entries, store=request.store))


def _kept(folder: Path) -> tuple[Record, ...]:
    """The newest records of a folder of them, of one of its scales, or of a probe at one."""
    own = Store(folder).latest()
    if own:
        return tuple(own.values())
    place = folder.resolve()
    above = (record for record in Store(place.parent).latest().values() if record.trial.scale.name == place.name)
    if found := tuple(above):
        return found
    wanted = place.parent.name, place.name
    known = Store(place.parent.parent).latest().values()
    return tuple(each for each in known if (each.trial.scale.name, each.trial.probe.name) == wanted)


def _of_folder(kept: tuple[Record, ...], name: str) -> Account:
    """Records as the account of a suite that declares nothing more."""
    variants: dict[str, Variant] = {record.trial.variant.name: record.trial.variant for record in kept}
    scales: dict[str, Scale] = {record.trial.scale.name: record.trial.scale for record in kept}
    suite = Suite(
        name=name,
        title=name,
        path=name,
        family="",
        reference="",
        document=Document(title=""),
        scales=tuple(scales.values()),
        variants=tuple(variants.values()),
        probes=(),
    )
    return Account(
        suite=suite,
        entries=tuple(Entry(record.trial, record.outcome, record) for record in kept),
        verdicts=(),
        metrics=metrics(),
        environment=_newest(kept).environment if kept else {},
        run="",
        at=_newest(kept).at if kept else "",
        version=__version__,
    )


def _newest(kept: tuple[Record, ...]) -> Record:
    return max(kept, key=lambda record: record.at)
