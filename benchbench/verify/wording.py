"""Numbers and sentences of verdicts, in plain English."""

from __future__ import annotations

from math import floor, isfinite, log10

from benchbench import stats, twins
from benchbench.types import Estimate, Form, Metric, Range, Reading

MINUS = "\N{MINUS SIGN}"


def number(value: float, form: Form, metric: Metric) -> str:
    """A value in a reading's form with its unit: 41,524,768 · 42.0 AP points · ×1.42 · −21.7 %."""
    if form == "ratio":
        return f"×{_digits(value, 2)}"
    if form == "change":
        return f"{_signed(100 * value, 1)} %"
    sign = _signed if form == "difference" else _digits
    if metric.unit == "pt":
        return f"{sign(100 * value, metric.digits)} points"
    return f"{sign(value, metric.digits)} {metric.unit}".strip()


def span(low: float, high: float, form: Form, metric: Metric) -> str:
    """Two limits; the unit stands once."""
    left, right = number(low, form, metric), number(high, form, metric)
    unit = right.partition(" ")[2]
    return f"{left.removesuffix(f' {unit}') if unit else left} to {right}"


def estimate(known: Estimate, form: Form, metric: Metric) -> str:
    """A value with its interval, or the word that it has none."""
    value = number(known.value, form, metric)
    if known.exact:
        return value
    if not stats.decisive(known):
        return f"{value} ({known.scope})"
    is_told = known.scope.startswith(stats.SAME_IMAGES) or known.scope.endswith(twins.FAILED)
    test = f", {known.scope}" if is_told else ""
    return f"{value} [{span(known.low, known.high, form, metric)}{test}]"


def limits(stated: Range, form: Form, metric: Metric) -> str:
    """The value as stated, and what its rounding covers."""
    if stated.low == stated.high:
        return stated.stated
    return f"{stated.stated} ({span(stated.low, stated.high, form, metric)})"


def subject(reading: Reading, metric: Metric) -> str:
    """What a reading speaks of."""
    name, versus = f"'{reading.variant}'", f"'{reading.versus}'"
    match reading.form:
        case "number":
            return f"{metric.title} of {name}"
        case "ratio":
            return f"{metric.title} of {name} over that of {versus}"
        case "change":
            return f"the change in {metric.title} from {versus} to {name}"
        case "difference":
            return f"the difference in {metric.title} from {versus} to {name}"


def sentence(*clauses: str) -> str:
    """One sentence of clauses; empty ones drop out."""
    text = "; ".join(clause.strip().rstrip(".") for clause in clauses if clause.strip())
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _signed(value: float, digits: int) -> str:
    text = _digits(value, digits)
    return text if text.startswith(MINUS) or not text.strip("0.,") else f"+{text}"


def _digits(value: float, digits: int) -> str:
    """With thousands separated; a value that would round to nothing keeps two significant digits."""
    if not isfinite(value):
        return str(value).replace("inf", "∞").replace("-", MINUS)
    if value and abs(value) < 0.5 * 10**-digits:
        digits = 1 - floor(log10(abs(value)))
    text = f"{abs(value):,.{min(digits, 12)}f}"
    return MINUS + text if value < 0 else text
