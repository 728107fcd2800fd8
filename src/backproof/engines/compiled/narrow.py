"""Rows that are narrower than a vector of the processor: costly functions are computed for all rows in one go.

Ten classes leave most of a vector of sixteen numbers empty, row by row; but the rows stand side by side in memory, so
that what is elementwise can go through all of them as through one long row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from backproof.engines.compiled.expression import ROWS, Node, Shape, Type
from backproof.engines.compiled.instructions import Instruction, Map, Product, Reduce

COSTLY = {"exp", "expm1", "tanh", "log", "log1p", "erf"}


def taken_apart(made: Iterable[Instruction], names: dict[str, Type], lanes: int) -> list[Instruction]:
    """The same instructions, with costly functions in narrow rows by themselves. `names` grows by what they make.

    Args:
        lanes: how many numbers a vector holds.
    """
    result: list[Instruction] = []
    made = list(made)
    # a single column needs it only where there are rows of several: elsewhere it is one long row already
    single = any(isinstance(instruction, Reduce) and instruction.in_row for instruction in made)
    for instruction in made:
        narrow = not isinstance(instruction, Product) and is_narrow(instruction.space, lanes)
        if isinstance(instruction, Product) or not narrow or (instruction.space[1] == 1 and not single):
            result.append(instruction)
            continue
        taken = _Taken(instruction.target, names)
        node = taken.without_costly(instruction.node, alone=isinstance(instruction, Map))
        result += [*taken.made, replace(instruction, node=node)]
    return result


def is_narrow(shape: Shape, lanes: int) -> bool:
    """Whether rows of this shape leave a good part of their last vector empty."""
    if len(shape) != 2 or shape[0] != ROWS or not isinstance(shape[1], int):
        return False
    return shape[1] < 4 * lanes and shape[1] % lanes != 0


def is_flat(instructions: list[Map | Reduce]) -> bool:
    """Whether one loop can go through everything: all arrays have one shape, and no sum is of a row or a column."""
    spaces = {_length(instruction.space) for instruction in instructions}
    if len(spaces) > 1:
        return False
    (space,) = spaces
    for instruction in instructions:
        along = instruction.axis if isinstance(instruction, Reduce) else None
        if along == 1 or (along == 0 and len(instruction.space) == 2 and instruction.space[1] != 1):
            return False
        if any(_length(shape) != space for shape in _shapes(instruction.node)):
            return False
    return True


def _length(shape: Shape) -> tuple[object, ...]:
    """A shape without lengths of one: two arrays with the same stand alike in memory."""
    return tuple(length for length in shape if length != 1)


def _shapes(node: Node) -> list[Shape]:
    """The shapes of all arrays in a tree."""
    own = [node.type.shape] if node.op in ("name", "columns", "draw") and node.type.shape else []
    return own + [shape for operand in node.operands for shape in _shapes(operand)]


class _Taken:
    def __init__(self, target: str, names: dict[str, Type]) -> None:
        self.target, self.names = target, names
        self.made: list[Instruction] = []

    def without_costly(self, node: Node, *, alone: bool = False) -> Node:
        """The tree with every costly function in it replaced by a name; `alone`: but for one that is the whole tree."""
        operands = tuple(self.without_costly(operand) for operand in node.operands)
        node = replace(node, operands=operands)
        if node.op not in COSTLY or len(node.type.shape) != 2:
            return node
        (argument,) = operands
        node = replace(node, operands=(argument if argument.op == "name" else self._assigned("argument", argument),))
        return node if alone else self._assigned(node.op, node)

    def _assigned(self, what: str, node: Node) -> Node:
        name = f"{self.target}_{what}{len(self.made) + 1}"
        self.names[name] = node.type
        self.made.append(Map(name, node.type, node))
        return Node("name", node.type, value=name)
