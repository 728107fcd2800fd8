"""What a text gives where its names have other values: an expression of array operations, and of nothing else."""

import ast
from collections.abc import Mapping, Sequence
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
    ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.keyword, ast.Constant, ast.operator, ast.unaryop,
    ast.cmpop, ast.Load, ast.Tuple, ast.Subscript,
)  # fmt: skip
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
            code = compiled(ast.fix_missing_locations(made))
            parts = {name: self._values[part] for name, part in named.names.items()}
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
    """Whether a name is one of the known parts, or what is asked of something is a product, a sum or a transpose."""
    if isinstance(node, ast.Name):
        return node.id in names or node.id in _OTHERS
    return isinstance(node, ast.Attribute) and node.attr in _ASKED
