"""What a report looks like on a terminal and in a pipe."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from backproof.check.forms.terminal import show, show_table, to_text
from backproof.check.forms.words import label
from backproof.check.report import Finding
from backproof.check.source import Place, read_source
from tests.check.forms.reports import MESSAGE, nasty, placeless, right, unjudged, wrong, wrong_notebook
from tests.check.programs import BAD, LINE


def _words(text: str) -> str:
    return " ".join(text.split())


def test_a_mistake_is_shown_as_a_compiler_shows_it(tmp_path: Path) -> None:
    text = to_text(wrong(tmp_path))
    assert text.startswith(f"✗ wrong  {tmp_path / 'network.py'}\n")
    assert MESSAGE in _words(text)
    assert "np.mean((y - output) ** 2), the squared error (line" in text
    assert "each step is 2.5 times the gradient of np.mean((y - output) ** 2)" in text
    lines = text.splitlines()
    at = lines.index(f"{LINE:>5} ✗ {BAD}")
    assert lines[at - 1].startswith(f"{LINE - 1:>5} ✓     d_z2 = ")
    carets = lines[at + 1]
    assert set(carets) == {" ", "^"}
    assert lines[at][carets.index("^") : len(carets)] == "d_z2 @ w2.T * (1 - hidden)"
    assert lines[at + 2] == "        A factor is missing"
    assert "    ⋮" in lines
    assert f"    -{BAD}" in lines
    assert "proved: with this change the whole file was run again" in text
    assert f"backproof check --fix {tmp_path / 'network.py'}" in text
    assert "Note: a note" in text
    assert "2 parameters, 120 steps, 3.2 seconds" in text
    assert "import numpy" not in text


def test_nothing_is_wider_than_the_screen_or_ends_in_spaces(tmp_path: Path) -> None:
    for line in to_text(wrong(tmp_path), 80).splitlines():
        assert line == line.rstrip()
        if str(tmp_path) not in line:
            assert len(line) <= 80


@pytest.mark.parametrize(
    ("said", "below"),
    [
        ("`b = d.sum(0, True)` replaces `b`, so that it is forgotten.", "`b = d.sum(0, True)` replaces `b`"),
        ("A factor is missing: `d` should be `d * 2`.", "A factor is missing"),
        ("It goes up.", "It goes up"),
        ("An odd ` mark, and more.", "An odd ` mark"),
    ],
)
def test_what_is_said_below_a_line_is_never_cut_within_code(tmp_path: Path, said: str, below: str) -> None:
    report = wrong(tmp_path)
    finding = replace(report.findings[0], message=said)
    assert label(replace(report, reason=said, findings=(finding,)), finding) == below


def test_a_factor_of_one_is_not_told(tmp_path: Path) -> None:
    assert "each step" not in to_text(replace(wrong(tmp_path), factor=1.0))
    assert "each step" not in to_text(replace(wrong(tmp_path), factor=None))


def test_a_notebook_is_shown_cell_by_cell(tmp_path: Path) -> None:
    text = to_text(wrong_notebook(tmp_path))
    lines = text.splitlines()
    assert lines.index("  cell 2") < lines.index("  cell 3") < lines.index(f"    6 ✗ {BAD}")
    # no columns are known: what the finding says is looked for in the line
    assert lines[lines.index(f"    6 ✗ {BAD}") + 1] == " " * 12 + "^" * len(BAD.strip())
    assert "--- network.ipynb cell 3" in text


def test_a_long_line_is_cut_so_that_the_mistake_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    path.write_text("x = " + " + ".join(f"value_{k}" for k in range(40)) + " + wrong_one + 1\n")
    source = read_source(path)
    start = source.lines[0].index("wrong_one") + 1
    finding = Finding(str(path), 1, None, "wrong_one", "variable", "Another one.", start, start + 9)
    report = replace(wrong(tmp_path), source=source, file=path, findings=(finding,), marks={Place(1): False})
    lines = to_text(report).splitlines()
    at = next(number for number, line in enumerate(lines) if set(line.strip()) == {"^"})
    assert lines[at - 1][lines[at].index("^") : len(lines[at])] == "wrong_one"
    assert len(lines[at - 1]) <= 80
    assert "…" in lines[at - 1]


def test_carets_stand_below_wide_characters_and_tabs(tmp_path: Path) -> None:
    path = tmp_path / "wide.py"
    path.write_text("if True:\n\ty = '日本' + wrong_one\n")
    source = read_source(path)
    finding = Finding(str(path), 2, None, "wrong_one", "variable", "Another one.")
    report = replace(wrong(tmp_path), source=source, file=path, findings=(finding,), marks={})
    lines = to_text(report).splitlines()
    at = lines.index("    2 ✗     y = '日本' + wrong_one")
    assert lines[at + 1] == " " * (8 + 4 + 4 + 6 + 3) + "^" * 9


def test_a_finding_in_a_module_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def slope(a):\n    return a\n")
    finding = Finding(str(tmp_path / "helper.py"), 2, None, "a", "derivative", "The slope is a * (1 - a).", 12, 13)
    text = to_text(replace(wrong(tmp_path), findings=(finding,)))
    assert "  helper.py\n    1   def slope(a):\n    2 ✗     return a\n                   ^\n" in text
    lost = replace(finding, file=str(tmp_path / "gone.py"))
    assert "gone.py, line 2: The slope is a * (1 - a)." in _words(to_text(replace(wrong(tmp_path), findings=(lost,))))
    far = replace(finding, line=999)
    assert "helper.py, line 999: The slope" in _words(to_text(replace(wrong(tmp_path), findings=(far,))))


def test_every_verdict_has_its_sign(tmp_path: Path) -> None:
    assert to_text(right(tmp_path)).startswith("✓ right")
    assert to_text(unjudged(tmp_path)).startswith("? cannot-judge")
    assert to_text(placeless(tmp_path)).startswith("✗ other-loss")


@pytest.mark.parametrize(
    "text", ["\x1b[31mred\x1b[0m", "\x9b31m", "\u202egnp.py", "[bold]x[/bold]", "\ud800", "a\r\nb"]
)
def test_a_strangers_words_do_not_steer_the_terminal(tmp_path: Path, text: str) -> None:
    stream = io.StringIO()
    show(nasty(tmp_path, text), Console(file=stream, width=80, color_system=None))
    shown = stream.getvalue()
    assert not set(shown) & set("\x1b\x9b\u202e\r\ud800")
    shown.encode()
    if text.startswith("[bold]"):
        assert text in shown


def test_colours_on_a_terminal_and_none_in_a_pipe(tmp_path: Path) -> None:
    stream = io.StringIO()
    show(wrong(tmp_path), Console(file=stream, width=80, force_terminal=True, color_system="standard"))
    assert "\x1b[" in stream.getvalue()
    assert "\x1b" not in to_text(wrong(tmp_path))


def test_a_table_has_one_line_a_file(tmp_path: Path) -> None:
    stream = io.StringIO()
    reports = [wrong(tmp_path), right(tmp_path), unjudged(tmp_path), wrong_notebook(tmp_path)]
    show_table(reports, Console(file=stream, width=80))
    lines = stream.getvalue().rstrip().splitlines()
    assert len(lines) == 1 + 4 + 2
    assert all(len(line) <= 80 for line in lines)
    assert [sign in line for sign, line in zip("✗✓?✗", lines[1:], strict=False)] == [True] * 4
    assert f"line {LINE}" in lines[1]
    assert lines[1].rstrip().endswith("yes")
    assert "cell 3, line 6" in lines[4]
    assert lines[-1] == "4 files: 1 right, 2 wrong, 1 cannot-judge"
