"""An output whose error is the derivative through its activation already: that of cross-entropy by what goes into
softmax is `p - t`, and softmax's own slope comes on top of it. It is 1, then."""

import ast
import re
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor

_DERIVES = re.compile(r"deriv|prime|grad|slope|diff|^d_?", re.IGNORECASE)
_OUTPUT = re.compile(r"soft_?max|sigmoid|logistic", re.IGNORECASE)
_COST = 1.2


def slope_of_one(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The slope of an output's activation as 1 everywhere, in the function that gives it."""
    function = editor.scope(statement)
    if not isinstance(statement, ast.Return) or statement.value is None or not isinstance(function, ast.FunctionDef):
        return
    given = [argument.arg for argument in function.args.args if argument.arg not in ("self", "cls")]
    if given and _DERIVES.search(function.name) and is_of_output(editor, statement):
        yield editor.replace(statement.value, f"np.ones_like({given[0]})", "derivative", _COST)


def is_of_output(editor: Editor, node: ast.AST) -> bool:
    """Whether something is computed in a function of an output's activation, by its name or by that of its class: what
    such an activation gives is always above zero."""
    function = editor.scope(node)
    if not isinstance(function, ast.FunctionDef):
        return False
    holder = editor.holder(function)
    return bool(_OUTPUT.search(f"{function.name} {holder.name if isinstance(holder, ast.ClassDef) else ''}"))
