"""A conductor to be killed: measures a cohort that never ends, and prints its worker's process id.

`python -m tests.measure.orphaned JOURNAL`
"""

import sys
from pathlib import Path

import psutil

from benchbench.measure.job import Progress
from tests.measure.cohorts import BASE, cohort, measure_toys, misbehaving, work

if __name__ == "__main__":
    events = measure_toys(cohort("latency", BASE, misbehaving("hang", after=3)), work(Path(sys.argv[1])))
    for event in events:
        if isinstance(event, Progress) and "building hang" in event.text:
            print(psutil.Process().children()[0].pid, flush=True)
