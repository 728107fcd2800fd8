"""An activation that is handed to the next layer, which reads what it was computed from."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import name_of, target_of

_COST = 0.3


def handed_over(editor: Editor, read: ast.expr, made: ast.stmt) -> Iterator[Edit]:
    """The edits by which a layer reads an activation.

    Args:
        read: the expression that reads what the activation is computed from.
        made: the statement of the same function that computes the activation.
    """
    names = list(_names(editor, read, made))
    for later, name in enumerate(dict.fromkeys(names)):
        yield editor.replace(read, name, "variable", _COST + 0.02 * later)
    target = target_of(made)
    if isinstance(read, ast.Name) and isinstance(target, ast.Name) and made.lineno > read.lineno:
        # what the next turn of a loop reads by this name
        _, end = editor.whole_lines(made)
        if end is not None:
            line = f"{editor.indent(made)}{read.id} = {target.id}\n"
            says = f"the next turn reads `{target.id}`"
            yield Edit(end, end, line, made.lineno, "missing line", _COST + 0.1, says)


def _names(editor: Editor, read: ast.expr, made: ast.stmt) -> Iterator[str]:
    """What the activation is called where it is read: the items of the list that it is kept in, or its own name."""
    target = target_of(made)
    holders: list[ast.Subscript] = [target] if isinstance(target, ast.Subscript) else []
    lists = [*_lists_of(editor, made)]
    if isinstance(target, ast.Name | ast.Attribute):
        name = editor.segment(target)
        for statement in ast.walk(editor.scope(made)):
            if isinstance(statement, ast.Assign) and editor.segment(statement.value) == name:
                holders += [kept for kept in statement.targets if isinstance(kept, ast.Subscript)]
            elif isinstance(statement, ast.Expr):
                lists += _lists_of(editor, statement, name)
    for each in lists:
        if isinstance(read, ast.Subscript):
            yield f"{each}[{editor.segment(read.slice)}]"
        yield f"{each}[-1]"
    for holder in holders:
        if isinstance(read, ast.Subscript):
            yield f"{editor.segment(holder.value)}[{_as_in(editor, read.slice, holder.slice)}]"
    if isinstance(target, ast.Name | ast.Attribute):
        yield editor.segment(target)


def _lists_of(editor: Editor, statement: ast.stmt, name: str | None = None) -> Iterator[str]:
    """The list that a statement appends to: something of that name, or anything at all."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and name_of(call.func) == "append"):
        return
    if name is None or any(editor.segment(one) == name for one in call.args):
        yield editor.segment(call.func.value)


def _as_in(editor: Editor, key: ast.expr, other: ast.expr) -> str:
    """A key with the letter of another one: `"A" + str(layer - 1)` for `"Z" + str(layer - 1)` where `"A" + str(layer)`
    is the other."""
    words, others = (
        [n for n in ast.walk(each) if isinstance(n, ast.Constant) and isinstance(n.value, str)] for each in (key, other)
    )
    text = editor.segment(key)
    if words and others and words[0].value != others[0].value:
        return text.replace(str(words[0].value), str(others[0].value), 1)
    return text
