"""A check computes with one thread, and leaves the threads of whoever asks for it as they are."""

from pathlib import Path

import pytest
import torch

from backproof.check import examine as module
from backproof.check.sandbox.forks import Forks
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.reported import reported

LIMITS = Limits(patience=0.2)

ASKING = """import os
print(os.environ.get("OPENBLAS_NUM_THREADS"), os.environ.get("OMP_NUM_THREADS"))
"""


def test_one_thread_computes_while_a_file_is_looked_at(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, seen = torch.get_num_threads(), []
    torch.set_num_threads(2)
    examined = module._examined

    def looking(*arguments: object) -> object:
        seen.append(torch.get_num_threads())
        return examined(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_examined", looking)
    try:
        reported("print(1)", tmp_path, sandbox)
        assert (seen, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(before)


def test_many_files_are_run_with_one_thread_each(tmp_path: Path) -> None:
    path = tmp_path / "asking.py"
    path.write_text(ASKING)
    forks = Forks(one_thread=True)
    try:
        with Sandbox(LIMITS, forks) as box:
            assert box.run(read_source(path)).printed == "1 1\n"
    finally:
        forks.stop()
