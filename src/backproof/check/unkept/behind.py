"""Updates that stand behind the loop that they belong into: its turns all compute the same, and one step is taken."""

import ast
from dataclasses import dataclass

from backproof.check.edits import Editor
from backproof.check.edits.old_values import updated
from backproof.check.edits.tree import Loop, counted_by, whole_of


@dataclass(frozen=True)
class Behind:
    """What stands behind a loop: the updates, and these with all that is computed for them there."""

    loop: Loop
    updates: list[ast.stmt]
    lines: list[ast.stmt]


def updates_behind(editor: Editor) -> Behind | None:
    """The updates behind a loop of what its turns read and do not change, by what they compute; None if there are
    none."""
    for loop in editor.nodes:
        if not isinstance(loop, Loop) or not _repeats(editor, loop):
            continue
        block = editor.block_of(loop)
        made = {text for node in ast.walk(loop) if (text := _named(editor, node, ast.Store)) is not None}
        read = {text for node in ast.walk(loop) if (text := _named(editor, node, ast.Load)) is not None}
        updates: list[ast.stmt] = []
        lines: list[ast.stmt] = []
        further = set(made)  # what is computed from what the loop made, behind it
        for statement in block[block.index(loop) + 1 :]:
            if not isinstance(statement, ast.Assign | ast.AugAssign):
                continue
            if any(_named(editor, node, ast.Load) in further for node in ast.walk(statement.value)):
                lines.append(statement)
                if _is_moved(editor, statement, made, read):
                    updates.append(statement)
                else:
                    further |= {t for n in ast.walk(statement) if (t := _named(editor, n, ast.Store)) is not None}
        if updates:
            return Behind(loop, updates, lines[: lines.index(updates[-1]) + 1])
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
    """Whether a statement moves what a loop read and did not make."""
    target = updated(statement)
    if target is None or not editor.direction(statement):
        return False
    whole = editor.segment(whole_of(target))
    return whole in read and whole not in made


def moved_into(editor: Editor, found: Behind) -> str | None:
    """The file's text with what stands behind a loop as its last lines; None if these are not whole lines."""
    body, statements = found.loop.body, found.lines
    last = editor.whole_lines(body[-1])[1]
    spans = [editor.whole_lines(statement) for statement in statements]
    if last is None or any(start is None or end is None for start, end in spans):
        return None
    text, moved = editor.text, ""
    for (start, end), statement in sorted(zip(spans, statements, strict=True), key=lambda row: row[0], reverse=True):
        lines = editor.text[start:end].splitlines(keepends=True)
        deeper = editor.indent(body[-1]).removeprefix(editor.indent(statement))
        moved = "".join(deeper + line if line.strip() else line for line in lines) + moved
        text = text[:start] + text[end:]
    ended = "" if text[:last].endswith("\n") else "\n"
    return text[:last] + ended + moved + text[last:]
