"""Lines that stand a block too deep: several at its end, and what an outer loop does again though it need not."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import counted_by, names_in, shifted

_ALONE = 0.8  # how unlikely it is that what does not depend on a loop's turns is meant to be done once
_TOGETHER = 1.7  # that several lines are indented by mistake


def out_together(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """A statement and all that follow it in its block, behind the block."""
    parent = editor.parents.get(statement)
    if not isinstance(parent, ast.For | ast.While | ast.If) or statement not in parent.body[1:-1]:
        return
    if isinstance(parent, ast.If) and parent.orelse:
        return
    yield from _behind(editor, parent, statement, parent.body[-1], "block")


def behind_the_loop(editor: Editor, statements: list[ast.stmt]) -> Iterator[Edit]:
    """Statements that follow each other in a loop, behind it; what comes after them stays."""
    parent = editor.parents.get(statements[0])
    if isinstance(parent, ast.For | ast.While) and all(one in parent.body[1:] for one in statements):
        yield from _behind(editor, parent, statements[0], statements[-1], "loop")


def _behind(editor: Editor, parent: ast.stmt, begin: ast.stmt, finish: ast.stmt, what: str) -> Iterator[Edit]:
    """The lines from one statement to another, with one indent less, behind the statement that they stand in."""
    (first, _), (_, last) = editor.whole_lines(begin), editor.whole_lines(finish)
    start, end = editor.whole_lines(parent)
    if first is None or last is None or start is None or end is None:
        return
    outer = shifted(editor.text[first:last], begin, parent)
    rest = (editor.text[start:first].rstrip("\n") + "\n" + editor.text[last:end]).rstrip("\n") + "\n"
    says = f"lines {begin.lineno} to {finish.end_lineno} behind the {what}"
    yield Edit(start, end, rest + outer, begin.lineno, "order", _TOGETHER, says)


def in_a_loop_of_its_own(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """What an inner loop does for each of its turns, and an outer one again at each of its own, though it does not
    depend on these: in a loop of its own, behind both.

    As in `for i …: for j …: w[i][j] -= …; b[j] -= …`, where `b[j]` is moved once for each `i`.
    """
    inner, outer, *_ = *editor.loops_around(statement), None, None
    if not isinstance(inner, ast.For) or not isinstance(outer, ast.For) or statement not in inner.body:
        return
    again, own = set(counted_by(outer)), set(counted_by(inner))
    used = names_in(statement)
    beside = [other for other in inner.body if other is not statement]
    if not again or again & used or not own & used or again & names_in(inner.iter):
        return
    if not any(again <= names_in(other) for other in beside):
        return
    first, last = editor.whole_lines(statement)
    start, end = editor.whole_lines(outer)
    if first is None or last is None or start is None or end is None:
        return
    rest = editor.text[start:first] + editor.text[last:end]
    space, deeper = editor.indent(outer), editor.indent(inner).removeprefix(editor.indent(outer))
    header = f"{space}for {editor.segment(inner.target)} in {editor.segment(inner.iter)}:\n"
    lines = shifted(editor.text[first:last], statement, outer).splitlines(keepends=True)
    moved = "".join(space + deeper + line[len(space) :] if line.strip() else line for line in lines)
    text = rest.rstrip("\n") + "\n" + header + moved
    yield Edit(start, end, text, statement.lineno, "order", _ALONE, "in a loop of its own")
