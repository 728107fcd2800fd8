"""What a function's argument is called where the function is called from."""

import ast

from backproof.check.edits.tree import name_of
from backproof.check.record.trace import Trace
from backproof.check.replay.values import Reading


def text_of_caller(trace: Trace, reading: Reading, node: int, operand: ast.expr) -> str:
    """The text that stands, in the outermost call that hands it over, for what an operation reads by a name; the name
    itself where it is no argument of the operation's function."""
    site, path = trace.sites[node], trace.paths[node]
    text = reading.segment(site, operand)
    while isinstance(operand, ast.Name) and path > 0:
        function = reading.function(site)
        path, site = trace.call_paths[path]
        given = arguments(function, reading.expression(site)).get(operand.id)
        if given is None or _writes(function, operand.id):
            break
        operand, text = given, reading.segment(site, given)
    return text


def arguments(function: ast.AST | None, call: ast.AST | None) -> dict[str, ast.expr]:
    """What a call gives a function, by the names that the function has for it; empty if it calls another one."""
    if not isinstance(function, ast.FunctionDef) or not isinstance(call, ast.Call):
        return {}
    itself = function.name == "__call__"  # an object is called, by whatever name it has
    other = name_of(call.func) != function.name and not itself
    if other or any(isinstance(argument, ast.Starred) for argument in call.args):
        return {}
    names = [argument.arg for argument in function.args.args]
    names = names[1:] if names[:1] == ["self"] and (itself or isinstance(call.func, ast.Attribute)) else names
    return dict(zip(names, call.args, strict=False)) | {k.arg: k.value for k in call.keywords if k.arg}


def _writes(function: ast.AST | None, name: str) -> bool:
    """Whether a function gives one of its arguments another value."""
    nodes = ast.walk(function) if function is not None else ()
    return any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store) for n in nodes)
