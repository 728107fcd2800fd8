"""Half of sigmoid's derivative: `error * a` for `error * a * (1 - a)`."""

import ast
from collections.abc import Iterator, Sequence

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.taken_twice import is_rest

_COST = 1.3


def other_half(editor: Editor, chain: Sequence[tuple[ast.expr, bool]]) -> Iterator[Edit]:
    """The half of sigmoid's derivative that a product may lack, in a file that has something like a sigmoid.

    Args:
        chain: the factors of the product, and whether each divides.
    """
    if "exp" not in editor.text and "sigm" not in editor.text.lower():
        return
    factors = [part for part, divides in chain if not divides]
    for part in factors:
        there = any(is_rest(other, part) for other in factors)
        if isinstance(part, ast.Name | ast.Attribute | ast.Subscript) and not there:
            text = editor.segment(part)
            yield editor.replace(part, f"{text} * (1 - {text})", "derivative", _COST)
