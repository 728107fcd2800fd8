"""Arguments that are handed over twice, where the parameter that gets one of them bears the name of another variable:
`forward(w1, b1, w2, b1)` of `def forward(w1, b1, w2, b2)`."""

import ast
from collections.abc import Iterator

from backproof.check.edits.editor import Edit, Editor
from backproof.check.edits.tree import name_of

_SLIP = 0.3  # how unlikely it is that the variable is meant which bears the parameter's name, and is left out
_SAYS = "`{}` is handed over twice, and `{}` not at all"


def handed_twice(editor: Editor, statement: ast.stmt) -> Iterator[Edit]:
    """The variable of a parameter's name in the place of the one that the same call has already handed over."""
    scope = editor.scope(statement)
    for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
        given = [each.id if isinstance(each, ast.Name) else "" for each in call.args]
        named = [name for name in given if name]
        if len({*named}) == len(named) or any(isinstance(each, ast.Starred) for each in call.args):
            continue
        called = name_of(call.func)
        defined = [node for node in editor.nodes if isinstance(node, ast.FunctionDef) and node.name == called]
        if not defined:
            continue
        parameters = [each.arg for each in defined[-1].args.args]
        bound = parameters[:1] == ["self"] and isinstance(call.func, ast.Attribute)
        for name, parameter, argument in zip(given, parameters[bound:], call.args, strict=False):
            left_out = parameter not in given and editor.has(scope, parameter)
            if name and given.count(name) > 1 and name != parameter and name in parameters and left_out:
                yield editor.replace(argument, parameter, "argument", _SLIP, _SAYS.format(name, parameter))
