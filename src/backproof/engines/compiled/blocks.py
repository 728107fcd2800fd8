"""Puts instructions together that one loop can do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from backproof.engines.compiled.expression import ROWS, Node, Shape
from backproof.engines.compiled.instructions import Instruction, Map, Product, Reduce
from backproof.engines.compiled.narrow import is_flat, is_narrow


@dataclass
class Block:
    """Instructions for one loop, or one product by itself.

    Kinds: "rows" goes through the rows of a batch, "flat" through all their numbers in one go, "elements" through an
    array without rows (weights, mostly), "one-hot" puts a one at each label, "scalars" has no loop, "draw" makes random
    numbers, in their order, "product".
    """

    kind: str
    shape: Shape
    lanes: int
    instructions: list[Instruction] = field(default_factory=list)

    @property
    def reads(self) -> set[str]:
        return set().union(*(instruction.reads() for instruction in self.instructions))

    @property
    def writes(self) -> set[str]:
        return {instruction.target for instruction in self.instructions}

    @property
    def late(self) -> set[str]:
        """What is known only when the loop is over."""
        return {i.target for i in self.instructions if isinstance(i, Reduce) and not i.in_row}

    def takes(self, instruction: Instruction) -> bool:
        """Whether an instruction can be done in this loop, too."""
        kind, shape = kind_of(instruction, self.lanes)
        if kind != self.kind or kind in ("product", "draw", "one-hot") or instruction.reads() & self.late:
            return False
        if kind in ("elements", "flat"):
            return shape == self.shape
        return True

    def bars(self, instruction: Instruction) -> bool:
        """Whether an instruction must stay behind this block."""
        if self.writes & {instruction.target, *instruction.reads()} or instruction.target in self.reads:
            return True
        return self.kind == "draw" and kind_of(instruction, self.lanes)[0] == "draw"


def kind_of(instruction: Instruction, lanes: int) -> tuple[str, Shape]:
    """In what kind of block an instruction belongs, and what that block goes through."""
    if isinstance(instruction, Product):
        return "product", instruction.type.shape
    shape = instruction.space
    if _draws(instruction.node):
        return "draw", shape
    if is_one_hot(instruction):
        return "one-hot", shape
    if ROWS in shape:
        return ("flat" if is_narrow(shape, lanes) and is_flat([instruction]) else "rows"), shape
    return ("elements" if shape else "scalars"), shape


def is_one_hot(instruction: Map | Reduce) -> bool:
    """Whether an instruction makes a one at the column of each row's label, and zeros elsewhere."""
    node = instruction.node
    if not isinstance(instruction, Map) or node.op != "real" or node.operands[0].op != "==":
        return False
    label, columns = node.operands[0].operands
    return label.op == "name" and columns.op == "columns"


def _draws(node: Node) -> bool:
    return node.op == "draw" or any(_draws(operand) for operand in node.operands)


def blocks(instructions: Iterable[Instruction], lanes: int) -> list[Block]:
    """The instructions in blocks; each goes into the latest block that takes it, if nothing between bars it.

    Args:
        lanes: how many numbers a vector of the processor holds.
    """
    made: list[Block] = []
    for instruction in instructions:
        near = next((block for block in reversed(made) if block.takes(instruction) or block.bars(instruction)), None)
        if near is not None and near.takes(instruction):
            near.instructions.append(instruction)
        else:
            made.append(Block(*kind_of(instruction, lanes), lanes, [instruction]))
    return made


@dataclass
class Stage:
    """Instructions that one pass through the columns of a row can do."""

    width: int
    instructions: list[Map | Reduce] = field(default_factory=list)

    def takes(self, instruction: Map | Reduce) -> bool:
        sums = {i.target for i in self.instructions if isinstance(i, Reduce)}
        return width(instruction.space) == self.width and not instruction.reads() & sums


def width(shape: Shape) -> int:
    """How many columns an array of this shape has."""
    return int(shape[1]) if len(shape) == 2 else 1


def stages(instructions: Iterable[Map | Reduce]) -> list[Stage]:
    """The passes through each row: a sum of a row must be done before it is read."""
    made: list[Stage] = []
    for instruction in instructions:
        if not made or not made[-1].takes(instruction):
            made.append(Stage(width(instruction.space)))
        made[-1].instructions.append(instruction)
    return made


def needed_outside(made: list[Block], kept: set[str]) -> set[str]:
    """The names that must stand in memory: those that another block reads, and those that are wanted."""
    wanted = set(kept)
    for block in made:
        for other in made:
            if other is not block:
                wanted |= block.writes & other.reads
        if block.kind in ("rows", "elements"):
            passes = stages(i for i in block.instructions if isinstance(i, (Map, Reduce)))
            for stage in passes:
                # what one pass makes for every column, and another reads
                columns = {i.target for i in stage.instructions if isinstance(i, Map) and stage.width > 1}
                for later in passes:
                    if later is not stage:
                        wanted |= columns & set().union(*(i.reads() for i in later.instructions))
        for position, instruction in enumerate(block.instructions):
            # what is read before it is written in the same loop comes from the step before
            wanted |= instruction.reads() - {i.target for i in block.instructions[:position]}
        if block.kind in ("product", "draw", "one-hot"):
            wanted |= block.writes
    return wanted
