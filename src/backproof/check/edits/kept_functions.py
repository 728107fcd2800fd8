"""The functions that an object keeps, or that a function is given: one of them called in the place of another, as an
activation is in the place of its derivative."""

import ast
import difflib
from collections.abc import Iterator

from backproof.check.edits.editor import Editor
from backproof.check.edits.tree import name_of

_UNREAD = 0.4  # how unlikely it is that one is meant which nothing reads, and is named after the other, and
_OTHER = 1.2  # one that is called elsewhere


def called_instead(editor: Editor, node: ast.Call) -> Iterator[tuple[str, float]]:
    """The names of the functions that may be meant where one is called which an object keeps or a function is given:
    what the same object keeps, or the same function is given, each with how unlikely it is."""
    own = name_of(node.func)
    if own in editor.functions:
        return
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        others = _kept(editor, node) if node.func.value.id == "self" else {}
    else:
        others = _given(editor, node) if isinstance(node.func, ast.Name) else {}
    for other, (called, unread) in others.items() if own in others else ():
        named_after = own.lower() in other.lower()
        if other != own and (called or (unread and named_after)):
            likeness = difflib.SequenceMatcher(None, own, other).ratio()
            yield other, (_OTHER if called else _UNREAD) + (1 - likeness)


def _kept(editor: Editor, node: ast.Call) -> dict[str, tuple[bool, bool]]:
    """What an object is given and keeps: whether each is called, and whether nothing reads it."""
    holder = editor.holder(editor.scope(node))
    found: dict[str, tuple[bool, bool]] = {}
    for other in ast.walk(holder) if holder is not None else ():
        if isinstance(other, ast.Assign) and isinstance(other.value, ast.Name | ast.Lambda):
            for target in other.targets:
                if isinstance(target, ast.Attribute) and name_of(target.value) == "self":
                    reads = [n for n in editor.nodes if isinstance(n, ast.Attribute) and n.attr == target.attr]
                    reads = [n for n in reads if isinstance(n.ctx, ast.Load)]
                    found[target.attr] = _is_called(editor, reads), not reads
    return found


def _given(editor: Editor, node: ast.Call) -> dict[str, tuple[bool, bool]]:
    """What a function is given: whether each is called, and whether nothing reads it."""
    scope = editor.scope(node)
    found: dict[str, tuple[bool, bool]] = {}
    for argument in scope.args.args if isinstance(scope, ast.FunctionDef) else ():
        reads = [n for n in ast.walk(scope) if isinstance(n, ast.Name) and n.id == argument.arg]
        found[argument.arg] = _is_called(editor, reads), not reads
    return found


def _is_called(editor: Editor, reads: list[ast.Attribute] | list[ast.Name]) -> bool:
    return any(isinstance(above := editor.parents.get(n), ast.Call) and above.func is n for n in reads)
