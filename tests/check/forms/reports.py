"""Reports made by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from backproof.check.report import Finding, ProposedFix, Report, StatedLoss, Verdict, diff
from backproof.check.source import Place, read_source
from tests.check.programs import BAD, GOOD, LINE, RIGHT, WRONG

MESSAGE = "A factor is missing: `d_z2 @ w2.T * (1 - hidden)` should be `d_z2 @ w2.T * hidden * (1 - hidden)`."


def wrong(folder: Path, name: str = "network.py") -> Report:
    """One wrong line, marks around it, and a fix."""
    path = folder / name
    path.write_text(WRONG)
    source = read_source(path)
    start = BAD.index("d_z2") + 1
    finding = Finding(str(path), LINE, None, BAD.strip(), "missing factor", MESSAGE, start, len(BAD) + 1)
    marks = {Place(LINE - 1): True, Place(LINE): False, Place(LINE + 1): True, Place(13): True}
    fix = ProposedFix(diff(source, name, WRONG, RIGHT), True, 1.0, {name: RIGHT}, "put in * hidden")
    loss = StatedLoss(LINE - 2, "np.mean((y - output) ** 2)", None, "the squared error")
    return Report(
        path, Verdict.WRONG, MESSAGE, loss, 2.5, (finding,), (fix,), ("a note",), marks, 2, 120, 3.21, source=source
    )


def wrong_notebook(folder: Path, name: str = "network.ipynb") -> Report:
    """The same in the third cell of a notebook."""
    path = folder / name
    before, after = WRONG.split("for epoch", 1)
    cells = [
        {"cell_type": "markdown", "source": "# A network"},
        {"cell_type": "code", "source": before.strip()},
        {"cell_type": "code", "source": f"for epoch{after}"},
    ]
    path.write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))
    source = read_source(path)
    place = source.places[source.lines.index(BAD)]
    assert place.cell == 3
    finding = Finding(str(path), place.line, 3, BAD.strip(), "missing factor", MESSAGE)
    text = source.text.replace(BAD, GOOD)
    fix = ProposedFix(diff(source, source.run_name, source.text, text), True, 1.0, {source.run_name: text})
    marks = {Place(13, 2): True, place: False}
    return Report(path, Verdict.WRONG, MESSAGE, None, None, (finding,), (fix,), marks=marks, source=source)


def right(folder: Path, name: str = "right.py") -> Report:
    path = folder / name
    path.write_text(RIGHT)
    marks = {Place(line): True for line in range(LINE - 4, LINE + 3)}
    reason = "All 2 parameters follow the gradient of the stated loss."
    return Report(path, Verdict.RIGHT, reason, factor=1.0, marks=marks, source=read_source(path))


def unjudged(folder: Path, name: str = "old.py") -> Report:
    return Report(folder / name, Verdict.CANNOT_JUDGE, "It stops before it trains, line 3: 100% old,\nreally.")


def placeless(folder: Path) -> Report:
    """Something was found, but no line of it."""
    return replace(right(folder, "other.py"), verdict=Verdict.OTHER_LOSS, reason="It descends another loss.", marks={})


def nasty(folder: Path, text: str) -> Report:
    """A report that says `text` wherever a stranger's words can stand."""
    report = wrong(folder)
    finding = replace(report.findings[0], message=text, expression=text, kind=text)
    assert report.loss is not None
    return replace(
        report,
        reason=f"{text}!",
        findings=(finding,),
        loss=replace(report.loss, expression=text, name=text),
        notes=(text,),
        fixes=(replace(report.fixes[0], diff=text, says=text),),
    )
