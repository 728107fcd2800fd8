"""What a loop writes into one and the same place of a list, though it reads the list at each of its turns: the place
beside the turn is meant, `dA[l - 1] = …` in the place of `dA[-1] = …`."""

import ast
from collections.abc import Iterator

from backproof.check.edits.axes import whole_number
from backproof.check.edits.editor import Edit, Editor

_COST = 0.4


def lines_of_fixed_slots(editor: Editor) -> set[int]:
    """The lines of a file that do so."""
    return {node.lineno for node in editor.nodes if isinstance(node, ast.Assign) and any(at_each_turn(editor, node))}


def at_each_turn(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """An assignment to the places beside the turn that a loop has come to."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    for target in targets:
        if not isinstance(target, ast.Subscript) or type(whole_number(target.slice)) is not int:
            continue
        holder = editor.segment(target.value)
        for loop in editor.loops_around(statement):
            read = {
                editor.segment(node.slice)
                for node in ast.walk(loop)
                if isinstance(node, ast.Subscript)
                and isinstance(node.ctx, ast.Load)
                and editor.segment(node.value) == holder
            }
            for turn in [name for name in editor.turns(statement) if name in read]:
                for rank, text in enumerate((f"{turn} - 1", f"{turn} + 1", turn)):
                    yield editor.replace(target.slice, text, "index", _COST + 0.1 * rank)
