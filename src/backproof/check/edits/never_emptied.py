"""Lists that every forward pass adds to, and that nothing empties: the backward pass reads what the first one kept."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor

_COST = 0.3


def lines_never_emptied(editor: Editor) -> set[int]:
    """The lines that add to a list that is begun in another function, read by its places, and never emptied."""
    statements = (node for node in editor.nodes if isinstance(node, ast.Expr))
    return {statement.lineno for statement in statements if any(emptied_first(editor, statement))}


def emptied_first(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The list that a statement adds to emptied at the beginning of the function that does so."""
    name = _appended(editor, statement)
    function = _function_around(editor, statement)
    if name is None or function is None or not _is_read_by_place(editor, name):
        return
    begun = [node for node in editor.nodes if _empties(editor, node, name)]
    if len(begun) != 1 or _function_around(editor, begun[0]) is function:
        return
    outermost = next(each for each in function.body if each.lineno <= statement.lineno <= (each.end_lineno or 0))
    begin, _ = editor.whole_lines(outermost)
    if begin is None:
        begin = editor.starts[outermost.lineno - 1]
    indent = editor.text[begin : editor.span(outermost)[0]]
    if not indent.strip():
        says = f"{name} is never emptied, so that what is read of it is of the first time"
        yield Edit(begin, begin, f"{indent}{name} = []\n", statement.lineno, "never emptied", _COST, says)


def _appended(editor: Editor, statement: ast.stmt) -> str | None:
    """The list that a statement adds something to, if it is an attribute: the function could not see a new name."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "append":
        return None
    return editor.segment(call.func.value) if isinstance(call.func.value, ast.Attribute) else None


def _function_around(editor: Editor, node: ast.AST) -> ast.FunctionDef | None:
    while (above := editor.parents.get(node)) is not None:
        if isinstance(above, ast.FunctionDef):
            return above
        node = above
    return None


def _is_read_by_place(editor: Editor, name: str) -> bool:
    """Whether an element of a list is read, and not only its last one."""
    for node in editor.nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and editor.segment(node.value) == name:
            last = isinstance(node.slice, ast.UnaryOp) and isinstance(node.slice.op, ast.USub)
            if not last:
                return True
    return False


def _empties(editor: Editor, node: ast.AST, name: str) -> bool:
    """Whether a statement makes a list new, or takes something out of it."""
    if isinstance(node, ast.Assign):
        return any(editor.segment(target) == name for target in node.targets)
    taken = ("clear", "pop", "popleft", "remove")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in taken:
        return editor.segment(node.func.value) == name
    return isinstance(node, ast.Delete) and any(editor.segment(target).startswith(name) for target in node.targets)
