"""Arrays whose axes are in another order than is meant: one that is reshaped where it is to be transposed, or one of
more than two axes that is turned the wrong way."""

import ast
from collections.abc import Iterator
from itertools import permutations

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import name_of

_RESHAPED = 1.1
_TURNED_ROUND = 0.4  # how unlikely it is that a shape read the other way round is no transpose
_TURNED = 1.3
_MOST = 3  # axes, of which all orders are tried


def other_axes(editor: Editor, node: ast.expr) -> Iterator[Edit]:
    """The edits of an expression that gives an array its axes."""
    if isinstance(node, ast.Call) and name_of(node.func) == "reshape":
        yield from _transposed(editor, node)
    if isinstance(node, ast.Attribute) and node.attr == "T" and count_of_axes(editor, node.value) == _MOST:
        yield from _orders(editor, node, editor.atom(node.value), (2, 1, 0))
    if isinstance(node, ast.Call) and name_of(node.func) == "transpose":
        array, axes = _array_and_rest(node)
        order = tuple(n.value for n in axes if isinstance(n, ast.Constant) and isinstance(n.value, int))
        if array is not None and len(order) == len(axes) == _MOST:
            yield from _orders(editor, node, editor.atom(array), order)


def _transposed(editor: Editor, node: ast.Call) -> Iterator[Edit]:
    """An array of two axes that is read in another shape: its numbers stay in their order, and leave their places."""
    array, shape = _array_and_rest(node)
    # where a size is written as a number, 1 or -1, a row or a column is meant
    if array is not None and len(shape) == 2 and all(whole_number(size) is None for size in shape):
        cost = _TURNED_ROUND if _is_turned_round(shape) else _RESHAPED
        yield editor.replace(node, f"{editor.atom(array)}.T", "transpose", cost)


def lines_turned_round(editor: Editor) -> set[int]:
    """The lines that read an array in the shape that its transpose has."""
    calls = (node for node in editor.nodes if isinstance(node, ast.Call) and name_of(node.func) == "reshape")
    return {node.lineno for node in calls if _is_turned_round(_array_and_rest(node)[1])}


def _is_turned_round(shape: list[ast.expr]) -> bool:
    """Whether a shape is the second size of something and then the first."""
    parts = [size for size in shape if isinstance(size, ast.Subscript)]
    numbers = [part.slice.value for part in parts if isinstance(part.slice, ast.Constant)]
    return len(shape) == len(parts) and numbers == [1, 0] and len({ast.dump(part.value) for part in parts}) == 1


def _orders(editor: Editor, node: ast.expr, array: str, now: tuple[int, ...]) -> Iterator[Edit]:
    for order in permutations(range(_MOST)):
        if order not in (now, tuple(range(_MOST))):
            text = f"{array}.transpose({', '.join(map(str, order))})"
            yield editor.replace(node, text, "transpose", _TURNED)


def count_of_axes(editor: Editor, node: ast.expr) -> int:
    """How many axes an array has, as far as that is known."""
    if isinstance(node, ast.Call) and name_of(node.func) == "reshape":
        return len(_array_and_rest(node)[1])
    return len(editor.shapes.get(editor.segment(node), ()))


def swapped(node: ast.expr) -> ast.expr | None:
    """The array of more than two axes whose last two trade places in an expression; None if it is another one."""
    name = name_of(node.func) if isinstance(node, ast.Call) else ""
    if not isinstance(node, ast.Call) or name not in ("transpose", "swapaxes"):
        return None
    array, rest = _array_and_rest(node)
    order = [whole_number(axis) for axis in rest]
    count = len(order)
    if name == "swapaxes":
        return array if sorted(map(str, order)) == ["-1", "-2"] else None
    return array if count > 2 and order == [*range(count - 2), count - 1, count - 2] else None


def _array_and_rest(node: ast.Call) -> tuple[ast.expr | None, list[ast.expr]]:
    """What a function of an array is given, as `np.reshape(a, (2, 3))` or as `a.reshape(2, 3)`: the array, and what
    stands behind it, also within brackets."""
    of_module = isinstance(node.func, ast.Attribute) and name_of(node.func.value) in ("np", "numpy")
    if of_module:
        array, rest = (node.args[0], node.args[1:]) if node.args else (None, [])
    else:
        array, rest = node.func.value if isinstance(node.func, ast.Attribute) else None, node.args
    inner = rest[0] if len(rest) == 1 else None
    return array, list(inner.elts) if isinstance(inner, ast.Tuple | ast.List) else list(rest)


def whole_number(node: ast.expr) -> int | None:
    """The whole number that is written, with its sign, if it is one."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError):
        return None
    return value if isinstance(value, int) else None
