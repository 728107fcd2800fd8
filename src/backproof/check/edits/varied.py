"""What an edit does to the value of an expression, as text that can be evaluated where the expression stands."""

import ast
from typing import TypeGuard

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import target_of, units

Unit = ast.expr | ast.stmt
"""An expression whose value is varied, or a statement that changes what a variable holds."""


def varied(editor: Editor, statement: ast.stmt, edit: Edit) -> tuple[Unit, str] | None:
    """The expression (or the statement that writes in place) whose value an edit changes, and the text that gives the
    new value; None if that cannot be said where it stands, as when a statement is moved."""
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.expr):
        return None
    target = target_of(statement)
    if target is not None and not isinstance(target, ast.Tuple | ast.List):
        left, right = editor.segment(target), editor.segment(value)
        between = editor.span(target)[1] <= edit.start and edit.end <= editor.span(value)[0]
        whole = statement if isinstance(statement, ast.AugAssign) else value
        turns = isinstance(statement, ast.AugAssign) and {edit.text, f"{editor.symbol(statement.op)}="} == {"+=", "-="}
        if between and turns and isinstance(value, ast.BinOp | ast.Call):
            return value, f"-({right})"
        if between and writes_by_mask(statement) and edit.text in ("+=", "-="):
            return statement, _written(editor, statement, None, edit.text[0])
        if between:
            return whole, {"=": right, "+=": f"{left} + ({right})", "-=": f"{left} - ({right})"}.get(edit.text, "")
        if edit.kind == "extra line":
            return whole, left
        if writes_by_mask(statement):
            within = any(_is_within(editor, part, edit) for part in _parts(statement))
            return (statement, _written(editor, statement, edit)) if within else None
        if _scales(statement) and _is_within(editor, value, edit):
            return statement, f"{left} {editor.symbol(statement.op)} ({_edited(editor, value, edit)})"
    added = _added(editor, statement)
    if added is not None and edit.text in ("+", "-") and edit.end <= editor.span(added)[0]:
        return added, f"-({editor.segment(added)})"
    for unit in (added, *units(value, statement)):
        if unit is not None and _is_within(editor, unit, edit):
            return unit, _edited(editor, unit, edit)
    return None


def _scales(statement: ast.stmt) -> TypeGuard[ast.AugAssign]:
    """Whether a statement scales in place, by data perhaps: what is scaled goes on to the move then, and not they."""
    return isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Mult | ast.Div)


def _added(editor: Editor, statement: ast.stmt) -> ast.expr | None:
    """What a statement adds to what its variable holds, or to a share of that, as in `g = g + x * d` and in momentum's
    `v = beta * v + g`: each turn goes on from what the turns before it have made, which an edit changes, too."""
    target = target_of(statement)
    value = statement.value if isinstance(statement, ast.Assign) and target is not None else None
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add | ast.Sub):
        return None
    share = isinstance(value.left, ast.BinOp) and isinstance(value.left.op, ast.Mult)
    held = [value.left.left, value.left.right] if share and isinstance(value.left, ast.BinOp) else [value.left]
    carries = any(editor.segment(part) == editor.segment(target or value) for part in held)
    return value.right if carries and isinstance(value.right, ast.BinOp | ast.Call) else None


def own_text(editor: Editor, unit: Unit) -> str:
    """The text that gives the value that a unit has as it is."""
    if isinstance(unit, ast.AugAssign):
        return f"{editor.segment(unit.target)} {editor.symbol(unit.op)} ({editor.segment(unit.value)})"
    return editor.segment(unit) if isinstance(unit, ast.expr) else _written(editor, unit, None)


def writes_by_mask(statement: ast.stmt) -> bool:
    """Whether a statement writes something plain where a condition holds, as in `d[z <= 0] = 0`, or at one place of
    each row, as in `d[rows, labels] = 1`."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    target, plain = statement.targets[0], ast.Name | ast.Attribute | ast.Constant
    mask = isinstance(target, ast.Subscript) and isinstance(
        target.slice, ast.Compare | ast.Name | ast.UnaryOp | ast.Tuple
    )
    return mask and isinstance(statement.value, plain)


def _written(editor: Editor, statement: ast.stmt, edit: Edit | None, adding: str = "") -> str:
    """The text that gives what an array holds after it was written into, or after something was added there; the array
    itself stays as it is."""
    array, where, value = (_edited(editor, part, edit) for part in _parts(statement))
    value = f"kept[{where}] {adding} ({value})" if adding else value
    return f"(lambda kept: (kept.__setitem__(({where}), ({value})), kept)[1])(({array}).copy())"


def _parts(statement: ast.stmt) -> tuple[ast.expr, ast.expr, ast.expr]:
    """What is written into, where, and what."""
    target = target_of(statement)
    assert isinstance(statement, ast.Assign)
    assert isinstance(target, ast.Subscript)
    return target.value, target.slice, statement.value


def _is_within(editor: Editor, node: ast.expr, edit: Edit) -> bool:
    start, end = editor.span(node)
    return start <= edit.start and edit.end <= end


def _edited(editor: Editor, node: ast.expr, edit: Edit | None) -> str:
    """The text of an expression, with an edit if it is one of it."""
    if edit is None or not _is_within(editor, node, edit):
        return editor.segment(node)
    start, end = editor.span(node)
    return editor.text[start : edit.start] + edit.text + editor.text[edit.end : end]
