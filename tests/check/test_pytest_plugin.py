"""A network's file as a test, and the fixture for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backproof.check import report as reports
from tests.check.programs import BAD, LINE, RIGHT, WRONG

pytest_plugins = ["pytester"]


@pytest.fixture
def _judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks that take no time: a file's verdict is its name."""
    from backproof import check

    def fake(path: str | Path, **options: Any) -> reports.Report:
        verdict = reports.Verdict(Path(path).stem.removeprefix("test_"))
        return reports.Report(Path(path), verdict, f"Because of {verdict}, {options}.")

    monkeypatch.setattr(check, "check", fake)


@pytest.mark.usefixtures("_judged")
def test_files_become_tests(pytester: pytest.Pytester) -> None:
    folder = pytester.mkdir("networks")
    # what is checked must not be imported, whatever it is called
    for name in ("right", "wrong", "cannot-judge"):
        (folder / f"{name}.py").write_text("raise SystemExit('this was run')\n")
    (pytester.path / "test_right.py").write_text("raise SystemExit('this was run')\n")
    result = pytester.runpytest_inprocess("networks", "--backproof", "networks", "--backproof=test_right.py", "-v")
    result.assert_outcomes(passed=2, failed=2)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "networks/cannot-judge.py::gradients FAILED*",
            "networks/right.py::gradients PASSED*",
            "networks/wrong.py::gradients FAILED*",
            "test_right.py::gradients PASSED*",
            "*gradients of cannot-judge.py*",
            "[?] cannot-judge  *networks/cannot-judge.py",
            "  Because of cannot-judge, {}.",
            "✗ wrong  *networks/wrong.py",
        ]
    )
    assert "Traceback" not in result.stdout.str()


@pytest.mark.usefixtures("_judged")
def test_other_tests_still_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mine="def test_it():\n    pass\n", right="x = 1\n")
    pytester.runpytest_inprocess("--backproof", "right.py").assert_outcomes(passed=2)
    pytester.runpytest_inprocess("--backproof", "right.py", "-k", "gradients").assert_outcomes(passed=1, deselected=1)
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_a_file_that_is_not_there_is_bad_usage(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--backproof", "gone.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --backproof: *gone.py: there is no such file."])


def test_the_fixture(assert_right_gradients: Callable[..., reports.Report], tmp_path: Path) -> None:
    right, wrong = tmp_path / "right.py", tmp_path / "wrong.py"
    right.write_text(RIGHT)
    wrong.write_text(WRONG)
    assert assert_right_gradients(right).is_right
    with pytest.raises(AssertionError) as caught:
        assert_right_gradients(str(wrong), repair=0.0)
    assert f"{LINE:>5} ✗ {BAD}" in str(caught.value)
    assert "The fix" not in str(caught.value)


def test_the_report_of_a_real_file(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(wrong=WRONG)
    result = pytester.runpytest_inprocess("--backproof", "wrong.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*{LINE} ✗ {BAD}", "*^^^^*", "*The fix", "*backproof check --fix *wrong.py"])


def test_a_report_is_frozen(tmp_path: Path) -> None:
    report = reports.Report(tmp_path, reports.Verdict.RIGHT, "")
    assert replace(report, reason="x").reason == "x"
