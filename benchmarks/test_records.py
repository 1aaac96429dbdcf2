"""What a thousand and ten thousand records cost: a run that has nothing to do, and a report.

The figures to reach are 1.5 s and 5 s of wall time on a quiet machine; each is a whole process, started anew. Asserted
are CPU seconds, which other work on the machine moves less, with half as much again for it.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchbench.flow import Request
from benchmarks.kept_records import request

NOISE = 1.5
AND_TORCH = (
    "import sys; from benchbench.cli import main\ntry: main()\nfinally: print('torch' in sys.modules, file=sys.stderr)"
)


def command(asked: Request, *words: str) -> list[str]:
    pages = asked.records.parent / "reports"
    places = ["--records", str(asked.records), "--reports", str(pages)]
    return [sys.executable, "-c", AND_TORCH, *words, asked.suite, *places]


def spent() -> float:
    """CPU seconds of all processes that were started and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.parametrize(
    ("trials", "words", "limit_s"), [(1_000, "run", 1.5), (10_000, "report", 5.0)], ids=["warm-run", "report"]
)
def test_records_that_are_all_there(
    benchmark: BenchmarkFixture, tmp_path: Path, trials: int, words: str, limit_s: float
) -> None:
    line = command(request(tmp_path, trials), words)
    subprocess.run(line, check=True, capture_output=True)
    cpu = list[float]()

    def whole() -> None:
        before = spent()
        done = subprocess.run(line, check=True, capture_output=True, text=True)
        cpu.append(spent() - before)
        assert done.stderr.split()[-1] == "False"

    benchmark.pedantic(whole, rounds=5)  # type: ignore[no-untyped-call]
    benchmark.extra_info |= {"cpu_s": min(cpu), "trials": trials}
    assert min(cpu) <= NOISE * limit_s
    assert (tmp_path / "reports" / "many.html").stat().st_size > 100 * trials
