"""What ends the check of one file leaves the others' alone."""

import os
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner

import backproof.check as checking
from backproof.check.report import Report, Verdict
from backproof.cli import app
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


@pytest.mark.parametrize(
    ("files", "jobs", "seconds"), [(1, 2, 30), (4, 2, 30), (20, 2, 20), (20, 16, 30), (100, 2, 5), (100, 8, 15.2)]
)
def test_a_whole_class_takes_some_two_minutes(files: int, jobs: int, seconds: float) -> None:
    assert checking.search_seconds(files, jobs) == pytest.approx(seconds)
    half_wrong = files * (2.0 + seconds / 2) / min(files, jobs)
    assert seconds == 5 or half_wrong <= 120


def test_a_fix_is_looked_for_as_long_as_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def check_all(paths: list[Path], *, repair: float, **_: object) -> list[tuple[int, Report]]:
        asked.append(repair)
        return [(n, Report(path, Verdict.RIGHT, "")) for n, path in enumerate(paths)]

    monkeypatch.setattr(checking, "check_all", check_all)
    (tmp_path / "a.py").write_text(RIGHT)
    for more in ([], ["--fix-seconds", "90"], ["--no-fix-search"]):
        CliRunner().invoke(app, ["check", str(tmp_path / "a.py"), *more])
    assert asked == [30, 90, 0]
