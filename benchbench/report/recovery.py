"""Recovery training: what each trained variant was given, and what it gained by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import isfinite

from benchbench.report.account import Account
from benchbench.report.comparison import ONE_TRAINING, Footnotes
from benchbench.report.courses import Course, Training
from benchbench.report.numbers import NONE, SPACE, form_style, metric_style, parts, plain, written
from benchbench.report.trained import Trained, machines, trained
from benchbench.report.values import change_of, estimate_of, headlines, is_accuracy, trainings
from benchbench.types import Cell, Entry, Metric, ProbeUse, Scale, Skipped, Table

COLUMNS = (
    "Variant", "Trained by", "Steps", "Images seen", "Time", "Rise of memory, MiB", "Trainable parameters", "Trainings",
)  # fmt: skip
CONTROL = "control: the uncut model, trained alike"
UNTRAINED = "not trained here"


def recovery_tables(account: Account) -> tuple[Table, ...]:
    """One table for each scale at which something was trained."""
    return tuple(_table(account, scale, found) for scale in account.suite.scales if (found := trained(account, scale)))


def _table(account: Account, scale: Scale, found: tuple[Trained, ...]) -> Table:
    footnotes = Footnotes()
    accuracies = _accuracies(account, scale, found)
    usual = _usual(found)
    rows = tuple(
        (
            *_figures(each, usual, len(machines(found)) < 2, footnotes),
            *(cell for pair in accuracies for cell in _gain(account, scale, each, pair, footnotes)),
        )
        for each in found
    )
    headings = tuple(_heading(metric, when) for _, metric in accuracies for when in ("before", "after"))
    return Table(
        name=f"recovery-{scale.name}",
        title=f"Training at scale “{scale.name}”",
        columns=COLUMNS + headings,
        rows=rows,
        notes=tuple(_notes(account.suite.name, found, usual)),
        footnotes=tuple(footnotes.texts),
        align="ll" + "r" * (len(COLUMNS) - 2 + len(headings)),
    )


def _heading(metric: Metric, when: str) -> str:
    unit = metric_style(metric, 0.0).unit
    return f"{metric.name} {when}" + (f", {unit}" if unit else "")


def _accuracies(account: Account, scale: Scale, found: tuple[Trained, ...]) -> list[tuple[ProbeUse, Metric]]:
    """What was scored of the trained variants; where nothing was, the first accuracy that could be."""
    pairs = [(use, account.metric(name)) for use in account.uses(scale) for name in headlines(account, use)[:1]]
    able = [pair for pair in pairs if is_accuracy(*pair)]

    def is_scored(pair: tuple[ProbeUse, Metric]) -> bool:
        return any(estimate_of(account.entry(scale, pair[0], each.variant), pair[1]) for each in found)

    return [pair for pair in able if is_scored(pair)] or able[:1]


def _usual(found: tuple[Trained, ...]) -> float:
    """The images that most variants were trained on; 0 where none was."""
    seen = Counter(total for each in found for total in dict.fromkeys(each.total(lambda course: course.images)))
    return max(seen, key=lambda images: (seen[images], images), default=0.0)


def _figures(each: Trained, usual: float, is_one_machine: bool, footnotes: Footnotes) -> Iterator[Cell]:
    yield _name(each)
    yield _by(each)
    if not each.courses:
        yield from (Cell(NONE, tone="skipped") for _ in COLUMNS[2:])
        return
    yield _total(each, lambda course: course.steps)
    yield _images(each, usual, footnotes)
    yield _time(each, is_one_machine)
    yield _largest(each, lambda course: course.memory)
    yield _largest(each, lambda course: course.parameters)
    seeds = ", ".join(str(chain[-1].seed) for chain in each.chains)
    yield Cell(str(len(each.courses)), sort=float(len(each.courses)), detail=f"seeds {seeds}")


def _name(each: Trained) -> Cell:
    lines = [Cell(each.variant.title)] if each.variant.title not in ("", each.variant.name) else []
    if each.role == "control":
        lines.append(Cell(CONTROL, tone="control"))
    return Cell(each.variant.name, tone="name", detail=each.variant.note, lines=tuple(lines))


def _by(each: Trained) -> Cell:
    """What trained it: one line for each training of the chain."""
    chain = each.chains[0]
    first = chain[0].words if len(chain) == 1 else f"{len(chain)} trainings in a chain"
    more = [Cell(UNTRAINED, tone="aside")] if not each.courses else []
    told = [] if len(chain) == 1 else [Cell(f"{training.words}{_length(training)}") for training in chain]
    return Cell(first, lines=(*told, *more))


def _length(training: Training) -> str:
    return f": {plain(training.course.steps, 0)} steps" if training.course else ""


def _total(each: Trained, read: Callable[[Course], float]) -> Cell:
    value = each.total(read)[0]
    return Cell(_plain(value, 0), sort=value if isfinite(value) else None, tone="measured")


def _images(each: Trained, usual: float, footnotes: Footnotes) -> Cell:
    cell = _total(each, lambda course: course.images)
    differing = [images for images in each.total(lambda course: course.images) if images != usual]
    if not differing:
        return cell
    text = f"another budget: {_plain(differing[0], 0)} images where most were trained on {_plain(usual, 0)}"
    return Cell(cell.text, sort=cell.sort, tone="measured", marks=(footnotes.mark(text),))


def _time(each: Trained, is_one_machine: bool) -> Cell:
    """The mean over the seeds, with all of them in the tooltip; the machines where they are not the table's one."""
    spent = each.total(lambda course: course.seconds)
    mean = sum(spent) / len(spent)
    places = () if is_one_machine else machines((each,))
    return Cell(
        f"{_plain(mean, 0)}{SPACE}s",
        sort=mean if isfinite(mean) else None,
        tone="measured",
        detail="; ".join(f"{_plain(seconds, 0)} s" for seconds in spent),
        lines=tuple(Cell(machine, tone="aside") for machine in places),
    )


def _largest(each: Trained, read: Callable[[Course], float]) -> Cell:
    value = max(read(course) for chain in each.courses for course in chain)
    return Cell(_plain(value, 0), sort=value if isfinite(value) else None, tone="measured")


def _plain(value: float, decimals: int) -> str:
    return plain(value, decimals) if isfinite(value) else NONE


def _gain(
    account: Account, scale: Scale, each: Trained, pair: tuple[ProbeUse, Metric], footnotes: Footnotes
) -> Iterator[Cell]:
    """The accuracy before and after; after it what the training changed."""
    use, metric = pair
    earlier = account.entry(scale, use, each.untrained) if each.untrained else None
    yield _number(earlier, metric, each.untrained.name if each.untrained else "the suite has no such variant", ())
    later = account.entry(scale, use, each.variant)
    change = change_of(later, earlier, metric) if earlier else None
    lines: tuple[Cell, ...] = ()
    if change is not None:
        text = written(change.estimate, form_style(change.form, metric, change.estimate.value))
        lines = (Cell(text, label="Δ", tone="change", detail=change.estimate.scope),)
    cell = _number(later, metric, "", lines)
    if cell.text != NONE and trainings(later, metric) < 2:
        cell = replace(cell, marks=(footnotes.mark(ONE_TRAINING),))
    yield cell


def _number(entry: Entry | None, metric: Metric, of: str, lines: tuple[Cell, ...]) -> Cell:
    found = estimate_of(entry, metric)
    if found is None:
        why = entry.outcome if entry else None
        detail = f"{why.reason} ({why.remedy})" if isinstance(why, Skipped) else of
        return Cell(NONE, tone="skipped", detail=detail)
    number, interval = parts(found, metric_style(metric, found.value))
    spread = (Cell(interval, tone="interval", detail=found.scope),) if interval else ()
    named = (Cell(of, tone="aside"),) if of else ()
    return Cell(number, sort=found.value, tone="measured", detail=found.scope, lines=(*spread, *lines, *named))


def _notes(suite: str, found: tuple[Trained, ...], usual: float) -> Iterator[str]:
    done = [each for each in found if each.courses]
    if done:
        equal = all(images == usual for each in done for images in each.total(lambda course: course.images))
        words = "Equal budgets: every variant" if equal else "Unequal budgets: most variants"
        yield f"{words} of this table saw {_plain(usual, 0)} images in training" + (
            "." if equal else "; the others are marked."
        )
        if len(machines(found)) == 1:
            yield f"Trained on {machines(found)[0]}; times are means over the seeds."
    if not any(each.role != "student" and each.courses for each in found):
        yield "There is no control row: the reference was not trained alike, so part of a gain may be training alone."
    waiting = [each.variant.name for each in found if not each.courses]
    if waiting:
        yield f"Not trained here: {', '.join(waiting)}; benchbench run {suite} --recover trains them."
