"""What the forward pass computes, written where a prediction computes something else."""

import ast
from collections.abc import Collection, Iterator

from backproof.check.edits import Edit, Editor
from backproof.check.replay.values import Place, place_of

_DEPTH = 3  # names that are written out within each other
_LENGTH = 90  # characters of a text that is still read
_COST, _DEEPER = 0.9, 0.1  # less than those of an edit in part: what training computes is all right


def as_computed(editor: Editor, node: ast.expr, places: Collection[Place]) -> Iterator[Edit]:
    """An expression of the forward pass in the place of another network's: a call of what training calls, with its own
    values written out where the prediction does not know them.

    Args:
        node: what predicts otherwise.
        places: where the forward pass computes its outputs, and what they are made of.
    """
    statement = editor.statement_at(node.lineno)
    if statement is None:
        return
    scope, own = editor.scope(statement), editor.segment(node)
    computed = [
        n for n in editor.nodes if isinstance(n, ast.expr) and place_of(n) in places and n.lineno != node.lineno
    ]
    given: dict[str, ast.expr] = {}
    for value in computed:
        assigned = editor.parents.get(value)
        if isinstance(assigned, ast.Assign) and assigned.value is value and len(assigned.targets) == 1:
            given.setdefault(editor.segment(assigned.targets[0]), value)
    for value in computed:
        text, depth = _written_out(editor, scope, given, value) or (own, 0)
        if len(text) <= _LENGTH and text != own:
            plain = isinstance(value, ast.Call | ast.Subscript) or not editor.is_operand(node)
            yield editor.replace(node, text if plain else f"({text})", "unlike", _COST + _DEEPER * depth)


def _written_out(
    editor: Editor, scope: ast.AST, given: dict[str, ast.expr], value: ast.expr, depth: int = 0
) -> tuple[str, int] | None:
    """The text of an expression as a function can read it, with how deep it was written out; None if it cannot."""
    text, offset = editor.segment(value), editor.span(value)[0]
    callees = {node.func for node in ast.walk(value) if isinstance(node, ast.Call)}
    names = [n for n in ast.walk(value) if isinstance(n, ast.Name) and n not in callees]
    unknown = [n for n in names if not editor.has(scope, n.id)]
    if any(given.get(n.id) in (None, value) for n in unknown) or (unknown and depth == _DEPTH):
        return None
    deepest = depth
    for n in sorted(unknown, key=lambda n: -editor.span(n)[0]):
        start, end = (place - offset for place in editor.span(n))
        inner = _written_out(editor, scope, given, given[n.id], depth + 1)
        if inner is None:
            return None
        made, deep = inner
        deepest = max(deepest, deep)
        simple = isinstance(given[n.id], ast.Call | ast.Subscript | ast.Attribute) or isinstance(
            editor.parents.get(n), ast.Call
        )
        text = text[:start] + (made if simple else f"({made})") + text[end:]
    return text, deepest
