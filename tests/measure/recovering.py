"""A run to be killed: recovers a toy, and says each step. `python -m tests.measure.recovering FOLDER`"""

import sys
from pathlib import Path

from benchbench.measure.job import Progress
from tests.measure.cohorts import cohort, recover_toys, use, variant, work

ASKED = cohort(
    "accuracy", variant("taught", use("drop", count=2), use("teach", steps=3000)), training=use("dots", split="train")
)

if __name__ == "__main__":
    for event in recover_toys(ASKED, work(Path(sys.argv[1]))):
        if isinstance(event, Progress):
            print(event.done, flush=True)
