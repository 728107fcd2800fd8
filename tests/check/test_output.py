"""What a file prints under the check is, byte for byte, what it prints under plain Python, until its loop is cut."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backproof.check.judge.judge import judge
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.mutants.catalogue import programs, write_program

LIMITS = Limits(patience=30.0)


@pytest.mark.slow(but=4)
@pytest.mark.parametrize("program", programs())
def test_a_right_program_prints_what_plain_python_does_and_is_called_right(
    program: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = write_program(program, tmp_path)
    source = read_source(path)
    plain = tmp_path / "plain.py"
    plain.write_text(source.text, encoding="utf-8")
    # the same variables: some choose the kernels of the linear algebra, and so the last digit
    environment = {**os.environ, "MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(
        [sys.executable, plain.name],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    recording = sandbox.run(source)
    assert recording.stretches, recording.end
    assert recording.printed == ran.stdout
    found = {judge(training).verdict for training in recording.trainings if training.steps}
    assert "right" in found
    assert not found & {"wrong", "other-loss"}
