"""Updates that stand behind the loop that they belong into: its turns all compute the same, and one step is taken."""

import ast

from backproof.check.edits import Editor
from backproof.check.edits.old_values import updated
from backproof.check.edits.tree import Loop, counted_by, whole_of


def updates_behind(editor: Editor) -> tuple[Loop, list[ast.stmt]] | None:
    """A loop, and the updates behind it of what its turns read and do not change, by what they compute; None if there
    is none."""
    for loop in ast.walk(editor.tree):
        if not isinstance(loop, Loop) or not _repeats(editor, loop):
            continue
        block = editor.block_of(loop)
        made = {text for node in ast.walk(loop) if (text := _named(editor, node, ast.Store)) is not None}
        read = {text for node in ast.walk(loop) if (text := _named(editor, node, ast.Load)) is not None}
        found = [s for s in block[block.index(loop) + 1 :] if _is_moved(editor, s, made, read)]
        if found:
            return loop, found
    return None


def _repeats(editor: Editor, loop: Loop) -> bool:
    """Whether the turns of a loop all compute the same: nothing depends on which one it is but what is shown, and
    nothing is added up."""
    turn = set(counted_by(loop))
    for statement in loop.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.AugAssign) and isinstance(loop, ast.For):
                return False
            asked = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in turn
            if asked and not _is_shown(editor, node):
                return False
    return isinstance(loop, ast.For) or not any(isinstance(n, ast.Break) for n in ast.walk(loop))


def _is_shown(editor: Editor, node: ast.AST) -> bool:
    """Whether a value is only printed, or asked whether something is to be."""
    while (above := editor.parents.get(node)) is not None and not isinstance(node, ast.stmt):
        if isinstance(above, ast.If) and node is above.test:
            return True
        if isinstance(above, ast.Call) and isinstance(above.func, ast.Name) and above.func.id == "print":
            return True
        node = above
    return False


def _named(editor: Editor, node: ast.AST, context: type[ast.expr_context]) -> str | None:
    """A variable, or an object's own, where it is read or written."""
    known = isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, context)
    return editor.segment(node) if known else None


def _is_moved(editor: Editor, statement: ast.stmt, made: set[str], read: set[str]) -> bool:
    """Whether a statement adds something that a loop made to what the loop read and did not make."""
    target = updated(statement)
    if target is None or not editor.direction(statement):
        return False
    assert isinstance(statement, ast.Assign | ast.AugAssign)
    whole = editor.segment(whole_of(target))
    of_loop = any(_named(editor, node, ast.Load) in made for node in ast.walk(statement.value))
    return of_loop and whole in read and whole not in made


def moved_into(editor: Editor, loop: Loop, statements: list[ast.stmt]) -> str | None:
    """The file's text with some statements as the last ones of a loop; None if they do not have their lines alone."""
    indent = " " * loop.body[-1].col_offset
    last = editor.whole_lines(loop.body[-1])[1]
    spans = [editor.whole_lines(statement) for statement in statements]
    if last is None or any(start is None or end is None for start, end in spans):
        return None
    text, moved = editor.text, ""
    for (start, end), statement in sorted(zip(spans, statements, strict=True), key=lambda row: row[0], reverse=True):
        lines = editor.text[start:end].splitlines(keepends=True)
        extra = len(indent) - statement.col_offset
        moved = "".join(" " * extra + line if line.strip() else line for line in lines) + moved
        text = text[:start] + text[end:]
    ended = "" if text[:last].endswith("\n") else "\n"
    return text[:last] + ended + moved + text[last:]
