"""What is said of an edit: what stands in the file, what should, and what is computed by either."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from backproof.check.edits import Edit
from backproof.check.edits.tree import Tree
from backproof.check.findings import where
from backproof.check.fix import Fix
from backproof.check.judgement import Judgement
from backproof.check.report import Finding
from backproof.check.source import Source
from backproof.check.trace import Sites, Trace

_MISTAKES = {
    "variable": "another variable belongs here",
    "derivative": "the derivative is wrong",
    "sign": "the sign is wrong",
    "transpose": "a transpose is wrong or missing",
    "extra factor": "there is a factor too much",
    "extra term": "there is a term too much",
    "missing factor": "a factor is missing",
    "parentheses": "the parentheses are wrong",
    "function": "another function belongs here",
    "missing function": "a function is missing",
    "extra function": "a function is applied that does not belong here",
    "argument": "an argument is wrong or missing",
    "sum or mean": "a sum and a mean are mixed up",
    "sum or product": "a sum and a product are mixed up",
    "axis": "the axis is wrong or missing",
    "operands": "the operands are in the wrong order",
    "missing term": "a term is missing",
    "order": "this happens at the wrong time",
    "copy": "this is another name for the same array, which is updated with it, and no copy",
    "old value": "this reads a value that was updated already",
    "unlike": "this is not what the lines like it say",
    "thrown away": "what this computes is thrown away",
    "shared": "one and the same array stands in this list several times, and is changed for all",
    "overwrite": "this overwrites what it should add to, or adds to what it should replace",
    "repeated": "of the parts that go to the same place only one is kept",
    "reset": "this is not started anew",
    "never emptied": "this list is added to at every pass and never emptied",
    "power": "the power is wrong",
    "number": "the number is wrong",
    "index": "the index is wrong",
    "product": "the wrong kind of product",
    "shape": "the shape is wrong, so that it is broadcast",
    "factor": "it multiplies where it should divide, or the other way round",
    "comparison": "the comparison is the wrong way round",
    "flag": "the flag is wrong",
    "extra line": "this line does not belong here",
}

_OF_LINES = (
    "order",
    "extra line",
    "reset",
    "old value",
    "never emptied",
)  # the kinds of edits that change no expression


def findings_of_fix(
    source: Source, sites: Sites, judgement: Judgement, fix: Fix, texts: Mapping[str, str]
) -> list[Finding]:
    """A finding about each place that a fix changes, in the order of their lines."""
    return sorted(_of_edits(source, sites, judgement, fix, texts), key=lambda finding: finding.line)


def _of_edits(
    source: Source, sites: Sites, judgement: Judgement, fix: Fix, texts: Mapping[str, str]
) -> Iterator[Finding]:
    current = dict(texts)
    longer: list[tuple[str, int, int]] = []  # of each edit that was made its file, where, and how many lines more
    for name, edit in fix.edits:
        before = current[name]
        after = current[name] = edit.apply(before)
        line = edit.line - sum(more for file, start, more in longer if file == name and start <= edit.start)
        yield _finding(source, sites, judgement, fix, name, edit, before, line)
        longer.append((name, edit.start, after.count("\n") - before.count("\n")))


def _finding(
    source: Source, sites: Sites, judgement: Judgement, fix: Fix, name: str, edit: Edit, text: str, line: int
) -> Finding:
    """A finding about what an edit of a fix changes: what is computed there, and what is computed after the fix.

    Args:
        text: the file's text before the edit.
        line: the line that it is about, in the file as it was in the beginning.
    """
    start = text.rfind("\n", 0, edit.start) + 1
    file, place = where(source, name, line)
    statement = _expression_at(text, edit)
    mistake = _MISTAKES.get(edit.kind, "this is wrong")
    after = edit.apply(text)
    moved = edit.kind in _OF_LINES  # another line stands there now
    if not moved and (around := _span_at(text, edit)) is not None:
        # the whole of what is named as it is, though a part of it says something on its own, as a sign does
        now = _in_one_line(after[around[0] : around[1] + len(edit.text) - (edit.end - edit.start)])
    else:
        now = _expression_at(after, Edit(edit.start, edit.start + len(edit.text), "", edit.line, edit.kind, 0.0))
    said = f"{mistake}: `{statement}`"
    if edit.start == edit.end and edit.text.endswith("\n"):
        moved = True
        statement = text.splitlines()[edit.line - 1].strip()
        if edit.kind == "never emptied":
            said = f"{mistake}, so that the first pass is read for ever: `{edit.text.strip()}` is missing before it"
        else:
            said = f"behind `{statement}` the line `{edit.text.strip()}` is missing"
    elif not moved and now and now != statement:
        said += f" should be `{now}`"
    elif edit.says:
        said += f" ({edit.says})"
    numbers = "" if moved or edit.kind == "repeated" else _numbers(sites, judgement, fix, name, line, edit.line)
    column, end = edit.start - start + 1, edit.start - start + 1 + max(edit.end - edit.start, 1)
    if moved:  # it is a line as a whole
        written = text.splitlines()[edit.line - 1]
        column, end = len(written) - len(written.lstrip()) + 1, len(written) + 1
    return Finding(
        file,
        place.line,
        place.cell,
        statement,
        edit.kind,
        said[0].upper() + said[1:] + "." + numbers,
        column,
        end,
    )


def finding_of_hint(source: Source, texts: Mapping[str, str], name: str, edit: Edit) -> Finding:
    """A finding about a line with another value of which more parameters would be right, though no fix was proved."""
    text = texts[name]
    file, place = where(source, name, edit.line)
    statement = _expression_at(text, edit)
    said = (
        f"`{statement}` is not right: with another value here, more of the parameters would follow the gradient."
        " No single small edit of the file was found that makes all of them do so."
    )
    column = edit.start - text.rfind("\n", 0, edit.start)
    return Finding(file, place.line, place.cell, statement, edit.kind, said, column, column + edit.end - edit.start)


def _expression_at(text: str, edit: Edit) -> str:
    """The smallest expression (or else the line) around an edit that says something on its own."""
    if edit.kind in _OF_LINES:
        lines = text.splitlines()
        return lines[edit.line - 1].strip() if edit.line <= len(lines) else ""
    around = _span_at(text, edit)
    found = text[around[0] : around[1]] if around else text.splitlines()[text.count("\n", 0, edit.start)]
    return _in_one_line(found)


def _in_one_line(text: str) -> str:
    return " ".join(text.replace("\\\n", " ").split())


def _span_at(text: str, edit: Edit) -> tuple[int, int] | None:
    """Where the smallest expression around an edit that says something on its own begins and ends, in characters."""
    best: tuple[int, int] | None = None
    tree = Tree(text)
    for node in ast.walk(tree.tree):
        if not isinstance(
            node, ast.BinOp | ast.Call | ast.AugAssign | ast.Assign | ast.Compare | ast.Return | ast.UnaryOp
        ):
            continue
        begin, end = tree.span(node)
        inside = begin <= edit.start and end >= edit.end and (begin, end) != (edit.start, edit.end)
        if inside and (best is None or end - begin < best[1] - best[0]):
            best = begin, end
    return best


def _numbers(sites: Sites, judgement: Judgement, fix: Fix, name: str, line: int, later: int) -> str:
    """The value of the changed expression before and after the fix, in the same step; `later` is its line then."""
    if fix.recording is None:
        return ""
    before = _value(judgement.training.trace, sites, judgement, name, line)
    after = _value(fix.judgement.training.trace, fix.recording.sites, fix.judgement, name, later)
    if before is None or after is None:
        return ""
    if before.shape != after.shape:
        return f" It has shape {before.shape} and should have {after.shape}."
    if np.array_equal(before, after):
        return ""
    first, second = _telling(before, after)
    return f" At the first step it is {first} and should be {second}."


def _value(trace: Trace, sites: Sites, judgement: Judgement, name: str, line: int) -> Any:
    """The value of the largest expression in a line, in the first step: after it, two programs are at two points."""
    step = judgement.training.steps[0]
    best: tuple[int, int] | None = None
    for node in range(max(step.start, 0), min(step.end + 1, len(trace))):
        site = trace.sites[node]
        if (
            site < 0
            or sites.files[site] != name
            or sites.sites[site].line != line
            or trace.operations[node] in ("setitem", "view", "setview")
        ):
            continue
        width = sites.sites[site].end_column - sites.sites[site].column
        if best is None or width >= best[0]:
            best = width, node
    if best is None:
        return None
    value = trace.values[best[1]]
    return None if value is None else np.asarray(value, dtype=np.float64)


def _telling(before: Any, after: Any) -> tuple[str, str]:
    """Two values, from the first element on in which they differ."""
    one, other = np.asarray(before).reshape(-1), np.asarray(after).reshape(-1)
    differing = np.flatnonzero(one != other)
    start = int(differing[0]) if differing.size and differing[0] >= 3 else 0
    return _short(one, start), _short(other, start)


def _short(flat: Any, start: int) -> str:
    if flat.size == 1:
        return f"{flat[0]:.4g}"
    shown = ", ".join(f"{number:.4g}" for number in flat[start : start + 3])
    return f"[{'…, ' if start else ''}{shown}{', …' if flat.size > start + 3 else ''}]"
