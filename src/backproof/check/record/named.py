"""Which numbers of a program it calls its loss, though it may show none of them: what a function of that name returns,
and what is kept by that name."""

import ast
import re
from collections.abc import Iterator, Mapping

from backproof.check.record.expressions import sites_of
from backproof.check.record.trace import Sites

_LOSS = re.compile(r"(?i)loss|cost|objective|nll|neg_?log|cross_?entropy|energy|(?<![a-z])mse(?![a-z])|^J(?![a-z])")
# a loss's slope goes by its name, too, and what is told of other data is not what is trained on
_OTHER = re.compile(
    r"(?i)deriv|prime|grad|slope|delta|back|(?<![a-z])d_?(?=loss|cost|J)|val|test|best|last|prev|old|min"
)


def named_losses(texts: Mapping[str, str], sites: Sites) -> frozenset[int]:
    """The sites of the expressions whose value the files call a loss.

    Args:
        texts: those of the files, by their names.
    """
    return sites_of(_values, texts, sites)


def _values(tree: ast.Module) -> Iterator[ast.expr | ast.AugAssign]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and _is_loss(node.name):
            yield from (part.value for part in ast.walk(node) if isinstance(part, ast.Return) and part.value)
        if isinstance(node, ast.Assign) and any(_is_loss(_name(target)) for target in node.targets):
            yield node.value
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and _is_loss(_name(node.target)):
            yield from (node, node.value)  # a sum over samples, which may be shown later than it is looked at


def _name(target: ast.expr) -> str:
    while isinstance(target, ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""


def _is_loss(name: str) -> bool:
    return bool(_LOSS.search(name)) and not _OTHER.search(name)
