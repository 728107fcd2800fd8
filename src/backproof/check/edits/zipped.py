"""Lists that a loop goes through together, of which one is an element and the others are parts."""

import ast
from collections.abc import Iterable, Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import name_of

ZIPPED = 0.3  # hardly anything else is meant


def lines_that_zip_an_element(editor: Editor) -> set[int]:
    """The lines that go through parts of lists together with an element of one, as `zip(weights[:-1], biases[-1])`."""
    return {element.lineno for element, _ in _elements(editor, editor.nodes)}


def zipped_alike(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The part that the others are, in the place of an element."""
    for element, part in _elements(editor, editor.own_expressions(statement)):
        yield editor.replace(element.slice, editor.segment(part.slice), "unlike", ZIPPED)


def _elements(editor: Editor, nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.Subscript, ast.Subscript]]:
    """The elements that are zipped with parts, each with such a part whose bound is the element's index."""
    for call in nodes:
        if not isinstance(call, ast.Call) or name_of(call.func) != "zip":
            continue
        items = [item for item in call.args if isinstance(item, ast.Subscript)]
        parts = [item for item in items if isinstance(item.slice, ast.Slice)]
        for element in items:
            index = editor.segment(element.slice)
            alike = (part for part in parts if index in _bounds(editor, part))
            if not isinstance(element.slice, ast.Slice) and (part := next(alike, None)) is not None:
                yield element, part


def _bounds(editor: Editor, part: ast.Subscript) -> list[str]:
    """Where a part begins and ends, as it is written."""
    assert isinstance(part.slice, ast.Slice)
    return [editor.segment(bound) for bound in (part.slice.lower, part.slice.upper) if bound is not None]
