"""The step count of an optimizer that corrects for its beginning, as Adam does: it grows once a step, for all that the
step moves."""

import ast
import re
from collections.abc import Iterator
from itertools import islice

from backproof.check.edits.axes import whole_number
from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import first_of, name_of, target_of

_COST = 1.0
_OWN = 0.1  # how much likelier one count for all is meant than one for each object


def counted_once(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The edits by which a count that a method advances grows once a step: in the method that reads it, where it grows
    in another one; before the calls of the method, where these are several; or kept by each object that is moved."""
    function, target = editor.scope(statement), target_of(statement)
    if not isinstance(function, ast.FunctionDef) or target is None or not _counts(editor, statement, target):
        return
    text = editor.segment(target)
    readers = [method for method in _methods(editor, function) if _corrects_by(editor, method, text)]
    if function not in readers:
        for reader in readers[:1]:
            for first in first_of(reader):
                yield from _moved(editor, statement, first, editor.segment(statement))
        return
    owner, _, count = text.rpartition(".")
    if owner != "self":
        return
    for holder, before in islice(_calls(editor, function.name), 1):
        yield from _moved(editor, statement, before, f"{editor.segment(holder)}.{count} += 1")
    yield from _kept_by_each(editor, statement, function, text, count)


def _counts(editor: Editor, statement: ast.stmt, target: ast.expr) -> bool:
    """Whether a statement adds one to an attribute."""
    if not isinstance(target, ast.Attribute):
        return False
    if isinstance(statement, ast.AugAssign):
        return isinstance(statement.op, ast.Add) and whole_number(statement.value) == 1
    value = statement.value if isinstance(statement, ast.Assign) else None
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add):
        return False
    return editor.segment(value.left) == editor.segment(target) and whole_number(value.right) == 1


def _methods(editor: Editor, function: ast.FunctionDef) -> list[ast.FunctionDef]:
    """The functions of the class that a method is of; of no class, itself."""
    holder = editor.holder(function)
    body = holder.body if isinstance(holder, ast.ClassDef) else [function]
    return [node for node in body if isinstance(node, ast.FunctionDef)]


def _corrects_by(editor: Editor, function: ast.FunctionDef, text: str) -> bool:
    """Whether something is raised to the power of a count."""
    powers = (node for node in ast.walk(function) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow))
    return any(editor.segment(part) == text for power in powers for part in ast.walk(power.right))


def _calls(editor: Editor, method: str) -> Iterator[tuple[ast.expr, ast.stmt]]:
    """Whose method is called, with the statement before which none of its calls in a step has begun."""
    for node in editor.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and name_of(node.func) == method:
            statement = editor.statement_at(node.lineno)
            if statement is None:
                continue
            block = editor.block_of(statement)
            alike = [
                s for s in block if any(isinstance(n, ast.Call) and name_of(n.func) == method for n in ast.walk(s))
            ]
            loops = list(editor.loops_around(statement))
            yield node.func.value, alike[0] if len(alike) > 1 or not loops else loops[0]


def _moved(editor: Editor, statement: ast.stmt, before: ast.stmt, line: str) -> Iterator[Edit]:
    """A count that grows before another statement instead."""
    (start, end), (begin, _) = editor.whole_lines(statement), editor.whole_lines(before)
    if start is None or begin is None or end is None:
        return
    places = [(start, end, ""), (begin, begin, f"{editor.indent(before)}{line}\n")]
    says = f"it belongs before line {before.lineno}"
    yield editor.at_places(places, statement.lineno, "step count", _COST, says)


def _kept_by_each(
    editor: Editor, statement: ast.stmt, function: ast.FunctionDef, text: str, count: str
) -> Iterator[Edit]:
    """A count that each object keeps by itself, beside what an optimizer keeps of it."""
    given = {argument.arg for argument in function.args.args[1:]}
    kept = [
        node.value.id
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name)
    ]
    for name in dict.fromkeys(each for each in kept if each in given):
        own = f"{name}.{count}"
        first, last = editor.span(function)
        start, end = editor.span(statement)
        counting = f'{own} = getattr({name}, "{count}", 0) + 1'
        whole = re.compile(rf"(?<![\w.]){re.escape(text)}\b")
        ahead, behind = (whole.sub(own, part) for part in (editor.text[first:start], editor.text[end:last]))
        says = f"each {name} has to count its own steps"
        yield Edit(first, last, ahead + counting + behind, statement.lineno, "step count", _COST + _OWN, says)
