"""What a comprehension goes through and does not read."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor

_COMPREHENSIONS = ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp


def left_out(editor: Editor, node: ast.AST) -> set[str]:
    """What the comprehension around an expression goes through and does not read."""
    while (above := editor.parents.get(node)) is not None and not isinstance(node, ast.stmt):
        node = above
        if isinstance(node, _COMPREHENSIONS):
            return _unread(node)
    return set()


def lines_that_leave_out(editor: Editor) -> set[int]:
    """The lines that make a list anew from itself and from others, element by element, and do not read what was in it:
    `sums = [new for old, new in zip(sums, found)]`."""
    found: set[int] = set()
    for statement in editor.nodes:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.ListComp):
            continue
        gone_through = {
            ast.unparse(part)
            for generator in statement.value.generators
            for part in ast.walk(generator.iter)
            if isinstance(part, ast.Name | ast.Attribute | ast.Subscript)
        }
        if _unread(statement.value) and any(ast.unparse(target) in gone_through for target in statement.targets):
            found.add(statement.lineno)
    return found


def with_what_is_left_out(editor: Editor, node: ast.expr) -> Iterator[Edit]:
    """What each turn of a comprehension gives, added to what it goes through and does not read."""
    above = editor.parents.get(node)
    if isinstance(above, ast.ListComp | ast.GeneratorExp) and above.elt is node:
        for name in sorted(left_out(editor, node)):
            yield editor.replace(node, f"{name} + {editor.segment(node)}", "missing term", 0.2)


def _unread(node: ast.AST) -> set[str]:
    named = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
    read = {one.id for one in named if isinstance(one.ctx, ast.Load)}
    return {one.id for one in named if isinstance(one.ctx, ast.Store) and one.id != "_"} - read
