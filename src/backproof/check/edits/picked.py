"""An element or a row of an array that is picked where another one is meant: one for the sum of all, or, at the first
turn of a loop, the last one for what was before the first."""

import ast
from collections.abc import Iterator

from backproof.check.edits.axes import whole_number
from backproof.check.edits.editor import Edit, Editor

_ALL, _ALONG = 1.5, 1.6  # a single number for the sum of all, a row for the sum of all rows
_ONE_OF_A_LIST = 2.4  # where it may as well be an item of a list, or of a tuple
_BEFORE = 1.1


def other_pick(editor: Editor, node: ast.Subscript, statement: ast.stmt) -> Iterator[Edit]:
    """The sum of what an element, or a row, is picked of; and nothing in the place of what a loop finds before its
    first turn, which is the last element."""
    if isinstance(node.ctx, ast.Load):
        yield from _summed(editor, node)
        yield from _before_the_first(editor, node, statement)


def _summed(editor: Editor, node: ast.Subscript) -> Iterator[Edit]:
    above = editor.parents.get(node)
    if whole_number(node.slice) is None or (isinstance(above, ast.Subscript) and above.value is node):
        return
    inner = node.value
    picked_twice = isinstance(inner, ast.Subscript) and whole_number(inner.slice) is not None
    while isinstance(inner, ast.Subscript) and whole_number(inner.slice) is not None:
        inner = inner.value
    if isinstance(inner, ast.Attribute) and inner.attr == "shape":
        return
    every = editor.segment(inner)
    if picked_twice:
        yield editor.replace(node, f"np.sum({every})", "picked", _ALL)
        yield editor.replace(node, f"np.mean({every})", "picked", _ALL + 0.1)
    yield editor.replace(node, f"{editor.segment(node.value)}.sum()", "picked", _ONE_OF_A_LIST)
    rows = len(editor.shapes.get(every, ())) == 2
    if rows and not picked_twice:
        for made in ("{}.sum(axis=0)", "{}.sum(axis=0, keepdims=True)", "{}.mean(axis=0)"):
            yield editor.replace(node, made.format(every), "picked", _ALONG)


def _before_the_first(editor: Editor, node: ast.Subscript, statement: ast.stmt) -> Iterator[Edit]:
    """`h[t - 1]` is h[-1] at t = 0, which Python reads as the last element."""
    place = node.slice
    if not isinstance(place, ast.BinOp) or not isinstance(place.op, ast.Sub) or not isinstance(place.left, ast.Name):
        return
    turn, back = place.left.id, whole_number(place.right)
    if back is None or back < 1 or turn not in editor.turns(statement):
        return
    own, holder = editor.segment(node), editor.segment(node.value)
    there = f"{turn} > 0" if back == 1 else f"{turn} >= {back}"
    text = f"({own} if {there} else np.zeros_like({holder}[{turn}]))"
    yield editor.replace(node, text, "before the first", _BEFORE)
