"""What a cell of a table may claim, guessed from its column's header and its own notation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from benchbench.declare.values import parse
from benchbench.types import ClaimKind, Form

_HEADERS: tuple[tuple[str, str, str], ...] = (
    (r"\bAP_?50\b|\bAP@0?\.50?\b", "AP50", "coco-ap"),
    (r"\bAP_?75\b|\bAP@0?\.75\b", "AP75", "coco-ap"),
    (r"\bAP_?s\b", "APs", "coco-ap"),
    (r"\bAP_?m\b", "APm", "coco-ap"),
    (r"\bAP_?l\b", "APl", "coco-ap"),
    (r"\bm?AP\b", "AP", "coco-ap"),
    (r"param|参数", "params", "size"),
    (r"flop|\bg?macs?\b|multiply-add|计算量", "macs", "flops"),
    (r"memory|显存|内存", "peak_memory_mib", "peak-memory"),
    (r"\bfile\b|\bsize\b|体积|大小", "file_mib", "size"),
    (r"latency|\btime\b|\bms\b|延迟|耗时|时延", "latency_ms", "latency"),
    (r"throughput|\bfps\b|img/s|images/s|speed|速度|吞吐", "throughput_ips", "throughput"),
)
"""(pattern of a header, metric, probe): the first that is found decides."""

_LESS = re.compile(r"loss|drop|fewer|less|reduc|smaller|saved|减少|降低|下降|损失|减小", re.IGNORECASE)
_MORE = re.compile(r"gain|increase|speed-?up|improve|提升|增加|提高|加速", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:about|approx\.?|ca\.|约|大约|~|≈)\s*", re.IGNORECASE)
_MILLIONS = re.compile(r"\(\s*M\s*\)", re.IGNORECASE)
_BILLIONS = re.compile(r"\(\s*[GB]\s*\)|\bG(?:FLOP|MAC)", re.IGNORECASE)
_SECONDS = re.compile(r"\(\s*s(?:ec(?:onds)?)?\s*\)", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """What a header speaks of: a metric, its probe, and whether its numbers are losses or gains of it."""

    header: str
    metric: str
    probe: str

    @property
    def sign(self) -> str:
        """Of the metric's change, where the header says that there is one."""
        return "-" if _LESS.search(self.header) else "+" if _MORE.search(self.header) else ""


@dataclass(frozen=True)
class Guess:
    """A claim that a cell seems to make."""

    kind: ClaimKind
    form: Form
    value: str
    about: bool


def guess_column(header: str) -> Column | None:
    """The metric a header names; None where none is recognised, or its unit would have to be converted."""
    if _SECONDS.search(header):
        return None
    for pattern, metric, probe in _HEADERS:
        if re.search(pattern, header, re.IGNORECASE):
            return Column(header, metric, probe)
    return None


def is_number(cell: str) -> bool:
    """Whether a cell holds a number at all."""
    return _read(cell) is not None


def guess(cell: str, column: Column) -> Guess | None:
    """The claim of a cell; None where it is no number."""
    read = _read(cell)
    if read is None:
        return None
    text, about = read
    notation = parse(text).notation
    sign = "" if text[0] in "-+\u2212\u2013" else column.sign
    change = bool(sign) or text[0] in "-+\u2212\u2013"
    if notation == "times":
        return Guess("ratio", "ratio", text, about)
    if notation == "percent":
        fraction = column.probe == "coco-ap" and not change
        return Guess("number", "number", text, about) if fraction else Guess("change", "change", sign + text, about)
    value = text + _unit(text, column)
    return Guess("change", "difference", sign + value, about) if change else Guess("number", "number", value, about)


def _read(cell: str) -> tuple[str, bool] | None:
    text = cell.strip("*_` ")
    bare = _ABOUT.sub("", text)
    try:
        parse(bare)
    except ValueError:
        return None
    return bare, bare != text


def _unit(text: str, column: Column) -> str:
    """The unit that the header gives to a bare number."""
    if not text[-1].isdigit():
        return ""
    if column.probe == "coco-ap":
        return "pt" if abs(parse(text).value) > 1 or column.sign else ""
    if _MILLIONS.search(column.header):
        return "M"
    return "G" if _BILLIONS.search(column.header) else ""
