"""The lines of a file that move the elements of arrays one by one: `w[0][1] = w[0][1] + rate * error * x[1]`."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from backproof.check.edits import Editor
from backproof.check.edits.old_values import updated

_SIGNS = {ast.Add: 1.0, ast.Sub: -1.0}

Indices = tuple[int, ...]


@dataclass(frozen=True)
class Line:
    """A line that moves one element: of which array, which element, and by what.

    Attributes:
        base: what stands where the element itself is meant, if it is written out.
        sign: whether what is added is added, 1, or subtracted, -1.
    """

    statement: ast.stmt
    target: ast.expr
    holder: str
    indices: Indices
    base: ast.expr | None
    moved_by: ast.expr
    sign: float


def lines_of(editor: Editor) -> Iterator[Line]:
    """The lines of a file that replace an element by itself, or by another one, plus or minus something."""
    for statement in (node for node in editor.nodes if isinstance(node, ast.Assign | ast.AugAssign)):
        target = updated(statement)
        holder, indices = _element(editor, target) if target is not None else ("", ())
        if target is None or not indices:
            continue
        base, step = None, statement.value
        if isinstance(statement, ast.AugAssign):
            sign = _SIGNS.get(type(statement.op), 0.0)
        else:
            sign = _SIGNS.get(type(step.op), 0.0) if isinstance(step, ast.BinOp) else 0.0
            base, step = (step.left, step.right) if isinstance(step, ast.BinOp) else (None, step)
        if sign and (base is None or _element(editor, base)[1]):
            yield Line(statement, target, holder, indices, base, step, sign)


def _element(editor: Editor, node: ast.expr) -> tuple[str, Indices]:
    """The array that an element is taken of by whole numbers, and which one it is: `w`, (0, 1) for `w[0][1]` and for
    `w[0, 1]`; nothing if it is no such element."""
    found: Indices = ()
    while isinstance(node, ast.Subscript):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        own = tuple(p.value for p in parts if isinstance(p, ast.Constant) and type(p.value) is int)
        if len(own) < len(parts):
            break
        found, node = (*own, *found), node.value
    return (editor.segment(node), found) if found else ("", ())


def each_for_its_own(lines: Sequence[Line], shapes: Mapping[str, tuple[int, ...]]) -> list[Line]:
    """The lines, each of an element of its own: where one element is moved twice and another one never, the second of
    the two lines is meant for that one."""
    found: list[Line] = []
    for line in lines:
        shape, taken = shapes.get(line.holder), [each.indices for each in found if each.holder == line.holder]
        own = [each.indices for each in lines if each.holder == line.holder]
        if shape is not None and line.indices in taken:
            free = [indices for indices in product(*map(range, shape)) if indices not in (*own, *taken)]
            found.append(replace(line, indices=free[0]) if free else line)
        else:
            found.append(line)
    return found


def element_of(editor: Editor, line: Line) -> str:
    """The element that a line is meant to move, as the line writes elements."""
    if _element(editor, line.target)[1] == line.indices:
        return editor.segment(line.target)
    behind = editor.segment(line.target).removeprefix(line.holder)
    numbers = iter(line.indices)
    return line.holder + re.sub(r"\d+", lambda _: str(next(numbers)), behind)
