"""A worker with the toys' shelves, to be started as a real process: `python -m tests.measure.toy_worker JOB`."""

import sys

from benchbench.measure.worker import main
from tests.measure.toy_catalog import SHELVES

if __name__ == "__main__":
    main(sys.argv[1:], SHELVES)
