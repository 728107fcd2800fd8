"""Where a program subtracts what it calls by a name: a target that is the same number each time is told so from a
number of a formula, as in `1 - p`, which is written down there."""

import ast
from collections.abc import Iterator, Mapping

from backproof.check.record.expressions import sites_of
from backproof.check.record.trace import Sites


def differences(texts: Mapping[str, str], sites: Sites) -> frozenset[int]:
    """The sites of the differences of which one side is a name, an attribute, or what is read at an index.

    Args:
        texts: those of the files, by their names.
    """
    return sites_of(_of_names, texts, sites)


def _of_names(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            sides = [node.left, node.right]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "subtract":
            sides = node.args[:2]
        else:
            continue
        plain = [side for side in sides if isinstance(side, ast.Name | ast.Attribute | ast.Subscript)]
        if plain and not any(isinstance(side, ast.Constant) for side in sides):
            yield node
