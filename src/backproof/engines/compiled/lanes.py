"""Many networks side by side: what is one number in a program becomes one number for each network.

The numbers of all networks at one place lie side by side, so that a vector of the processor holds several networks, and
works on them as on one. The data are shared.
"""

from __future__ import annotations

from collections.abc import Iterable

from backproof.engines.compiled.blocks import Block, Stage, blocks, stages, width
from backproof.engines.compiled.elements import Elements, Lines, Place, count_text, in_rows
from backproof.engines.compiled.expression import ROWS, Node
from backproof.engines.compiled.instructions import Instruction, Map, Product, Reduce, instructions
from backproof.engines.compiled.narrow import is_flat
from backproof.engines.compiled.products import this_machine
from backproof.engines.compiled.source import Compilation, lasting, types_of
from backproof.program.program import Program

SHORT = 16
"""A sum of at most so many products stays in registers."""


def lanes_of(program: Program) -> int:
    """How many networks one call trains: two vectors full."""
    return 2 * this_machine().vector // (8 if program.settings.dtype == "float64" else 4)


def side_by_side(program: Program, varying: Iterable[str], rows: int | None) -> Compilation:
    """`train` for many networks with the lines of this program, all rows at once.

    Args:
        varying: the constants of the optimizer that differ from network to network.
        rows: how many rows the data have, if that is to stand in the text.

    Raises NotLowered where a line of the program is beyond the compiler.
    """
    return _Writer(program, set(varying), rows).made


class _Elements(Elements):
    """Expressions in which an array has a number for each lane."""

    def __init__(self, varying: set[str], lanes: int) -> None:
        super().__init__()
        self.varying, self.lanes = varying, lanes

    def _named(self, node: Node, place: Place) -> str:
        name = str(node.value)
        if name in self.here:
            return self.here[name]
        if name in ("x", "y"):
            return f"get_{name}({name}, {place(node.type.shape)})"
        if not node.type.shape:
            return f"real(get_{name}({name}, lane))"
        return f"get_{name}({name}, {self.at(place(node.type.shape))})"

    def at(self, place: str) -> str:
        """Where the number of the present lane stands."""
        if place == "0":
            return "lane"
        return f"{place if place.isidentifier() else f'({place})'} * {self.lanes} + lane"

    def everywhere(self, node: Node) -> str:
        if node.names() & self.varying:
            return f"real({self.number(node)})"
        return super().everywhere(node)

    def number(self, node: Node, _place: Place | None = None) -> str:
        if node.op == "name" and node.value in self.varying:
            name = str(node.value)
            return self.here.get(name, f"get_{name}({name}, lane)")
        return super().number(node)


class _Writer:
    def __init__(self, program: Program, varying: set[str], rows: int | None) -> None:
        self.lanes, self.varying = lanes_of(program), set(varying)
        self.rows = "n" if rows is None else str(rows)
        self.made = Compilation(program.settings.dtype, types_of(program))
        lowered = instructions(program.steps, self.made.names)
        kinds: dict[str, str] = {}
        for instruction in lowered:
            if kinds.setdefault(instruction.target, instruction.type.kind) != instruction.type.kind:
                self.varying.add(instruction.target)  # it begins as one of Python's numbers and becomes a lane's
            if instruction.type.kind == "number" and instruction.reads() & self.varying:
                self.varying.add(instruction.target)
        parts = blocks(lowered, 1)
        self.outside = _outside(parts) | set(lasting(program)) | {"loss"}
        arrays = [*lasting(program), *self.varying, *(i.target for i in lowered if self._stands(i))]
        self.made.arrays += ["x", "y", *dict.fromkeys(arrays)]
        self.made.takes["train"] = self.made.arrays
        self.made.varying |= self.varying
        self.made.constants += [name for name in program.derivation.constants if name not in self.varying]
        self.lines = Lines(1)
        self._train(parts)

    def _stands(self, instruction: Instruction) -> bool:
        """Whether what an instruction makes stands in memory."""
        if instruction.type.kind == "number":
            return instruction.target in self.varying
        return instruction.target in self.outside or isinstance(instruction, (Product, Reduce))

    def _train(self, parts: list[Block]) -> None:
        lines = self.lines
        lines.add("zero, one = real(0.0), real(1.0)", f"n = {'rows' if self.rows == 'n' else self.rows}")
        lines.loop("number", "epochs")
        lines.add("epoch = first_epoch + number")
        for block in parts:
            lines.add(f"# {', '.join(instruction.target for instruction in block.instructions)}")
            self._block(block)
        lines.loop("lane", self.lanes)
        lines.add("losses[number, lane] = get_loss(loss, lane)")
        lines.leave(2)
        lines.add("return t")
        arguments = ["rows", "first_epoch", "epochs", "t", *self.made.constants, *self.made.arrays, "losses"]
        self.made.add_function("train", arguments, lines.written)

    def _block(self, block: Block) -> None:
        self.elements = _Elements(self.varying, self.lanes)
        start = len(self.lines.written)
        if block.kind == "product":
            (product,) = block.instructions
            assert isinstance(product, Product)
            self._product(product)
        else:
            own = [i for i in block.instructions if isinstance(i, (Map, Reduce))]
            if block.kind == "scalars":
                self._scalars(own)
            else:
                self._loops(own)
        self.lines.insert(start, self.elements.before)

    def _scalars(self, own: list[Map | Reduce]) -> None:
        for instruction in own:
            target = instruction.target
            if instruction.type.kind == "number" and target not in self.varying:
                self.lines.add(f"{target} = {self.elements.number(instruction.node)}")
                continue
            self.elements = _Elements(self.varying, self.lanes)
            number = instruction.type.kind == "number"
            written = self.elements.number(instruction.node) if number else self.elements.real(instruction.node, str)
            self.lines.add(*self.elements.before)
            self.elements.before.clear()
            self._per_lane(f"put_{target}({target}, lane, {written})")

    def _per_lane(self, *written: str) -> None:
        self.lines.loop("lane", self.lanes)
        self.lines.add(*written)
        self.lines.leave()

    def _loops(self, own: list[Map | Reduce]) -> None:
        for reduce in (i for i in own if isinstance(i, Reduce) and not i.in_row):
            self._start(reduce, "j", _columns(reduce))
        if is_flat(own):
            self.lines.loop("at", count_text(self.rows, own[0].space))
            self._at_place(own, lambda _shape: "at")
            self.lines.leave()
        else:
            first = own[0].space
            vector = len(first) == 1 and first[0] != ROWS
            self.lines.loop("i", 1 if vector else count_text(self.rows, first[:1]))
            for stage in stages(own):
                self._stage(stage)
            self.lines.leave()
        for reduce in (i for i in own if isinstance(i, Reduce) and not i.in_row):
            self._finish(reduce, "j", _columns(reduce))

    def _start(self, reduce: Reduce, place: str, count: int | None) -> None:
        first = "zero" if reduce.how == "sum" else "-real(math.inf)"
        if count is not None:
            self.lines.loop(place, count)
        self._per_lane(f"put_{reduce.target}({reduce.target}, {self.elements.at(place)}, {first})")
        if count is not None:
            self.lines.leave()

    def _finish(self, reduce: Reduce, place: str, count: int | None) -> None:
        if reduce.divisor is None:
            return
        at, target = self.elements.at(place), reduce.target
        divisor = self.elements.everywhere(reduce.divisor)
        if count is not None:
            self.lines.loop(place, count)
        self._per_lane(f"put_{target}({target}, {at}, get_{target}({target}, {at}) / {divisor})")
        if count is not None:
            self.lines.leave()

    def _stage(self, stage: Stage) -> None:
        in_row = [i for i in stage.instructions if isinstance(i, Reduce) and i.in_row]
        for reduce in in_row:
            self._start(reduce, "i", None)

        place = in_rows(stage.width)
        if stage.width > 1:
            self.lines.loop("j", stage.width)
        self._at_place(stage.instructions, place)
        if stage.width > 1:
            self.lines.leave()
        for reduce in in_row:
            self._finish(reduce, "i", None)

    def _at_place(self, own: list[Map | Reduce], place: Place) -> None:
        """What happens at one place, for every lane."""
        self.lines.loop("lane", self.lanes)
        self.elements.here.clear()
        for instruction in own:
            target, written = instruction.target, self.elements.real(instruction.node, place)
            if isinstance(instruction, Map):
                self.lines.add(f"{target}_here = {written}")
                self.elements.here[target] = f"{target}_here"
                if target in self.outside:
                    at = self.elements.at(place(instruction.type.shape))
                    self.lines.add(f"put_{target}({target}, {at}, {target}_here)")
                continue
            where = place(instruction.type.shape) if instruction.type.shape else "0"
            if instruction.axis == 0 and width(instruction.space) == 1:
                where = "0"
            at = self.elements.at(where)
            old = f"get_{target}({target}, {at})"
            grown = f"{old} + {written}" if instruction.how == "sum" else f"maximum({old}, {written})"
            self.lines.add(f"put_{target}({target}, {at}, {grown})")
        self.elements.here.clear()
        self.lines.leave()

    def _product(self, product: Product) -> None:
        rows, columns = product.type.shape
        inner, target, at = product.inner, product.target, self.elements.at
        a = f"k * {self._length(rows)} + i" if product.left_transposed else f"i * {self._length(inner)} + k"
        b = f"j * {self._length(inner)} + k" if product.right_transposed else f"k * {columns} + j"
        factors = f"{self._factor(product.left, a)}, {self._factor(product.right, b)}"
        first = f"get_{product.bias}({product.bias}, {at('j')})" if product.bias else "zero"
        place = at(f"i * {columns} + j")
        known = int(self._length(inner)) if self._length(inner).isdecimal() else SHORT + 1
        self.lines.loop("i", self._length(rows))
        self.lines.loop("j", self._length(columns))
        if known <= SHORT:
            self.lines.loop("lane", self.lanes)
            self.lines.add(f"total = {first}")
            self.lines.loop("k", known)
            self.lines.add(f"total = plus_product(total, {factors})")
            self.lines.leave()
            self.lines.add(f"put_{target}({target}, {place}, total)")
            self.lines.leave()
        else:
            self._per_lane(f"put_{target}({target}, {place}, {first})")
            self.lines.loop("k", self._length(inner))
            self._per_lane(f"put_{target}({target}, {place}, plus_product(get_{target}({target}, {place}), {factors}))")
            self.lines.leave()
        self.lines.leave(2)

    def _factor(self, name: str, place: str) -> str:
        return f"get_{name}({name}, {place if name in ('x', 'y') else self.elements.at(place)})"

    def _length(self, length: int | str) -> str:
        return str(length) if isinstance(length, int) else self.rows


def _columns(reduce: Reduce) -> int:
    return width(reduce.space) if reduce.axis == 0 else 1


def _outside(parts: list[Block]) -> set[str]:
    """What is read in another pass than the one that makes it, and must stand in memory."""
    passes: list[list[Instruction]] = []
    for block in parts:
        own = [i for i in block.instructions if isinstance(i, (Map, Reduce))]
        if block.kind in ("rows", "elements") and not is_flat(own):
            passes += [list(stage.instructions) for stage in stages(own)]
        elif block.kind == "scalars":
            passes += [[instruction] for instruction in own]
        else:
            passes.append(list(block.instructions))
    found: set[str] = set()
    for one in passes:
        made = {instruction.target for instruction in one}
        for other in passes:
            if other is not one:
                found |= made & set().union(*(instruction.reads() for instruction in other))
    return found
