"""Whole objects kept as they were: a list of layers or neurons of which a step moves the weights one after the other,
while it still reads those that it has moved."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.kept_before import is_set_between, parameters_within
from backproof.check.edits.kept_together import places_before
from backproof.check.edits.old_values import free_name
from backproof.check.edits.tree import whole_of

_COST = 1.95  # right behind a copy of the weights alone, which objects without weights have not


def kept_objects(editor: Editor, reads: Sequence[ast.expr], moves: Sequence[ast.stmt]) -> Iterator[Edit]:
    """The edits by which several expressions read objects that were copied before a step moved what they hold.

    Args:
        editor: the file, read for editing.
        reads: the expressions that read a parameter too early, or are made of one.
        moves: the statements that move what they read, in the order of their lines; those of the same file.
    """
    holders: dict[str, dict[ast.expr, int]] = defaultdict(dict)  # with the line that reads it
    for read in reads:
        for node in parameters_within(read):
            if (holder := _holder(node)) is not None:
                holders[editor.segment(holder)].setdefault(holder, read.lineno)
    imported, copied = _deep_copy(editor)
    for text, bases in holders.items():
        if len({editor.scope(base) for base in bases}) > 1:
            continue
        name = free_name(editor, text)
        for rank, place in enumerate(places_before(editor, [*bases], moves, text)):
            if any(is_set_between(editor, place, base) for base in bases):
                continue
            begin = editor.starts[place.lineno - 1]
            line = f"{editor.indent(place)}{name} = {copied}({text})\n"
            places = [*imported, (begin, begin, line), *((*editor.span(base), name) for base in bases)]
            says = f"`{text}` is meant as it was before line {place.lineno}"
            yield editor.at_places(places, min(bases.values()), "old value", _COST + 0.05 * rank, says)


def _holder(node: ast.expr) -> ast.expr | None:
    """What holds the object whose parameter is read: `self.layers` for `self.layers[k + 1].w[j]`."""
    node = whole_of(node)
    while isinstance(node, ast.Attribute):
        whole = whole_of(node.value)
        if whole is not node.value:
            return whole if isinstance(whole, ast.Name | ast.Attribute) else None
        node = node.value
    return None


def _deep_copy(editor: Editor) -> tuple[list[tuple[int, int, str]], str]:
    """What copies objects with all that they hold: the line that has to be written for it, if any, and its name."""
    for node in editor.tree.body:
        names = node.names if isinstance(node, ast.Import | ast.ImportFrom) else []
        for alias in names:
            if isinstance(node, ast.Import) and alias.name == "copy":
                return [], f"{alias.asname or alias.name}.deepcopy"
            if isinstance(node, ast.ImportFrom) and node.module == "copy" and alias.name == "deepcopy":
                return [], alias.asname or alias.name
    plain = (node for node in editor.tree.body if not _stands_first(node))
    first = next((node.lineno for node in plain), 1)
    start = editor.starts[first - 1]
    return [(start, start, "import copy\n")], "copy.deepcopy"


def _stands_first(node: ast.stmt) -> bool:
    """Whether nothing may be imported before it: the file's own description, and what it takes from the future."""
    described = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return described or (isinstance(node, ast.ImportFrom) and node.module == "__future__")
