"""Findings in the file's own words: the expression, what it computes, what it should be."""

import ast
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from backproof.check.consistency import parameter_texts
from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.edits import Edit
from backproof.check.edits.tree import Tree
from backproof.check.fix import Fix
from backproof.check.following import makes_whole
from backproof.check.frame import Key
from backproof.check.judgement import Judgement
from backproof.check.known_lines import lines_of
from backproof.check.losses import KINDS, Loss, Standard
from backproof.check.report import Finding, Report, StatedLoss
from backproof.check.source import Place, Source
from backproof.check.trace import Sites, Trace
from backproof.check.values import Reading
from backproof.check.wanted import Wanted

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


def kind_name(loss: Loss) -> str:
    """A loss in words."""
    return KINDS[loss.kind] if isinstance(loss, Standard) else "the loss that it computes"


def spelled(source: Source, sites: Sites, loss: Loss) -> str:
    """A loss in words, or as it is written and where."""
    if isinstance(loss, Standard):
        return kind_name(loss)
    _, place = _where(source, sites.files[loss.site], sites.sites[loss.site].line)
    return f"`{_segment(source, sites, loss.site)}` in line {place.line}"


def loss_of(source: Source, sites: Sites, judgement: Judgement) -> StatedLoss | None:
    """The loss that the file states, as it is written."""
    if judgement.stated is None:
        return None
    site = sites.sites[judgement.stated.site]
    text = _segment(source, sites, judgement.stated.site)
    _, place = _where(source, sites.files[judgement.stated.site], site.line)
    return StatedLoss(place.line, text, place.cell, KINDS[judgement.kind] if judgement.kind else None)


def sentence(report: Report, judgement: Judgement) -> str:
    """Why a file is right, in a sentence."""
    assert judgement.match is not None
    count = len(judgement.match.evidence)
    parameters = "The parameter follows" if count == 1 else f"All {count} parameters follow"
    other = judgement.match.loss != judgement.stated and judgement.kind in (None, "absolute")
    stated = report.loss and not (other and isinstance(judgement.match.loss, Standard))
    loss = "the stated loss" if stated else kind_name(judgement.match.loss)
    if judgement.match.put_together:
        loss = "the sum of the two losses that it tells"
    factor = "" if report.factor in (None, 1.0) else f", times {report.factor:.4g}"
    return f"{parameters} the gradient of {loss}{factor}."


def _segment(source: Source, sites: Sites, site: int) -> str:
    place = sites.sites[site]
    text = source.text_of(sites.files[site])
    lines = text.splitlines()
    if place.line > len(lines):
        return ""
    if place.line == place.end_line:
        return lines[place.line - 1].encode()[place.column : place.end_column].decode(errors="replace")
    first = lines[place.line - 1].encode()[place.column :].decode(errors="replace")
    return " ".join(
        [
            first.rstrip("\\").strip(),
            *(line.rstrip("\\").strip() for line in lines[place.line : place.end_line - 1]),
            lines[place.end_line - 1].encode()[: place.end_column].decode(errors="replace").strip(),
        ]
    )


def _characters(source: Source, sites: Sites, site: int) -> tuple[int, int]:
    """The first and last column of a site in characters: Python counts bytes."""
    place = sites.sites[site]
    lines = source.text_of(sites.files[site]).splitlines()
    line = lines[place.line - 1].encode() if place.line <= len(lines) else b""
    end = place.end_column if place.end_line == place.line else len(line)
    return len(line[: place.column].decode(errors="ignore")), len(line[:end].decode(errors="ignore"))


def _where(source: Source, name: str, line: int) -> tuple[str, Place]:
    """The file that a line is in, as it is called, and its place there."""
    if name == source.run_name:
        return str(source.path), source.place(line)
    return os.path.normpath(source.path.parent / name), Place(line)


def finding_of_inconsistency(source: Source, found: Inconsistency) -> Finding:
    """A finding about what does not fit together, in the checked file or in a module."""
    file, place = _where(source, found.file or source.run_name, found.line)
    return Finding(file, place.line, place.cell, found.expression, found.kind, found.reason)


def finding_of_suspect(source: Source, sites: Sites, key: Key, kind: str, message: str) -> Finding | None:
    """A finding about a place whose value is wrong."""
    if key[0] < 0:
        return None
    site = sites.sites[key[0]]
    file, place = _where(source, sites.files[key[0]], site.line)
    text = _segment(source, sites, key[0])
    said = (
        message
        or f"`{text}` is not the gradient that it should be, up to any factor,"
        " though what it is computed from is right."
    )
    column, end = _characters(source, sites, key[0])
    return Finding(file, place.line, place.cell, text, kind, said, column + 1, end + 1)


def finding_of_fix(
    source: Source, sites: Sites, judgement: Judgement, fix: Fix, name: str, edit: Edit, texts: Mapping[str, str]
) -> Finding:
    """A finding about what a fix changes: what is computed there, and what is computed after the fix."""
    text = texts[name]
    start = text.rfind("\n", 0, edit.start) + 1
    file, place = _where(source, name, edit.line)
    statement = _expression_at(text, edit)
    mistake = _MISTAKES.get(edit.kind, "this is wrong")
    after = fix.texts[name]
    moved = edit.kind in _OF_LINES  # another line stands there now
    alone = not moved and sum(file == name for file, _ in fix.edits) == 1
    if alone and (around := _span_at(text, edit)) is not None:
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
    numbers = "" if moved or edit.kind == "repeated" else _numbers(sites, judgement, fix, name, edit)
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


def findings_of_fix(
    source: Source, sites: Sites, judgement: Judgement, fix: Fix, texts: Mapping[str, str]
) -> list[Finding]:
    """A finding about each place that a fix changes, in the order of their lines."""
    edits = sorted(fix.edits, key=lambda one: one[1].line)
    return [finding_of_fix(source, sites, judgement, fix, name, edit, texts) for name, edit in edits]


def findings_of_wanted(
    source: Source, sites: Sites, judgement: Judgement, places: list[Wanted], texts: Mapping[str, str]
) -> list[Finding]:
    """A finding about each of the places where the gradient of something else belongs."""
    reading = Reading(texts, sites)
    known = [(one, lines) for one in places if (lines := lines_of(one, reading))]
    found: list[Finding | None] = []
    for one, lines in known:
        name, line = lines[0]
        others = [str(source.place(other[0][1]).line) for place, other in known if place is not one]
        said = _said_of_wanted(_quantity(source, judgement, reading, one.owners), one, others)
        if lines[1:]:
            file, place = _where(source, name, line)
            text = texts[name].splitlines()[line - 1]
            column = len(text) - len(text.lstrip()) + 1
            found.append(Finding(file, place.line, place.cell, text.strip(), "gradient", said, column, len(text) + 1))
        else:
            found.append(finding_of_suspect(source, sites, one.key, "gradient", said))
    return [one for one in found if one is not None]


def _said_of_wanted(quantity: str, wanted: Wanted, others: list[str]) -> str:
    """What belongs into a place, and what comes of it; `others` are the lines that have to be mended with it."""
    number = "" if wanted.times == 1.0 else f" ({wanted.times:.4g} times what is here)"
    said = f"The gradient of the loss by {quantity} belongs here{number}: with it, "
    if makes_whole(wanted.gain):
        return f"{said}every parameter follows the gradient."
    if others:
        return f"{said}and with what line {' and '.join(others)} should be, every parameter follows the gradient."
    return f"{said}more of the parameters follow the gradient."


def _quantity(source: Source, judgement: Judgement, reading: Reading, keys: tuple[Key, ...]) -> str:
    """A forward quantity in the file's own words: the first of some places that has a name, or the last one."""
    frame = judgement.telling[0]
    start = next((n for n in frame.step.before.values() if n is not None and frame.key(n) in keys), None)
    if start is not None:
        name = next((text for text, node in parameter_texts(frame, reading).items() if node == start), None)
        return f"`{name}`" if name else "the parameter that it moves"
    names = [name for key in keys if key[0] >= 0 and (name := reading.target(key[0]))]
    return f"`{names[0] if names else _segment(source, reading.sites, keys[-1][0])}`"


def finding_of_hint(source: Source, texts: Mapping[str, str], name: str, edit: Edit) -> Finding:
    """A finding about a line with another value of which more parameters would be right, though no fix was proved."""
    text = texts[name]
    file, place = _where(source, name, edit.line)
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


def _numbers(sites: Sites, judgement: Judgement, fix: Fix, name: str, edit: Edit) -> str:
    """The value of the changed expression before and after the fix, in the same step."""
    if fix.recording is None:
        return ""
    before = _value(judgement.training.trace, sites, judgement, name, edit.line)
    after = _value(fix.judgement.training.trace, fix.recording.sites, fix.judgement, name, edit.line)
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
