"""backproof check: verdicts, exit codes, folders, formats, fixes, and bad input."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from backproof.check.folder import find_files
from backproof.errors import DataError
from tests.check.programs import BAD, LINE, RIGHT, WRONG
from tests.conftest import Command
from tests.interrupted import heard

SILENT = "print('nothing is trained here')\n"


@pytest.fixture
def networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A right, a wrong and a silent file in the current folder."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("right.py", RIGHT), ("wrong.py", WRONG), ("silent.py", SILENT)):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.usefixtures("networks")
def test_a_right_file(backproof: Command) -> None:
    code, output, errors = backproof("check", "right.py")
    assert (code, errors) == (0, "")
    assert output.startswith("✓ right  right.py\n")
    assert "\x1b" not in output


def test_a_wrong_file_and_its_fix(backproof: Command, networks: Path) -> None:
    code, output, errors = backproof("check", "wrong.py", "--fix")
    assert code == 1
    assert output.startswith("✗ wrong  wrong.py\n")
    assert f"{LINE:>5} ✗ {BAD}" in output.splitlines()
    assert "proved: with this change" in output
    assert "To write the mended file" not in output  # it was asked for already
    assert errors == "The fix is in wrong.fixed.py.\n"
    assert (networks / "wrong.py").read_text() == WRONG
    assert backproof("check", "wrong.fixed.py", "--no-fix-search")[0] == 0
    code, _, errors = backproof("check", "wrong.py", "--in-place")
    assert (code, errors) == (1, "The fix is in wrong.py.\n")
    assert (networks / "wrong.py").read_text() == (networks / "wrong.fixed.py").read_text()
    assert BAD not in (networks / "wrong.py").read_text()


@pytest.mark.usefixtures("networks")
def test_how_a_fix_is_written_is_told(backproof: Command) -> None:
    assert "To write the mended file beside it: backproof check --fix wrong.py" in backproof("check", "wrong.py")[1]


@pytest.mark.usefixtures("networks")
def test_what_cannot_be_judged(backproof: Command) -> None:
    code, output, _ = backproof("check", "silent.py")
    assert code == 2
    assert output.startswith("? cannot-judge  silent.py\n")


@pytest.mark.usefixtures("networks")
def test_what_was_found_counts_more_than_what_could_not_be_judged(backproof: Command) -> None:
    code, output, _ = backproof("check", ".", "--no-fix-search", "--jobs", 1)
    assert code == 1
    assert [line.split("  ")[0] for line in output.splitlines() if line[:1] in set("✓✗?")] == [
        "✓ right", "? cannot-judge", "✗ wrong",
    ]  # fmt: skip
    assert output.splitlines()[-1] == "3 files: 1 right, 1 wrong, 1 cannot-judge"


def test_more_files_are_a_table_in_the_order_of_the_names(backproof: Command, networks: Path) -> None:
    (networks / "again.py").write_text(WRONG)
    code, output, errors = backproof("check", networks, "--no-fix-search", "--jobs", 2, "--html", "page.html")
    assert (code, errors) == (1, "The page is in page.html.\n")
    lines = output.splitlines()
    assert [line.split()[0][-8:] for line in lines[1:5]] == ["again.py", "right.py", "ilent.py", "wrong.py"]
    assert f"line {LINE}" in lines[1]
    assert lines[-1] == "4 files: 1 right, 2 wrong, 1 cannot-judge"
    assert "<h1>The check</h1>" in (networks / "page.html").read_text()


def test_formats_for_machines_have_the_screen_for_themselves(backproof: Command, networks: Path) -> None:
    code, output, errors = backproof(
        "check", "wrong.py", "right.py", "--json", "--no-fix-search", "--csv", "grades.csv"
    )
    assert (code, errors) == (1, "The table is in grades.csv.\n")
    assert [report["verdict"] for report in json.loads(output)] == ["wrong", "right"]
    rows = list(csv.DictReader(io.StringIO((networks / "grades.csv").read_text())))
    assert [(row["file"], row["verdict"]) for row in rows] == [("wrong.py", "wrong"), ("right.py", "right")]
    code, output, _ = backproof("check", "wrong.py", "--sarif", "-", "--no-fix-search", "--junit", "junit.xml")
    assert (
        json.loads(output)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == LINE
    )
    assert ElementTree.parse(networks / "junit.xml").getroot().get("failures") == "1"
    code, output, _ = backproof("check", "wrong.py", "--github", "--no-fix-search")
    assert output.startswith(f"::error file=wrong.py,line={LINE},")
    assert output.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["gone.py"], "gone.py: there is no such file."),
        (["empty"], "There is no .py or .ipynb file in the folder empty."),
        (["right.py", "--html", "nowhere/page.html"], "there is no folder"),
        (["right.py", "--csv", "empty"], "empty is a folder"),
        (["right.py", "--json", "--github"], "--json and --github cannot both be printed"),
        (["right.py", "--json", "--sarif", "-"], "--sarif and --json cannot both be printed"),
        (["right.py", "--fix", "--in-place"], "say one of them"),
        (["right.py", "--fix", "--no-fix-search"], "leave it out"),
        (["right.py", "--timeout", "0"], "--timeout is 0, but it must be above 0"),
        (["right.py", "--fix-seconds", "0"], "--fix-seconds is 0, but it must be above 0"),
        (["right.py", "--fix-seconds", "9", "--no-fix-search"], "say one of them"),
        (["right.py", "--memory", "-5"], "--memory is -5"),
        (["right.py", "--jobs", "0"], "--jobs is 0"),
        (["right.py", "--timeout", "nan"], "--timeout is nan"),
    ],
)
def test_bad_usage_is_one_sentence(backproof: Command, networks: Path, arguments: list[str], sentence: str) -> None:
    (networks / "empty").mkdir()
    code, output, errors = backproof("check", *arguments)
    assert (code, output) == (2, "")
    assert sentence in errors
    assert errors.count("\n") == 1


def test_the_files_of_a_folder(tmp_path: Path) -> None:
    kept = ["a.py", "b/c.ipynb", "b/d.fixed.py", "z.py"]
    dropped = [
        ".git/x.py", ".hidden.py", "b/__pycache__/x.py", "b/.ipynb_checkpoints/c.ipynb", "mine/lib/x.py", "notes.txt",
        "venv/x.py", "z.fixed.py",
    ]  # fmt: skip
    for name in [*kept, *dropped, "mine/pyvenv.cfg"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert find_files([tmp_path]) == [tmp_path / name for name in kept]
    # what is named is taken, once
    named = [tmp_path / "z.fixed.py", tmp_path / "b", tmp_path / "b" / "c.ipynb"]
    assert find_files(named) == [tmp_path / "z.fixed.py", tmp_path / "b/c.ipynb", tmp_path / "b/d.fixed.py"]
    with pytest.raises(DataError, match="no such file"):
        find_files([tmp_path / "none.py"])


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("jobs", [2, 1])
def test_interrupted_it_still_tells_what_is_done(networks: Path, jobs: int) -> None:
    (networks / "slow.py").write_text("import time\ntime.sleep(300)\n")
    with heard():
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "backproof",
                "check",
                "right.py",
                "slow.py",
                "--jobs",
                str(jobs),
                "--timeout",
                "200",
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line == "✓ right  right.py\n"
        time.sleep(0.5)
        # as a terminal sends it: to all processes of the group
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "1 file: 1 right" in output
    assert errors.endswith("Interrupted: 1 of 2 files were checked until then.\n")


def test_the_readme_shows_what_is_printed(backproof: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parent.parent.parent
    monkeypatch.chdir(root)
    code, output, _ = backproof("check", "examples/xor_with_a_mistake.py")
    assert code == 1
    section = (root / "README.md").read_text().split("    $ backproof check ", 1)[1].split("\n\n|", 1)[0]
    shown = [line.removeprefix("    ") for line in section.splitlines()[1:]]
    assert [line for line in shown if " seconds" not in line] == [
        line for line in output.splitlines() if " seconds" not in line
    ]


def test_nothing_heavy_is_loaded_for_the_help() -> None:
    code = (
        "import sys; import backproof.cli, backproof.check.pytest_plugin, backproof.check.report; "
        "print([name for name in ('torch', 'numpy', 'rich', 'jinja2', 'pandas') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
