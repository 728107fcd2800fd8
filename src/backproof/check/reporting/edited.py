"""What is said of an edit: what stands in the file, what should, and what is computed by either."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import accumulate

from backproof.check.edits import Edit
from backproof.check.edits.difference import difference
from backproof.check.edits.tree import Tree
from backproof.check.judge.judgement import Judgement
from backproof.check.record.trace import Sites
from backproof.check.repair.fix import Fix
from backproof.check.report import Finding
from backproof.check.reporting.before_and_after import said_in_numbers
from backproof.check.reporting.findings import where
from backproof.check.source import Source

_MISTAKES = {
    "variable": "another variable belongs here",
    "derivative": "the derivative is wrong",
    "gradient": "this is not the gradient that belongs here",
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
    "handed back": "an error is handed back without its slope, or through weights that were moved already",
    "step count": "the step count of the optimizer does not grow by one at each step",
    "copy": "this is another name for the same array, which is updated with it, and no copy",
    "old value": "this reads a value that was updated already",
    "unlike": "this is not what the lines like it say",
    "thrown away": "what this computes is thrown away",
    "dropout": "what is dropped on the way forward is handed back here all the same, as the mask is not kept",
    "shared": "one and the same array stands in this list several times, and is changed for all",
    "overwrite": "this overwrites what it should add to, or adds to what it should replace",
    "repeated": "of the parts that go to the same place only one is kept",
    "reset": "this is not started anew",
    "never emptied": "this list is added to at every pass and never emptied",
    "power": "the power is wrong",
    "number": "the number is wrong",
    "index": "the index is wrong",
    "picked": "one element is taken here where the sum of all belongs",
    "before the first": "at the first turn this is the last element, not what was before the first one",
    "product": "the wrong kind of product",
    "shape": "the shape is wrong, so that it is broadcast",
    "factor": "it multiplies where it should divide, or the other way round",
    "comparison": "the comparison is the wrong way round",
    "flag": "the flag is wrong",
    "other loss": "this tells another loss than the one that training descends",
    "extra line": "this line does not belong here",
}

_SAYING = ast.BinOp | ast.Call | ast.AugAssign | ast.Assign | ast.Compare | ast.Return | ast.UnaryOp
_OF_LINES = (
    "order",
    "extra line",
    "reset",
    "old value",
    "never emptied",
    "handed back",
    "step count",
    "dropout",
)  # the kinds of edits that change no expression


def findings_of_fix(
    source: Source, sites: Sites, judgement: Judgement, fix: Fix, texts: Mapping[str, str]
) -> list[Finding]:
    """A finding about each place that a fix changes, in the order of their lines; what is only told comes last."""
    found = _of_edits(source, sites, judgement, fix, texts)
    return sorted(found, key=lambda finding: (finding.kind == "other loss", finding.line))


def _of_edits(
    source: Source, sites: Sites, judgement: Judgement, fix: Fix, texts: Mapping[str, str]
) -> Iterator[Finding]:
    current = dict(texts)
    made: list[tuple[str, str, str]] = []  # of each edit its file, and the text before it and after it
    for number, (name, edit) in enumerate(fix.edits):
        before = current[name]
        after = current[name] = edit.apply(before)
        parts = list(_by_line(before, edit))
        for part in parts:
            line = part.line
            for file, old, new in reversed(made):
                line = _line_before(old, new, line) if file == name else line
            numbers = ""
            around = _span_at(before, part)
            if around is not None and not _is_of_lines(part) and part.kind != "repeated" and len(parts) == 1:
                numbers = said_in_numbers(sites, judgement, fix, texts, number, around)
            yield _finding(source, name, part, before, line, numbers)
        made.append((name, before, after))


def _by_line(text: str, edit: Edit) -> Iterator[Edit]:
    """An edit that changes several lines, and leaves each in its place, as one of each line that it changes; lines that
    are put in beside them, as those that keep old values, are read in these."""
    start, end = text.rfind("\n", 0, edit.start) + 1, (text + "\n").index("\n", edit.end)
    made_of = text[start : edit.start] + edit.text + text[edit.end : end]
    old, new = text[start:end].split("\n"), made_of.split("\n")
    parts = SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if len(old) != len(new) else []
    blocks = [(first, last, begins, ends) for kind, first, last, begins, ends in parts if kind in ("replace", "delete")]
    blocks = blocks if parts else [(0, len(old), 0, len(new))]
    uneven = not blocks or not all(
        _are_lines_of(old[first:last], new[begins:ends]) for first, last, begins, ends in blocks
    )
    if len(old) == 1 or uneven or _is_of_lines(edit):
        yield edit
        return
    starts = [*accumulate((len(line) + 1 for line in old), initial=start)]
    for first, last, _, ends in blocks:
        for number in range(first, last):
            was, made = old[number], new[ends + number - last]
            if was != made:
                begin, end, between = difference(was, made)
                line = text.count("\n", 0, starts[number]) + 1
                span = starts[number] + begin, starts[number] + end
                yield replace(edit, start=span[0], end=span[1], text=between, line=line)


def _are_lines_of(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether some lines are others, edited: as many, or some more put in before the first that write the same."""
    more = len(new) - len(old)
    heads = [[line.split("=")[0].strip() for line in lines] for lines in (old, new[more:])]
    return more == 0 or (more > 0 and heads[0] == heads[1])


def _line_before(old: str, new: str, line: int) -> int:
    """Where a line of an edited text stood before the edit; of one that the edit wrote, the line like it that was taken
    away, or the place."""
    was, now = old.splitlines(), new.splitlines()
    parts = SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
    gone = [number for kind, first, last, *_ in parts if kind != "equal" for number in range(first, last)]
    for kind, first, last, begins, ends in parts:
        if begins < line <= ends:
            if kind == "equal":
                return line - begins + first
            text = now[line - 1].strip()
            alike = (number + 1 for number in gone if was[number].strip() == text)
            return next(alike, min(first + 1 + min(line - 1 - begins, max(last - first - 1, 0)), len(was)))
    return line


def _finding(source: Source, name: str, edit: Edit, text: str, line: int, numbers: str) -> Finding:
    """A finding about what an edit of a fix changes: what stands there, and what should.

    Args:
        text: the file's text before the edit.
        line: the line that it is about, in the file as it was in the beginning.
        numbers: what is computed there, and what should be, in a sentence.
    """
    start = text.rfind("\n", 0, edit.start) + 1
    file, place = where(source, name, line)
    statement = _expression_at(text, edit)
    mistake = _MISTAKES.get(edit.kind, "this is wrong")
    after = edit.apply(text)
    moved = _is_of_lines(edit)
    if not moved and (around := _span_at(text, edit)) is not None:
        # the whole of what is named as it is, though a part of it says something on its own, as a sign does
        now = _in_one_line(after[around[0] : around[1] + len(edit.text) - (edit.end - edit.start)])
    else:
        now = _expression_at(after, Edit(edit.start, edit.start + len(edit.text), "", edit.line, edit.kind, 0.0))
    said = f"{mistake}: `{statement}`"
    if _is_line(edit):
        statement = _statement_at(text, edit.line)
        if edit.kind == "never emptied":
            said = f"{mistake}, so that the first pass is read for ever: `{edit.text.strip()}` is missing before it"
        else:
            said = f"behind `{statement}` the line `{edit.text.strip()}` is missing"
    elif not moved and now and now != statement:
        said += f" should be `{now}`"
    elif edit.says:
        said += f" ({edit.says})"
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


def _is_of_lines(edit: Edit) -> bool:
    """Whether another line stands somewhere after an edit, so that no expression can be held against another."""
    return edit.kind in _OF_LINES or _is_line(edit)


def _is_line(edit: Edit) -> bool:
    """Whether an edit puts in whole lines."""
    return edit.start == edit.end and edit.text.endswith("\n")


def _expression_at(text: str, edit: Edit) -> str:
    """The smallest expression (or else the statement) around an edit that says something on its own."""
    if edit.kind in _OF_LINES:
        return _statement_at(text, edit.line)
    around = _span_at(text, edit)
    return _in_one_line(text[slice(*around)]) if around else _statement_at(text, 1 + text.count("\n", 0, edit.start))


def _statement_at(text: str, line: int) -> str:
    """The statement that a line belongs to; of a loop or a function its first line."""
    tree = Tree(text)
    if line > len(tree.lines):
        return ""
    statement = tree.statement_at(line)
    simple = statement is not None and not hasattr(statement, "body")
    return _in_one_line(tree.segment(statement) if statement and simple else tree.lines[line - 1])


def _in_one_line(text: str) -> str:
    return " ".join(text.replace("\\\n", " ").split())


def _span_at(text: str, edit: Edit) -> tuple[int, int] | None:
    """Where the smallest expression around an edit that says something on its own begins and ends, in characters."""
    tree = Tree(text)
    spans = (tree.span(node) for node in tree.around(edit.start, edit.end) if isinstance(node, _SAYING))
    # another argument belongs to the call, and not to the argument that it stands behind
    ended = edit.start if edit.start == edit.end and edit.text.startswith(",") else None
    return next((span for span in spans if span != (edit.start, edit.end) and span[1] != ended), None)
