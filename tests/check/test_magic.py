"""%%backproof in a notebook's cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

import backproof as bp
from tests.check.programs import BAD, LINE, RIGHT, WRONG


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / ".ipython"))
    made = InteractiveShell.instance()
    made.run_line_magic("load_ext", "backproof")
    yield made
    InteractiveShell.clear_instance()


def test_a_cell_is_checked(shell: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "table.csv").write_text("1,2\n")
    source = f"%precision 3\nopen('table.csv').close()\n{WRONG}"
    assert shell.run_cell(f"%%backproof --no-fix-search\n{source}").success
    output = capsys.readouterr().out
    assert output.startswith("✗ wrong  this cell\n")
    # lines count as the notebook shows them, with %%backproof as the first
    assert f"{LINE + 3:>5} ✗ {BAD}" in output.splitlines()
    assert "loss" not in shell.user_ns
    assert not list(tmp_path.glob("cell_*"))


def test_it_is_also_run_when_asked(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert shell.run_cell(f"%%backproof --run --timeout 50 --memory 3000\n{RIGHT}").success
    assert capsys.readouterr().out.startswith("✓ right  this cell\n")
    assert shell.user_ns["loss"] < 1


def test_the_fix_names_the_cell(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell(f"%%backproof\n{WRONG}")
    output = capsys.readouterr().out
    assert "--- this cell" in output
    assert "cell_" not in output
    assert "--fix" not in output


@pytest.mark.parametrize("line", ["--runn", "--timeout soon", "'open"])
def test_bad_options_are_said(shell: Any, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not shell.run_cell(f"%%backproof {line}\nx = 1").success
    assert "UsageError" in capsys.readouterr().err


def test_it_shows_html_in_a_notebook() -> None:
    from backproof.check.magic import _Shown

    report = bp.Report(Path("cell_1.py"), bp.check.report.Verdict.RIGHT, "All follow.")  # type: ignore[attr-defined]
    assert "this cell" in _Shown(report)._repr_html_()


def test_bp_check_is_the_function_and_the_package(tmp_path: Path) -> None:
    path = tmp_path / "silent.py"
    path.write_text("print(1)\n")
    for _ in range(2):
        report = bp.check(path, repair=0.0)
        assert isinstance(report, bp.Report)
        assert report.exit_code == 2
