"""A training in a process of its own, to be killed or run by torchrun: writes its weights when it is done.

`python -m tests.catalog.training.child FOLDER STEPS [PAUSE_AT]`: with PAUSE_AT it says so on standard output after that
many steps of this process and waits to be killed.
"""

import os
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save_file

from benchbench.catalog.steps.finetune import STEP
from benchbench.catalog.training import loop
from tests.catalog.training.world import ground, student, weights

SETTINGS = {"batch": 4, "rate": 1e-3, "head_factor": 2.0, "augment": "strong", "warm_up": 2}


def main(folder: Path, steps: int, pause_at: int) -> None:
    torch.set_num_threads(1)
    loop.SAVE_EVERY_S, loop._PATIENCE = 0.0, 0
    here = 0

    def tell(done: int, total: int, text: str) -> None:
        nonlocal here
        here += text.startswith("loss")
        if here == pause_at:
            print(f"paused after {done} of {total}", flush=True)
            time.sleep(600)

    subject = student(dropout=0.1)
    course = STEP.train(subject, ground(folder, tell=tell), steps=steps, **SETTINGS)
    if int(os.environ.get("RANK", "0")) == 0:
        save_file(weights(subject), folder / "trained.weights")
        (folder / "curve.txt").write_text(repr(course.curve))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
