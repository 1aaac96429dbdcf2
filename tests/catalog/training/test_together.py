"""Several processes end with the weights of one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.catalog.training.world import weights

ROOT = Path(__file__).parents[3]
PROGRAM = """
import os, sys
from pathlib import Path
import torch
from safetensors.torch import save_file
from benchbench.catalog.steps.distil import STEP
from benchbench.catalog.training import loop
from benchbench.errors import CannotTrain, Stopped
from tests.catalog.training.world import ground, student, weights

torch.set_num_threads(1)
loop.SAVE_EVERY_S, loop._PATIENCE = 0.0, 0
folder, rank = Path(sys.argv[1]), int(os.environ.get("RANK", "0"))
settings = {"teacher": "t", "rate": 1e-4, "feature": 1.0, "batch": 4, "accumulate": 2, "train": "last-k", "last": 2}
asked = iter([False] * 2)
stopped = lambda: rank == 1 and next(asked, True)  # the second process alone is asked to stop
teacher = lambda: student(6, 24, seed=1)
try:
    STEP.train(student(), ground(folder, teacher=teacher, stopped=stopped), steps=4, **settings)
except Stopped as error:
    (folder / f"stopped-{rank}").write_text(error.what)
subject = student()
STEP.train(subject, ground(folder, teacher=teacher), steps=4, **settings)
try:
    STEP.train(student(), ground(folder, teacher=teacher), steps=4, **settings | {"batch": 3})
except CannotTrain as error:
    (folder / f"odd-{rank}").write_text(error.what)
save_file(weights(subject), folder / f"rank-{rank}.weights")
if torch.distributed.is_initialized():
    torch.distributed.destroy_process_group()
"""


@pytest.mark.integration
def test_two_processes_stop_together_go_on_and_end_as_one(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "ACCELERATE_USE_CPU": "true"}
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    for command in ([sys.executable, script, one], [*torchrun, script, two]):
        subprocess.run(list(map(str, command)), cwd=ROOT, env=environment, check=True, capture_output=True, timeout=300)

    assert {path.name for path in two.glob("stopped-*")} == {"stopped-0", "stopped-1"}
    assert "after 2 of 4" in (two / "stopped-0").read_text()
    assert "cannot be shared among 2" in (two / "odd-1").read_text()
    assert not list(two.glob("*.part"))
    alone, first, second = (
        load_file(path) for path in (one / "rank-0.weights", two / "rank-0.weights", two / "rank-1.weights")
    )
    for name, tensor in alone.items():
        assert torch.equal(first[name], second[name])
        if not name.endswith("k_proj.bias"):  # its true gradient is 0, and AdamW makes steps of the rounding error
            torch.testing.assert_close(first[name], tensor, rtol=0, atol=1e-6, msg=name)
    from tests.catalog.training.world import student

    start = weights(student())
    assert max(float((alone[name] - start[name]).abs().max()) for name in alone) > 1e-4
