"""What a text gives where its names have other values: an expression of array operations, and of nothing else."""

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from backproof.check.repair.chain_rule import Known, Values
from backproof.check.syntax import compiled, expression_of

_ASKED = (
    "dot", "sum", "mean", "outer", "exp", "tanh", "log", "sqrt", "square", "where", "maximum", "multiply", "matmul",
    "transpose", "reshape", "T", "shape", "size",
)  # fmt: skip
_PLAIN = (
    ast.UnaryOp, ast.Compare, ast.Call, ast.keyword, ast.unaryop, ast.cmpop, ast.Load, ast.Tuple, ast.Subscript,
    ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult, ast.Pow,
)  # fmt: skip
_STEEPEST = 10  # the largest power that something is raised to
_ELEMENTS = 50_000_000  # that a column and a row may make together
_OTHERS: dict[str, Any] = {"np": np, "len": len}


class Evaluation:
    """Some names, attributes, items and bracketed parts, of which texts are made, and their values at some points.

    Args:
        numbers: what is the same number at all points, by its text.
    """

    def __init__(self, known: Sequence[Known], numbers: Mapping[str, float] | None = None) -> None:
        points = len(known[0].values) if known else 0
        same = {text: (torch.tensor(float(number)),) * points for text, number in (numbers or {}).items()}
        self._values = same | {one.text: one.values for one in known}
        self._texts = {ast.unparse(expression_of(text)): text for text in self._values}

    def of(self, text: str) -> Values:
        """The values of an expression in float64, one at each point; empty where a part of it has none, or does not fit
        the others, or it is no expression."""
        named = _Named(self._texts)
        try:
            made = named.visit(expression_of(text))
            if not all(isinstance(node, _PLAIN) or _is_allowed(node, named.names) for node in ast.walk(made)):
                return ()
            parts = {name: self._values[part] for name, part in named.names.items()}
            if not _is_small(made, parts.values()):
                return ()
            code = compiled(ast.fix_missing_locations(made))
            points = zip(*parts.values(), strict=True)
            with np.errstate(all="ignore"):
                each = [
                    eval(code, dict(_OTHERS), {n: v.numpy() for n, v in zip(parts, row, strict=True)}) for row in points
                ]
            return tuple(torch.as_tensor(np.asarray(value, dtype=np.float64)) for value in each)
        except (SyntaxError, ValueError, TypeError, ArithmeticError, IndexError, AttributeError):
            return ()


class _Named(ast.NodeTransformer):
    """Puts a name in the place of each part whose value is known."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.names: dict[str, str] = {}

    def visit(self, node: ast.AST) -> ast.expr:
        known = self.texts.get(ast.unparse(node)) if isinstance(node, ast.expr) else None
        if known is None:
            return self.generic_visit(node)  # type: ignore[return-value]
        name = f"_part_{len(self.names)}"
        self.names[name] = known
        return ast.Name(name, ast.Load())


def _is_allowed(node: ast.AST, names: Mapping[str, str]) -> bool:
    """Whether a name is one of the known parts, what is asked of something is a product, a sum or a transpose, and
    nothing is made of numbers that could become too large: it is a stranger's text, and is computed here."""
    if isinstance(node, ast.Name):
        return node.id in names or node.id in _OTHERS
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float)
    if isinstance(node, ast.BinOp):
        power = node.right.value if isinstance(node.right, ast.Constant) else None
        gentle = isinstance(power, int | float) and abs(power) <= _STEEPEST
        listed = isinstance(node.left, ast.Tuple) or isinstance(node.right, ast.Tuple)
        return not listed and (gentle or not isinstance(node.op, ast.Pow))
    return isinstance(node, ast.Attribute) and node.attr in _ASKED


def _is_small(expression: ast.expr, parts: Iterable[Values]) -> bool:
    """Whether no two parts can make an array of too many elements, as a column and a row, or an outer product do."""
    values = [value for each in parts for value in each]
    flat = any(isinstance(node, ast.Attribute) and node.attr == "outer" for node in ast.walk(expression))
    longest = max((value.numel() if flat else max(value.shape, default=1) for value in values), default=1)
    return longest**2 <= _ELEMENTS
