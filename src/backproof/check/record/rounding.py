"""Calls that round numbers to some digits: such a number has no gradient, and hides what it was made of."""

import ast
import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

ROUNDING = {"round", "around", "round_"}
_DIGITS = 2  # that are kept; a number that is rounded to fewer is counted, or told apart from others


def rounds(name: str, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> bool:
    """Whether an operation rounds its first argument to some digits."""
    if name not in ROUNDING:
        return False
    digits = arguments[1] if len(arguments) > 1 else keywords.get("decimals", keywords.get("ndigits"))
    return isinstance(digits, int) and digits >= _DIGITS


_FORM = re.compile(r"(?:%|\{(?:0?:)?|^)\.(\d+)[feg]?\}?")  # "%.3f", "{:.3f}" or, alone, ".3f"
_HELD = "_backproof_number"


def as_text(call: ast.Call) -> tuple[ast.expr, int, ast.Lambda] | None:
    """What a call rounds by writing it down and reading that again, as `float("%.3f" % x)` does: the number, the digits
    that are kept, and a function that does it; None if it does no such thing."""
    if not isinstance(call.func, ast.Name) or call.func.id != "float" or len(call.args) != 1 or call.keywords:
        return None
    made = copy.deepcopy(call)
    found = _written(made.args[0])
    if found is None or (form := _FORM.fullmatch(found[1])) is None or int(form[1]) < _DIGITS:
        return None
    number, _, put = found
    put(ast.Name(_HELD, ast.Load()))
    parameters = ast.arguments([], [ast.arg(_HELD)], None, [], [], None, [])
    return number, int(form[1]), ast.Lambda(parameters, made)


def _written(text: ast.expr) -> tuple[ast.expr, str, Callable[[ast.expr], None]] | None:
    """The number that a text is written from, how it is, and what puts another expression into its place."""
    match text:
        case ast.BinOp(ast.Constant(str(form)), ast.Mod(), ast.Tuple([number]) as several):
            return number, form, lambda new: several.elts.__setitem__(0, new)
        case ast.BinOp(ast.Constant(str(form)), ast.Mod(), number) if not isinstance(number, ast.Tuple | ast.Dict):
            return number, form, lambda new: setattr(text, "right", new)
        case ast.Call(ast.Attribute(ast.Constant(str(form)), "format"), [number], []):
            return number, form, lambda new: text.args.__setitem__(0, new)
        case ast.Call(ast.Name("format"), [number, ast.Constant(str(form))], []):
            return number, form, lambda new: text.args.__setitem__(0, new)
        case ast.JoinedStr([ast.FormattedValue(number, -1, ast.JoinedStr([ast.Constant(str(form))])) as part]):
            return number, form, lambda new: setattr(part, "value", new)
    return None
