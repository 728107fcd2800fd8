"""The edits of several lines at once: of updates that happen before their old values were needed, and of sums that
should begin anew."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

from backproof.check.edits.difference import difference
from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.old_values import old_values
from backproof.check.edits.tree import name_of, target_of

_COST = 1.2
_ANEW = 0.6


def late_together(editor: Editor, lines: Iterable[int]) -> Iterator[Edit]:
    """Some updates of one block moved behind all lines of it that read what they change, and their old values put
    aside for those lines: by one edit each. Nothing for a block with one of them."""
    blocks: dict[int, list[ast.stmt]] = defaultdict(list)
    holders: dict[int, list[ast.stmt]] = {}
    for line in sorted(lines):
        statement = editor.statement_at(line)
        block = editor.block_of(statement) if statement is not None else []
        if statement is not None and block and target_of(statement) is not None:
            holders[id(block)] = block
            if statement not in blocks[id(block)]:
                blocks[id(block)].append(statement)
    for number, updates in blocks.items():
        if len(updates) > 1:
            yield from _moved(editor, holders[number], updates)
            yield from _put_aside(editor, updates)


def begun_anew(editor: Editor, lines: Iterable[int]) -> Iterator[Edit]:
    """Some sums set to their newest term, and not added to, by one edit; nothing if one of the lines adds nothing."""
    text = editor.text
    first = 0
    for line in sorted(set(lines), reverse=True):
        statement = editor.statement_at(line)
        target = target_of(statement) if statement is not None else None
        if statement is None or target is None:
            return
        name = editor.segment(target)
        if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add):
            term: ast.expr | None = statement.value
        else:
            term = _added(editor, statement, name)
        if term is None:
            return
        start, end = editor.span(statement)
        text = f"{text[:start]}{name} = {editor.segment(term)}{text[end:]}"
        first = line
    if first:
        start, end, made = difference(editor.text, text)
        yield Edit(start, end, made, first, "reset", _ANEW, "what was computed at earlier steps is not added up")


def _added(editor: Editor, statement: ast.stmt, name: str) -> ast.expr | None:
    """What a statement adds to a name: `d` in `g = g + d`."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add):
        return None
    sides = (value.left, value.right), (value.right, value.left)
    return next((other for own, other in sides if editor.segment(own) == name), None)


def _moved(editor: Editor, block: list[ast.stmt], updates: list[ast.stmt]) -> Iterator[Edit]:
    """The updates behind the last line of their block that reads what one of them changes."""
    names = {editor.segment(target) for update in updates if (target := target_of(update)) is not None}
    readers = [
        statement
        for statement in block[block.index(updates[0]) + 1 :]
        if statement not in updates
        and not _prints(statement)
        and any(isinstance(node, ast.expr) and editor.segment(node) in names for node in ast.walk(statement))
    ]
    if not readers or isinstance(readers[-1], ast.Return):
        return
    begin, (_, end) = editor.whole_lines(updates[0])[0], editor.whole_lines(readers[-1])
    spans = editor.spans_of_lines([update for update in updates if update.lineno < readers[-1].lineno])
    if begin is None or end is None or spans is None:
        return
    stays = editor.without(begin, end, spans)
    stays += "" if stays.endswith("\n") else "\n"
    moves = "".join(editor.text[first:last] for first, last in spans)
    says = f"after line {readers[-1].end_lineno}, when all that needs the old values is computed"
    yield Edit(begin, end, stays + moves, updates[0].lineno, "order", _COST, says)


def _prints(statement: ast.stmt) -> bool:
    """Whether a statement is there to be read on the screen, and so shows the new values as it stands."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Call) and name_of(value.func) == "print"


def _put_aside(editor: Editor, updates: list[ast.stmt]) -> Iterator[Edit]:
    """The old value of each, read by the lines that read the new one."""
    text = editor.text
    for update in reversed(updates):
        before = Editor(text)
        statement = before.statement_at(update.lineno)
        edit = next(old_values(before, statement), None) if statement is not None else None
        if edit is None:
            return
        text = edit.apply(text)
    start, end, made = difference(editor.text, text)
    says = "the old values of what these lines update are meant"
    yield Edit(start, end, made, updates[0].lineno, "old value", _COST + 0.1, says)
