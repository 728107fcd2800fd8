"""Evaluates a formula in two independent ways: its tree, and its text in plain characters as Python would."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from scipy.special import erf

from backproof.lesson.formulas.expression import Expression, Letter, Number, Operation

FUNCTIONS: dict[str, Callable[..., float]] = {
    "ln": math.log,
    "max": max,
    "min": min,
    "tanh": math.tanh,
    "cos": math.cos,
    "erf": lambda value: float(erf(value)),
    "sign": lambda value: float((value > 0) - (value < 0)),
    "clip": lambda value, low, high: min(max(value, low), high),
}
SUPERSCRIPT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def evaluate(expression: Expression) -> float:
    """The number that a formula of numbers stands for."""
    match expression:
        case Number(value):
            return value
        case Letter("e"):
            return math.e
        case Operation(kind="cases", parts=(condition, yes, no)):
            return evaluate(yes) if evaluate(condition) else evaluate(no)
        case Operation(kind="elided", parts=(_, Number(rest))):
            return rest
        case Operation(kind="function", parts=parts, label="max"):
            shown = [part for part in parts if not (isinstance(part, Operation) and part.kind == "elided")]
            return max(map(evaluate, shown))
        case Operation(kind="power", parts=(Letter("e"), exponent)):
            return math.exp(min(evaluate(exponent), 700.0))
        case Operation(kind=kind, parts=parts, label=label):
            return _operate(kind, [evaluate(part) for part in parts], label)
    raise NotImplementedError(expression)


def _operate(kind: str, parts: list[float], label: str) -> float:
    match kind:
        case "sum":
            return math.fsum(parts)
        case "negative":
            return -parts[0]
        case "times":
            return math.prod(parts)
        case "fraction":
            return parts[0] / parts[1]
        case "power":
            return float(parts[0] ** parts[1])
        case "root":
            return math.sqrt(parts[0])
        case "absolute":
            return abs(parts[0])
        case "floor":
            return math.floor(parts[0])
        case "function" if label == "ln" and parts[0] <= 0:
            return -math.inf
        case "function":
            return FUNCTIONS[label](*parts)
        case "truth":
            left, right = parts
            return float({">": left > right, "≥": left >= right, "=": left == right}[label])
    raise NotImplementedError(kind)


def evaluate_text(text: str) -> float:
    """The number that a formula in plain characters stands for, read as Python reads it."""
    code = re.sub(r"×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda match: f"e{match[1].translate(SUPERSCRIPT)}", text)
    code = code.replace("−", "-").replace("·", "*").replace("^", "**").replace("√", "sqrt")
    code = re.sub(r"\(\d+ more: ([^)]*)\)", r"(\1)", code)
    names = {**FUNCTIONS, "sqrt": math.sqrt, "e": math.e}
    return float(eval(code, {"__builtins__": {}}, names))
