"""What a file calls NumPy: edits are written with `np`, and a file may say `numpy`, or import its functions by name."""

import ast
import re
from functools import lru_cache

from backproof.check.edits.tree import Tree

_USUAL = "np"
_MODULES = ("numpy", "jax.numpy", "cupy")
_CALLED = re.compile(rf"\b{_USUAL}\.(?=\w)")


@lru_cache(maxsize=64)
def numpy_prefix(tree: Tree) -> str:
    """What stands before a function of NumPy in a file: `np.`, `numpy.`, or nothing where all of them are imported by
    name; `np.` where a file knows nothing of NumPy."""
    names = _modules(tree)
    if names:
        return f"{_USUAL if _USUAL in names else min(names, key=len)}."
    return "" if any("*" in own for own in _imported(tree)) else f"{_USUAL}."


@lru_cache(maxsize=64)
def _modules(tree: Tree) -> frozenset[str]:
    """The names that a file has for the module."""
    imports = (node for node in tree.nodes if isinstance(node, ast.Import))
    return frozenset(a.asname or a.name for node in imports for a in node.names if a.name in _MODULES)


@lru_cache(maxsize=64)
def _imported(tree: Tree) -> tuple[frozenset[str], ...]:
    """What a file imports from the module by its own name, of each of its lines that do so."""
    lines = (node for node in tree.nodes if isinstance(node, ast.ImportFrom) and node.module in _MODULES)
    return tuple(frozenset(alias.name for alias in node.names if alias.asname is None) for node in lines)


def _by_name(tree: Tree) -> frozenset[str]:
    """The functions that a file imports by their own names."""
    return frozenset[str]().union(*_imported(tree)) - {"*"}


def in_own_names(tree: Tree, text: str) -> str:
    """A text that is written with `np`, with what a file calls NumPy, or what it imports of it by name."""
    if f"{_USUAL}." not in text:
        return text
    if not _modules(tree):
        for name in _by_name(tree):
            text = re.sub(rf"\b{_USUAL}\.{re.escape(name)}(?=\()", name, text)
    return _CALLED.sub(numpy_prefix(tree), text)


def with_usual_name(tree: Tree, text: str) -> str:
    """A file's text with `np` for NumPy: also of functions that it imports by name."""
    prefix = numpy_prefix(tree)
    if prefix not in ("", f"{_USUAL}."):
        text = re.sub(rf"(?<![\w.]){re.escape(prefix)}(?=\w)", f"{_USUAL}.", text)
    for name in _by_name(tree):
        text = re.sub(rf"(?<![\w.]){re.escape(name)}(?=\()", f"{_USUAL}.{name}", text)
    return text
