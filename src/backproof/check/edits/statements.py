"""The edits of whole statements: another way to write into a variable, another place, none at all."""

import ast
from collections.abc import Iterator
from typing import Any

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.lines import thrown_away
from backproof.check.edits.tree import counted_by, shifted


def added_up(editor: Editor, statement: ast.AugAssign) -> Iterator[Edit]:
    """An update of rows by their numbers in which a row that comes twice gets both parts."""
    target, name = statement.target, {ast.Add: "add", ast.Sub: "subtract"}.get(type(statement.op))
    if not isinstance(target, ast.Subscript) or name is None:
        return
    axes = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
    if not any(isinstance(n, ast.Name) for axis in axes if not isinstance(axis, ast.Slice) for n in ast.walk(axis)):
        return  # the same places every time, or whole rows
    where = ", ".join(_place(editor, axis) for axis in axes)
    places = f"({where})" if isinstance(target.slice, ast.Tuple) else where
    text = f"np.{name}.at({editor.segment(target.value)}, {places}, {editor.segment(statement.value)})"
    says = "a place that comes twice gets both parts"
    yield Edit(*editor.span(statement), text, statement.lineno, "repeated", 1.1, says)


def _place(editor: Editor, axis: ast.expr) -> str:
    """Where a statement writes along an axis, as a function takes it: `slice(None)` for `:`."""
    if not isinstance(axis, ast.Slice):
        return editor.segment(axis)
    if axis.lower is None and axis.upper is None and axis.step is None:
        return "slice(None)"
    bounds = (axis.lower, axis.upper, axis.step)[: 3 if axis.step is not None else 2]
    return f"slice({', '.join('None' if bound is None else editor.segment(bound) for bound in bounds)})"


def rewritten(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    if isinstance(statement, ast.AugAssign):
        start, end = editor.span(statement.target)[1], editor.span(statement.value)[0]
        own = f"{editor.symbol(statement.op)}="
        position = start + editor.text[start:end].index(own)
        for other in {"+=", "-=", "="} - {own}:
            cost = 1.0 if other != "=" else 1.4
            yield Edit(
                position,
                position + len(own),
                other,
                statement.lineno,
                "sign" if other != "=" else "overwrite",
                cost,
                f"{own} → {other}",
            )
        yield from added_up(editor, statement)
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        start, end = editor.span(statement.targets[0])[1], editor.span(statement.value)[0]
        position = start + editor.text[start:end].index("=")
        for own in ("+=", "-="):
            yield Edit(position, position + 1, own, statement.lineno, "overwrite", 1.3, f"= → {own}")


def kept(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """What is computed and thrown away, set to or added to what stands first: `v - m * v`, or `w == w - step`."""
    node = thrown_away(editor, statement)
    if node is None:
        return
    other = node.comparators[0] if isinstance(node, ast.Compare) else node.right
    own = "==" if isinstance(node, ast.Compare) else editor.symbol(node.op)
    start, end = editor.span(node.left)[1], editor.span(other)[0]
    at = start + editor.text[start:end].index(own)
    for symbol in ("=",) if own == "==" else ("=", f"{own}="):
        yield Edit(at, at + len(own), symbol, statement.lineno, "thrown away", 0.2, f"{own} → {symbol}")


def moved(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The same statement elsewhere: later or earlier in its block, out of its loop, or gone."""
    parent = editor.parents.get(statement)
    block = editor.block_of(statement)
    if parent is None or not block or isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.Return):
        return
    place = block.index(statement)
    first, last = editor.whole_lines(statement)
    if first is None or last is None:
        return
    text = editor.text[first:last]
    for position, other in enumerate(block):
        if position == place or isinstance(other, ast.FunctionDef | ast.ClassDef | ast.Import):
            continue
        start, end = editor.whole_lines(other)
        if start is None or end is None:
            continue
        if position > place and not isinstance(other, ast.Return):
            yield Edit(
                first,
                end,
                editor.text[last:end] + text,
                statement.lineno,
                "order",
                1.6 + 0.04 * abs(position - place),
                f"after line {other.end_lineno}",
            )
        elif position < place:
            yield Edit(
                start,
                last,
                text + editor.text[start:first],
                statement.lineno,
                "order",
                1.9 + 0.04 * abs(position - place),
                f"before line {other.lineno}",
            )
    if isinstance(parent, ast.For | ast.While | ast.If) and not isinstance(statement, ast.For | ast.While):
        yield from out_of(editor, parent, statement, first, last, text)
    if isinstance(statement, ast.AugAssign | ast.Assign | ast.Expr) and len(block) > 1:
        # a line that makes a variable of itself is a step on the way, and can be one too many
        target = editor.segment(statement.targets[0]) if isinstance(statement, ast.Assign) else ""
        names = {
            n for n in ast.walk(statement) if isinstance(n, ast.expr) and isinstance(getattr(n, "ctx", None), ast.Load)
        }
        onward = any(editor.segment(name) == target for name in names)
        cost = 1.6 if onward or isinstance(statement, ast.AugAssign) else 2.3
        yield Edit(first, last, "", statement.lineno, "extra line", cost, "without this line")
    yield from into(editor, block, place, first, last, text, statement)


def out_of(editor: Editor, parent: Any, statement: ast.stmt, first: int, last: int, text: str) -> Iterator[Edit]:
    start, end = editor.whole_lines(parent)
    if start is None or end is None:
        return
    outer = shifted(text, statement, parent)
    rest = editor.text[start:first] + editor.text[last:end]
    if len(parent.body) > 1:
        # a line at an end of a loop that has nothing to do with its turns is one that was indented by mistake
        turns = set(counted_by(parent)) if isinstance(parent, ast.For) else set()
        slip = bool(turns) and turns.isdisjoint(n.id for n in ast.walk(statement) if isinstance(n, ast.Name))
        before, after = (1.1 if slip and parent.body[at] is statement else 1.7 for at in (0, -1))
        yield Edit(start, end, outer + rest, statement.lineno, "order", before, "before the loop")
        if not rest.endswith("\n"):
            rest += "\n"
        yield Edit(start, end, rest + outer, statement.lineno, "order", after, "after the loop")


def into(
    editor: Editor, block: list[ast.stmt], place: int, first: int, last: int, text: str, statement: ast.stmt
) -> Iterator[Edit]:
    """Into the next loop of the block, at its beginning: what must begin anew at every turn."""
    for other in block[place + 1 :]:
        if isinstance(other, ast.For | ast.While):
            start, _ = editor.whole_lines(other.body[0])
            if start is None:
                return
            deeper = editor.indent(other.body[0]).removeprefix(editor.indent(statement))
            inner = "".join(deeper + line if line.strip() else line for line in text.splitlines(keepends=True))
            yield Edit(
                first,
                start,
                editor.text[last:start] + inner,
                statement.lineno,
                "order",
                1.9,
                "at every turn of the loop",
            )
            yield Edit(start, start, inner, other.body[0].lineno, "reset", 2.0, "again at every turn of the loop")
            return
