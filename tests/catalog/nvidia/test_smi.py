"""nvidia-smi's tables as nouns, and a program that is not there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchbench.catalog.nvidia import smi
from benchbench.catalog.nvidia.device import Gpu, Process, State
from benchbench.catalog.nvidia.smi import Smi


class Program:
    """Answers by the fields that are asked for; everything else it does not know."""

    def __init__(self, **answers: str) -> None:
        self.answers = {name.replace("__", "."): text for name, text in answers.items()}
        self.asked: list[list[str]] = []

    def __call__(self, arguments: Sequence[str]) -> str:
        self.asked.append(list(arguments))
        fields = arguments[0].partition("=")[2]
        for beginning, text in self.answers.items():
            if fields.startswith(beginning) or beginning in fields.split(","):
                return text
        raise OSError(f'nvidia-smi: Field "{fields}" is not a valid field to query.')


def test_devices() -> None:
    program = Program(uuid="GPU-1, NVIDIA H100 80GB HBM3, 81559, 555.42, 9.0\nGPU-2, Tesla T4, 15360, 555.42, 7.5\n")
    assert Smi(program).gpus() == (
        Gpu("GPU-1", "NVIDIA H100 80GB HBM3", 81559, "555.42", (9, 0)),
        Gpu("GPU-2", "Tesla T4", 15360, "555.42", (7, 5)),
    )


def test_a_driver_that_tells_no_compute_capability() -> None:
    def older(arguments: Sequence[str]) -> str:
        if "compute_cap" in arguments[0]:
            raise OSError("not a valid field")
        return "GPU-1, Tesla T4, 15360, 470.1\n"

    assert Smi(older).gpus() == (Gpu("GPU-1", "Tesla T4", 15360, "470.1", None),)


@pytest.mark.parametrize("field", smi.REASONS)
def test_a_state_under_both_names_of_the_reasons(field: str) -> None:
    program = Program(clocks__sm="1980, 2619, 34, 120.52\n", **{field.replace(".", "__"): "0x0000000000000004\n"})
    assert Smi(program).state("GPU-1") == State(1980, 2619, 34, 120.52, 4)
    assert program.asked[0][-2:] == ["-i", "GPU-1"]


def test_what_is_not_told() -> None:
    program = Program(clocks__sm="1980, [N/A], 34, [Not Supported]\n")
    assert Smi(program).state("GPU-1") == State(1980, None, 34, None, None)


def test_processes() -> None:
    assert Smi(Program(pid="12, 500\n13, [N/A]\n")).processes("GPU-1") == (Process(12, 500.0), Process(13, None))
    assert Smi(Program(pid="\n")).processes("GPU-1") == ()


def test_an_answer_to_something_else() -> None:
    with pytest.raises(OSError, match="otherwise than it was asked"):
        Smi(Program(uuid="No devices were found\n")).gpus()


def test_a_program_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OSError, match="nvidia-smi"):
        Smi().gpus()


@pytest.mark.parametrize(("script", "words"), [("echo broken; exit 9", "broken"), ("sleep 60", "did not answer")])
def test_a_program_that_fails_or_hangs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, words: str
) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(smi, "PROGRAM", str(program))
    monkeypatch.setattr(smi, "PATIENCE_S", 0.3)
    with pytest.raises(OSError, match=words):
        Smi().gpus()
