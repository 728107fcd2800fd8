"""Which names have a value where a statement stands: what edits may put there."""

import ast

from backproof.check.edits import Editor, edits_of
from backproof.check.edits.visible import visible

_TEXT = """import numpy as np
from data import targets
rate = 0.1
class Net:
    kept = 2
    def __init__(self, size):
        self.w = np.ones(size)
    @staticmethod
    def slope(a):
        return a * (1 - a)
    def step(self, x, *more, scale=1):
        def inner(t):
            return t * x
        squares = [i * i for i in x]
        for row in x:
            d = self.slope(row)
            self.w = self.w - rate * d
def outer():
    global counted
    counted = 3
    held = 4
"""


def _names(function: str) -> set[str]:
    editor = Editor(_TEXT)
    scopes = (n for n in editor.nodes if isinstance(n, ast.FunctionDef) and n.name == function)
    return visible(editor, next(scopes))


def test_a_function_sees_its_own_names_and_those_around_it() -> None:
    module = {"rate", "targets", "Net", "counted"}
    assert _names("slope") == {"a"} | module
    assert _names("step") == {"self", "x", "more", "scale", "squares", "i", "row", "d"} | module
    assert _names("inner") == {"t"} | _names("step")
    assert visible(Editor(_TEXT), Editor(_TEXT).tree) == module


def test_no_edit_reads_what_stands_in_another_function() -> None:
    editor = Editor(_TEXT)
    statement = editor.statement_at(10)
    assert statement is not None
    made = [edit.text for edit in edits_of(editor, statement)]
    assert made
    assert not [text for text in made if any(word in text for word in ("self", "held", "staticmethod", "row"))]


def test_what_is_imported_as_it_is_may_have_any_name() -> None:
    editor = Editor("from data import *\nw = x * 2\ndef read():\n    return y\n")
    assert editor.has(editor.tree, "whatever")
