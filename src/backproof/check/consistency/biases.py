"""Which numbers are biases: what is added to a weighted sum, and what it is called."""

import ast
import re

import numpy as np

from backproof.check.edits import Editor
from backproof.check.record.memory import Ref
from backproof.check.record.trace import PRODUCTS
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading

_BIAS = re.compile(r"b|bias(es)?|b_?[0-9ioh]{1,2}|bias_?\w*|\w+_bias|b_\w+|intercept_?", re.IGNORECASE)
_THRESHOLD = re.compile(r"thresholds?|thetas?", re.IGNORECASE)  # what is taken away by another name may be a target
_TERMS = 4  # of a sum


def is_plain_bias(frame: Frame, operation: str, operand: ast.expr, value: object, other: object) -> bool:
    """Whether a bare number is added to a weighted sum under the name of a bias: nothing ever changed it."""
    number = operation == "add" and isinstance(value, int | float) and not isinstance(value, bool)
    return number and isinstance(other, Ref) and _is_called(_BIAS, operand) and holds_product(frame, int(other))


def is_made_as_bias(frame: Frame, operand: ast.expr, node: int, other: object) -> bool:
    """Whether a value is added to a weighted sum under the name of a bias: a number for each unit, always the same one,
    or a single number that was computed."""
    value = frame.trace.values[node]
    if not isinstance(other, Ref) or not _is_called(_BIAS, operand):
        return False
    if isinstance(value, float):
        return frame.trace.operations[node] != "leaf" and holds_product(frame, int(other))
    if not isinstance(value, np.ndarray) or frame.trace.operations[int(other)] not in PRODUCTS:
        return False
    units = value.size > 1 and value.size in frame.trace.shape(int(other)) and value.size == max(value.shape)
    return (units or value.size == 1) and len(np.unique(value)) == 1


def is_threshold(frame: Frame, operand: ast.expr, node: int, other: object) -> bool:
    """Whether a single number is taken away from a weighted sum under the name of a threshold."""
    if frame.trace.shape(node) != () or not isinstance(other, Ref):
        return False
    return _is_called(_THRESHOLD, operand) and holds_product(frame, int(other))


def _is_called(names: re.Pattern[str], operand: ast.expr) -> bool:
    words = re.findall(r"[^\W\d]\w*", ast.unparse(operand))
    named = isinstance(operand, ast.Name | ast.Attribute | ast.Subscript)
    return named and bool(words) and bool(names.fullmatch(words[-1]))


def adds_anything(frame: Frame, reading: Reading, node: int, path: set[int]) -> bool:
    """Whether a sum stands in what adds any two values, as `__add__` does: it is no layer with its bias."""
    site = frame.trace.sites[node]
    place = reading.sites.sites[site]
    editor = Editor(reading.texts[reading.sites.files[site]])
    statement = editor.statement_at(place.line)
    scope = editor.scope(statement) if statement else None
    special = isinstance(scope, ast.FunctionDef) and re.fullmatch(r"__i?r?add__|__r?sub__", scope.name)
    alike = [frame.trace.inputs(other) for other in path if frame.trace.sites[other] == site]
    return bool(special) or len({sum(n in frame.dependent for n in inputs) for inputs in alike}) > 1


def holds_product(frame: Frame, node: int) -> bool:
    """Whether a value is a product with a parameter, or a sum of such products."""
    stack, seen = [node], set[int]()
    while stack and len(seen) < 200:
        at = stack.pop()
        if at in seen or at not in frame.dependent:
            continue
        seen.add(at)
        operation, inputs = frame.trace.operations[at], frame.trace.inputs(at)
        if operation in (*PRODUCTS, "multiply") and any(n in frame.given for n in _unwrapped(frame, inputs)):
            return True
        if operation in ("add", "sum", "pysum", "multiply"):
            stack += inputs
    return False


def joins_product(frame: Frame, node: int) -> bool:
    """Whether a product with a parameter is added to a sum that holds a value."""
    for _ in range(_TERMS):
        sums = [r for r in frame.training.readers[node] if r in frame.forward and frame.trace.operations[r] == "add"]
        if len(sums) != 1:
            return False
        if any(holds_product(frame, other) for other in frame.trace.inputs(sums[0]) if other != node):
            return True
        node = sums[0]
    return False


def _unwrapped(frame: Frame, nodes: list[int]) -> list[int]:
    """Values, and the arrays that they are parts or turned forms of."""
    found = list(nodes)
    for node in nodes:
        if frame.trace.operations[node] in ("getitem", "transpose", "view", "reshape"):
            found += frame.trace.inputs(node)[:1]
    return found
