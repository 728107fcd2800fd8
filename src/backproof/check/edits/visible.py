"""Which names have a value where a statement stands."""

import ast
from collections.abc import Iterator

from backproof.check.edits.tree import Tree


def visible(tree: Tree, scope: ast.AST) -> set[str]:
    """The names that a function can read: its own, those of the functions around it, and those of the module;
    without imported modules and functions, which are no values to compute with."""
    found: set[str] = set()
    at: ast.AST | None = scope
    while at is not None:
        if isinstance(at, ast.FunctionDef | ast.Lambda | ast.Module):
            found |= _bound(at)
        at = tree.parents.get(at)
    outward = (node for node in tree.nodes if isinstance(node, ast.Global))
    return {name for name in found.union(*(node.names for node in outward)) if not name.startswith("__")}


def _bound(scope: ast.FunctionDef | ast.Lambda | ast.Module) -> set[str]:
    """The names that a function, or the module, gives a value itself."""
    found: set[str] = set()
    if not isinstance(scope, ast.Module):
        every = scope.args
        given = [*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg]
        found |= {argument.arg for argument in given if argument is not None}
    for node in _within(scope):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.ClassDef):
            found.add(node.name)  # it may have attributes
    return found


def _within(scope: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, or in the module, and in no function or class within it."""
    stack = list(ast.iter_child_nodes(scope))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            stack += ast.iter_child_nodes(node)
