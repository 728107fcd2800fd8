"""An output whose error is the derivative through its activation already: that of cross-entropy by what goes into
softmax is `p - t`, and softmax's own slope comes on top of it. It is 1, then."""

import ast
import re
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.slopes import is_of_output

_DERIVES = re.compile(r"deriv|prime|grad|slope|diff|^d", re.IGNORECASE)
_COST = 1.2


def slope_of_one(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The slope of an output's activation as 1 everywhere, in the function that gives it."""
    function = editor.scope(statement)
    if not isinstance(statement, ast.Return) or statement.value is None or not isinstance(function, ast.FunctionDef):
        return
    given = [argument.arg for argument in function.args.args if argument.arg not in ("self", "cls")]
    if given and _DERIVES.search(function.name) and is_of_output(editor, statement):
        yield editor.replace(statement.value, f"np.ones_like({given[0]})", "derivative", _COST)
