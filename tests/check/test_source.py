"""Scripts and notebooks as one Python text, with the way back to their own lines; and what is neither."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backproof.check.examine import examine
from backproof.check.report import Verdict, fixed_notebook
from backproof.check.reporting.reports import Options
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import Place, read_source
from backproof.errors import BackproofError
from tests.check.programs import BAD, GOOD, RIGHT, WRONG


def code(source: str | list[str]) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}


def prose(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, "metadata": {}}


def notebook(folder: Path, *cells: dict[str, Any]) -> Path:
    path = folder / "book.ipynb"
    path.write_text(json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    return path


def test_a_script_is_its_own_text(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("a = 1\n\nb = 2\n")
    source = read_source(path)
    assert source.text == "a = 1\n\nb = 2\n"
    assert [source.place(n) for n in (1, 2, 3)] == [Place(1), Place(2), Place(3)]
    assert str(source.place(3)) == "line 3"
    assert not source.is_notebook


def test_the_code_cells_of_a_notebook_are_one_text(tmp_path: Path) -> None:
    path = notebook(tmp_path, prose("# Title"), code(["a = 1\n", "b = 2"]), prose("more"), code("c = 3\nd = 4\n"))
    source = read_source(path)
    compile(source.text, "book", "exec")
    lines = {line: str(source.place(number)) for number, line in enumerate(source.lines, start=1) if line}
    assert lines == {
        "a = 1": "cell 2, line 1",
        "b = 2": "cell 2, line 2",
        "c = 3": "cell 4, line 1",
        "d = 4": "cell 4, line 2",
    }
    assert source.is_notebook


@pytest.mark.parametrize(
    ("written", "run"),
    [
        ("%matplotlib inline", "pass"),
        ("!pip install numpy", "pass"),
        ("?print", "pass"),
        ("print?", "pass"),
        ("np.sum??", "pass"),
        ("%time a = 1", "a = 1"),
        ("%timeit a = 1 + 1", "a = 1 + 1"),
        ("files = !ls", "files = ''"),
        ("where = %pwd", "where = ''"),
        ("  %load_ext x", "  pass"),
        ("from __future__ import division, print_function  # both", "pass"),
    ],
)
def test_a_magic_becomes_python(written: str, run: str, tmp_path: Path) -> None:
    start = "if True:\n" if written.startswith(" ") else "a = 0\n"
    source = read_source(notebook(tmp_path, code(start + written)))
    assert source.lines[1] == run
    compile(source.text, "book", "exec")


@pytest.mark.parametrize("line", ["a = 7 % 2", "a = x % y", "a != b", "a = b != c", "s = '%d' % 3", "a = 5 %2"])
def test_what_looks_like_a_magic_and_is_none_stays(line: str, tmp_path: Path) -> None:
    assert read_source(notebook(tmp_path, code(line))).lines[0] == line


@pytest.mark.xfail(reason="a line that continues a string or an expression is taken for a magic", strict=False)
@pytest.mark.parametrize("text", ["a = (7\n     % 4)", "s = '''\n%d of %d\n''' % (1, 2)", "s = '''\n!important\n'''"])
def test_a_line_within_an_expression_is_no_magic(text: str, tmp_path: Path) -> None:
    assert read_source(notebook(tmp_path, code(text))).text.strip() == text


def test_a_magic_of_the_whole_cell_leaves_its_code(tmp_path: Path) -> None:
    source = read_source(notebook(tmp_path, code("%%time\na = 1"), code("%%bash\nls -l | wc"), code("b = 2")))
    compile(source.text, "book", "exec")
    assert "a = 1" in source.lines
    assert "b = 2" in source.lines
    assert "wc" not in source.text
    assert source.place(source.lines.index("b = 2") + 1) == Place(1, 3)


def test_an_old_notebook_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1"]}]}], "nbformat": 3}))
    assert read_source(path).lines[0] == "a = 1"


def test_a_notebook_without_code_computes_nothing(tmp_path: Path) -> None:
    path = notebook(tmp_path, prose("only words"))
    assert read_source(path).text.strip() == ""
    assert _verdict(path) == Verdict.CANNOT_JUDGE


def _verdict(path: Path) -> Verdict:
    with Sandbox(Limits(seconds=5, patience=0.1)) as sandbox:
        report = examine(path, Options(Limits(seconds=5, patience=0.1), 0), [sandbox])
    assert "backproof itself failed" not in report.reason, report.reason
    return report.verdict


def test_an_empty_file_computes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.py"
    path.write_text("")
    assert read_source(path).text == ""
    assert _verdict(path) == Verdict.CANNOT_JUDGE


def test_a_latin_1_cookie_is_obeyed(tmp_path: Path) -> None:
    path = tmp_path / "latin.py"
    path.write_bytes("# -*- coding: latin-1 -*-\ngröße = 'äöü'\nprint(größe, len(größe))\n".encode("latin-1"))
    assert "größe = 'äöü'" in read_source(path).text
    with Sandbox(Limits(seconds=5)) as sandbox:
        assert sandbox.run(read_source(path)).printed == "äöü 3\n"


def test_a_byte_order_mark_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "mark.py"
    path.write_bytes(b"\xef\xbb\xbfa = 1\n")
    assert read_source(path).text == "a = 1\n"


def test_a_byte_order_mark_of_a_notebook_is_left_out(tmp_path: Path) -> None:
    path = notebook(tmp_path, code("a = 1"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_source(path).lines[0] == "a = 1"


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_ends_of_lines_are_read(end: str, tmp_path: Path) -> None:
    path = tmp_path / "windows.py"
    path.write_bytes(f"a = 1{end}b = 2{end}".encode())
    assert read_source(path).text == "a = 1\nb = 2\n"


REFUSED: dict[str, tuple[str, bytes, str]] = {
    "not UTF-8": ("a.py", "a = 'ä'\n".encode("latin-1"), "UTF-8"),
    "a picture": ("a.py", b"\x89PNG\r\n\x1a\n\x00\x00", "a.py"),
    "a nought": ("a.py", b"a = 1\x00\n", "a.py"),
    "a cookie that is none": ("a.py", b"# coding: klingon\na = 1\n", "a.py"),
    "Python 2": ("a.py", b"for i in xrange(3):\n    print i\n", "Python 2"),
    "Python 2's exceptions": ("a.py", b"try:\n    a = 1\nexcept ValueError, e:\n    pass\n", "Python 2"),
    "not Python": ("a.py", b"a = 1\nb = (\n", "line 2"),
    "a bad indent": ("a.py", b"if True:\na = 1\n", "line 2"),
    "no JSON": ("a.ipynb", b"cells", "not a Jupyter notebook"),
    "another JSON": ("a.ipynb", b'{"a": 1}', "not a Jupyter notebook"),
    "a list": ("a.ipynb", b"[]", "not a Jupyter notebook"),
    "no cells": ("a.ipynb", b'{"cells": 3}', "not a Jupyter notebook"),
    "cells of text": ("a.ipynb", b'{"cells": ["a = 1"]}', "not a Jupyter notebook"),
    "source of numbers": (
        "a.ipynb",
        b'{"cells": [{"cell_type": "code", "source": [1, 2]}]}',
        "not a Jupyter notebook",
    ),
    "a notebook not in UTF-8": ("a.ipynb", b'{"cells": "\xe4"}', "a.ipynb"),
    "an empty notebook": ("a.ipynb", b"", "not a Jupyter notebook"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_says_why(what: str, tmp_path: Path) -> None:
    name, content, reason = REFUSED[what]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BackproofError, match=reason):
        read_source(path)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(BackproofError, match="no such file"):
        read_source(tmp_path / "none.py")
    with pytest.raises(BackproofError, match="folder"):
        read_source(tmp_path)


def test_an_error_in_a_notebook_names_cell_and_line(tmp_path: Path) -> None:
    with pytest.raises(BackproofError, match="cell 3, line 2"):
        read_source(notebook(tmp_path, code("a = 1"), prose("x"), code("b = 2\nc = = 3")))


def test_a_notebook_is_judged_and_mended_in_its_cells(tmp_path: Path) -> None:
    head, loop = WRONG.split("\n\nfor epoch", 1)
    path = notebook(tmp_path, prose("# A"), code("%matplotlib inline\n" + head), prose("# B"), code("for epoch" + loop))
    with Sandbox(Limits(patience=0.1)) as sandbox:
        report = examine(path, Options(Limits(patience=0.1), 6), [sandbox])
    assert report.verdict == Verdict.WRONG, report.reason
    finding = report.findings[0]
    line = next(n for n, text in enumerate(("for epoch" + loop).splitlines(), start=1) if text == BAD)
    assert (finding.cell, finding.line) == (4, line)
    assert "cell 4" in report.fixes[0].diff
    assert report.source is not None
    content = json.loads(fixed_notebook(report.source, next(iter(report.fixes[0].texts.values()))))
    assert "".join(content["cells"][1]["source"]).startswith("%matplotlib inline\n")
    assert [cell["cell_type"] for cell in content["cells"]] == ["markdown", "code", "markdown", "code"]
    assert BAD not in "".join(content["cells"][3]["source"])


def test_the_programs_differ_in_one_line() -> None:
    assert RIGHT.replace(GOOD, BAD) == WRONG != RIGHT
