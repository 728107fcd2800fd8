"""Lines that stand behind a loop and are meant to be its last ones: they read what the loop computes at each turn."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import names_in, target_of

_LAST = 0.7  # how unlikely it is that a line belongs into the loop before it which reads what that computes anew


def into_the_loop(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """A statement at the end of the loop before it, alone and with those behind it that belong there as well."""
    block = editor.block_of(statement)
    place = block.index(statement) if statement in block else 0
    loop = block[place - 1] if place else None
    if not isinstance(loop, ast.For | ast.While) or not _belongs(statement, loop):
        return
    rest = [*block[place:]]
    several = next((n for n, other in enumerate(rest) if not _belongs(other, loop)), len(rest))
    for count in dict.fromkeys((1, several)):
        first, last = editor.whole_lines(rest[0])[0], editor.whole_lines(rest[count - 1])[1]
        if first is None or last is None:
            return
        deeper = editor.indent(loop.body[-1]).removeprefix(editor.indent(statement))
        lines = editor.text[first:last].splitlines(keepends=True)
        inner = "".join(deeper + line if line.strip() else line for line in lines)
        yield Edit(first, last, inner, statement.lineno, "order", _LAST, "at every turn of the loop before it")


def _belongs(statement: ast.stmt, loop: ast.For | ast.While) -> bool:
    """Whether a line adds up, or makes anew, what it is itself made of and of what a loop computes at each turn."""
    if not isinstance(statement, ast.Assign | ast.AugAssign):
        return False
    target = target_of(statement)
    own = names_in(target) if target is not None else set[str]()
    onward = isinstance(statement, ast.AugAssign) or bool(own & names_in(statement.value))
    anew = {
        name.id
        for node in ast.walk(loop)
        if isinstance(node, ast.Assign) and node in loop.body
        for whole in node.targets
        for name in ast.walk(whole)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    read = {node.id for node in ast.walk(statement.value) if isinstance(node, ast.Name)}
    return onward and bool(read & (anew - own))
