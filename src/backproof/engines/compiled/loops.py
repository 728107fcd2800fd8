"""Writes a block as a loop: one pass through flat arrays where it can be, rows and columns where it must be."""

from __future__ import annotations

from backproof.engines.compiled.blocks import Block, Stage, stages, width
from backproof.engines.compiled.elements import Elements, Lines, Place, count_text, in_rows
from backproof.engines.compiled.expression import ROWS, Shape, Type
from backproof.engines.compiled.instructions import Map, Reduce
from backproof.engines.compiled.narrow import is_flat

ROOM = 64
"""So many numbers more than they hold have room behind the arrays that a program makes."""
WIDE = 64
"""Rows of so many columns fill vectors by themselves; of narrower ones a vector may hold several."""


class LoopWriter:
    """Writes one block into `lines`; `outside` are the names that must stand in memory afterwards."""

    def __init__(self, lines: Lines, outside: set[str], rows: str, names: dict[str, Type]) -> None:
        self.lines, self.outside, self.rows, self.names = lines, outside, rows, names

    def write(self, block: Block, *, shared: bool = False) -> None:
        """Write a block; `shared`: each thread does its share of the outermost loop."""
        self.shared, self.block = shared, block
        self.elements = Elements()
        start = len(self.lines.written)
        instructions = [i for i in block.instructions if isinstance(i, (Map, Reduce))]
        if block.kind == "scalars":
            self._scalars(instructions)
        elif block.kind == "one-hot":
            self._one_hot(instructions[0])
        elif block.kind == "draw" or is_flat(instructions):
            self._flat(instructions)
        else:
            self._nested(instructions)
        self.lines.insert(start, self.elements.before)

    def _scalars(self, instructions: list[Map | Reduce]) -> None:
        for instruction in instructions:
            node, target = instruction.node, instruction.target
            if instruction.type.kind == "number":
                self.lines.add(f"{target} = {self.elements.number(node)}")
                continue
            # what was computed a line before must not be taken from ahead of the block
            written = self.elements.real(node, str)
            self.lines.add(*self.elements.before, f"{target} = real({written})")
            self.elements.before.clear()
            self.elements = Elements()

    def _one_hot(self, instruction: Map | Reduce) -> None:
        target, columns = instruction.target, width(instruction.space)
        label = instruction.node.operands[0].operands[0].value
        self.lines.loop("at", count_text(self.rows, instruction.space))
        self.lines.add(f"put_{target}({target}, at, zero)")
        self.lines.leave()
        self.lines.loop("i", self.rows)
        self.lines.add(f"put_{target}({target}, i * {columns} + get_{label}({label}, i), one)")
        self.lines.leave()

    def _flat(self, instructions: list[Map | Reduce]) -> None:
        """One loop through everything, since all arrays have one shape."""
        count = count_text(self.rows, instructions[0].space)
        self._begin(instructions)
        self._outermost("at", count)

        def place(_shape: Shape) -> str:
            return "at"

        for instruction in instructions:
            self._at_place(instruction, place)
        self.lines.leave()
        self._end(instructions)

    def _outermost(self, name: str, count: str, *, wide: bool = False) -> None:
        if self.shared:
            # whole vectors: what is left over at the end of the last is rounded otherwise
            self.lines.shared_loop(name, count, 1 if wide else 64)
        else:
            self.lines.loop(name, count)

    def _nested(self, instructions: list[Map | Reduce]) -> None:
        """A loop through the rows, and in it through the columns."""
        first = instructions[0].space
        vector = len(first) == 1 and first[0] != ROWS
        self._begin(instructions)
        wide = all(width(instruction.space) >= WIDE for instruction in instructions)
        self._outermost("i", "1" if vector else count_text(self.rows, first[:1]), wide=wide)
        for stage in stages(instructions):
            self._stage(stage)
        self.lines.leave()
        self._end(instructions)

    def _stage(self, stage: Stage) -> None:
        in_row = [i for i in stage.instructions if isinstance(i, Reduce) and i.in_row]
        for reduce in in_row:
            self.lines.add(f"{_here(reduce.target)} = {_start(reduce)}")

        place = in_rows(stage.width)
        if stage.width > 1:
            self.lines.loop("j", self._reach(stage))
        for instruction in stage.instructions:
            self._at_place(instruction, place)
        if stage.width > 1:
            self.lines.leave()
            for instruction in stage.instructions:
                self.elements.here.pop(instruction.target, None)  # it was that of the last column
        for reduce in in_row:
            if reduce.divisor is not None:
                divisor = self.elements.everywhere(reduce.divisor)
                self.lines.add(f"{_here(reduce.target)} = {_here(reduce.target)} / {divisor}")
            self.elements.here[reduce.target] = _here(reduce.target)
            if reduce.target in self.outside:
                self.lines.add(f"put_{reduce.target}({reduce.target}, i, {_here(reduce.target)})")

    def _reach(self, stage: Stage) -> int:
        """How far the loop through the columns of a row goes: beyond the end of a narrow one, to fill its vectors.

        What is written there is the beginning of the next row, which is written after it. That must not be read before,
        nor by another thread, and behind the last row there must be room.
        """
        whole = -(-stage.width // self.block.lanes) * self.block.lanes
        targets = {instruction.target for instruction in stage.instructions}
        read = set().union(*(instruction.reads() for instruction in stage.instructions))
        shapes = [self.names[name].shape for name in read if name in self.names]
        inside = all(not shape or shape[0] == ROWS for shape in shapes) and not read & {"x", "y"}
        alone = not self.shared and all(isinstance(instruction, Map) for instruction in stage.instructions)
        # what is read before it is written, here or for the same row before
        order = self.block.instructions[: self.block.instructions.index(stage.instructions[-1]) + 1]
        early = set().union(
            *(each.reads() - {other.target for other in order[:place]} for place, each in enumerate(order))
        )
        fresh = not targets & early
        first = stage.instructions[0].space[:1] == (ROWS,)
        return whole if inside and alone and fresh and first and whole <= ROOM else stage.width

    def _at_place(self, instruction: Map | Reduce, place: Place) -> None:
        target, written = instruction.target, self.elements.real(instruction.node, place)
        if isinstance(instruction, Map):
            self.lines.add(f"{_here(target)} = {written}")
            self.elements.here[target] = _here(target)
            if target in self.outside:
                self.lines.add(f"put_{target}({target}, {place(instruction.type.shape)}, {_here(target)})")
        elif instruction.in_row:
            self.lines.add(f"{_here(target)} = {_grown(instruction, _here(target), written)}")
        elif self._in_memory(instruction):
            old = f"get_{target}({target}, j)"
            added = f"({old} + {written})" if instruction.how == "sum" else f"maximum({old}, {written})"
            self.lines.add(f"put_{target}({target}, j, {added})")
        else:
            self.lines.add(f"{_here(target)} = {_grown(instruction, _here(target), written)}")

    def _in_memory(self, reduce: Reduce) -> bool:
        """Whether sums grow in memory, one for each column."""
        return reduce.axis == 0 and len(reduce.space) == 2 and width(reduce.space) > 1

    def _late(self, instructions: list[Map | Reduce]) -> list[Reduce]:
        return [i for i in instructions if isinstance(i, Reduce) and not i.in_row]

    def _begin(self, instructions: list[Map | Reduce]) -> None:
        """The sums of the block before the first row."""
        for reduce in self._late(instructions):
            if self._in_memory(reduce):
                self.lines.loop("j", width(reduce.space))
                self.lines.add(f"put_{reduce.target}({reduce.target}, j, {_start(reduce)})")
                self.lines.leave()
            else:
                self.lines.add(f"{_here(reduce.target)} = {_start(reduce)}")

    def _end(self, instructions: list[Map | Reduce]) -> None:
        """The sums of the block after the last row."""
        for reduce in self._late(instructions):
            target = reduce.target
            divisor = self.elements.everywhere(reduce.divisor) if reduce.divisor is not None else None
            if self._in_memory(reduce):
                if divisor:
                    self.lines.loop("j", width(reduce.space))
                    self.lines.add(f"put_{target}({target}, j, get_{target}({target}, j) / {divisor})")
                    self.lines.leave()
                continue
            written = f"{_here(target)} / {divisor}" if divisor else _here(target)
            if reduce.type.shape:
                self.lines.add(f"put_{target}({target}, 0, {written})")
            else:
                self.lines.add(f"{target} = real({written})")


def _here(name: str) -> str:
    return f"{name}_here"


def _start(reduce: Reduce) -> str:
    return "zero" if reduce.how == "sum" else "-real(math.inf)"


def _grown(reduce: Reduce, old: str, more: str) -> str:
    return f"{'plus' if reduce.how == 'sum' else 'larger'}({old}, {more})"
