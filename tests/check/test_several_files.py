"""What ends the check of one file leaves the others' alone."""

import os
import signal
from pathlib import Path

import pytest

import backproof.check as checking
from backproof.check.report import Report
from tests.check.programs import RIGHT

_CHECK_ONE = checking._check_one


def _ended(path: Path, timeout: float, memory: int, repair: float) -> Report:
    """The check of one file, which takes too much memory for one of them."""
    if path.name == "large.py":
        os.kill(os.getpid(), signal.SIGKILL)
    return _CHECK_ONE(path, timeout, memory, repair)


def test_a_check_that_is_ended_costs_its_own_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_check_one", _ended)
    names = ["large.py", "a.py", "b.py", "c.py"]
    for name in names:
        (tmp_path / name).write_text(RIGHT)
    found = dict(checking.check_all([tmp_path / name for name in names], repair=0, jobs=2))
    assert [found[n].verdict for n in range(4)] == ["cannot-judge", "right", "right", "right"]
    assert "ended by the system" in found[0].reason
