"""Variables that only count the turns of a loop: nothing is computed with what they are."""

import ast
from functools import lru_cache

from backproof.check.edits.tree import Loop, Tree, counted_by, name_of, names_in


def counters(tree: Tree, statement: ast.stmt) -> set[str]:
    """The variables of the loops around a statement that count their turns."""
    found: set[str] = set()
    for loop in tree.loops_around(statement):
        found |= _of_for(loop) if isinstance(loop, ast.For) else _of_while(loop)
    return found


def _of_for(loop: ast.For) -> set[str]:
    through = loop.iter
    while isinstance(through, ast.Call) and name_of(through.func) in ("reversed", "tqdm") and through.args:
        through = through.args[0]
    counts = name_of(through.func) if isinstance(through, ast.Call) else ""
    if counts in ("range", "trange"):
        return {*counted_by(loop)}
    return names_in(loop.target.elts[0]) if counts == "enumerate" and isinstance(loop.target, ast.Tuple) else set()


def _of_while(loop: Loop) -> set[str]:
    """What a `while` asks for, and each of its turns moves by a whole number."""
    asked = names_in(loop.test) if isinstance(loop, ast.While) else set()
    return {name for statement in loop.body if (name := _moved_on(statement)) in asked}


def _moved_on(statement: ast.stmt) -> str | None:
    """The variable that a statement moves by a whole number: `i += 1`, `i = i + 1`."""
    match statement:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add() | ast.Sub(), value=ast.Constant(value=int())):
            return name
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.BinOp(left=ast.Name(id=same), op=ast.Add() | ast.Sub(), right=ast.Constant(value=int())),
        ) if name == same:
            return name
    return None


@lru_cache(maxsize=64)
def lengths(tree: Tree) -> frozenset[str]:
    """How often loops turn: the names and attributes that a `range` is made of, and what is the length of something."""
    found: set[str] = set()
    for node in tree.nodes:
        if isinstance(node, ast.Call) and name_of(node.func) in ("range", "trange"):
            parts = (part for argument in node.args for part in ast.walk(argument))
            found |= {tree.segment(part) for part in parts if isinstance(part, ast.Name | ast.Attribute)}
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and name_of(node.value.func) == "len":
            found |= {tree.segment(target) for target in node.targets}
    return frozenset(found)
