"""Writes the text that is compiled: the lines of the program as loops, whole epochs in one function."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from backproof.engines.compiled import products
from backproof.engines.compiled.blocks import Block, blocks, needed_outside
from backproof.engines.compiled.elements import Lines
from backproof.engines.compiled.expression import ROWS, Shape, Type
from backproof.engines.compiled.instructions import Product, instructions
from backproof.engines.compiled.loops import LoopWriter
from backproof.engines.compiled.narrow import taken_apart
from backproof.engines.compiled.products import MEET, ProductWriter
from backproof.program.derivation import Step, draws
from backproof.program.program import Program

SMALL = 1024
"""A batch of at most so many numbers has its number of rows in the text, so that its loops are written out."""


@dataclass
class Compilation:
    """The text of one or more functions, and what each takes.

    `arrays` are the names that stand in memory, and `takes` those that each function is given, in its order; `numbers`
    the single numbers that are handed out, in the order in which they stand in the array of this name; `varying` those
    of Python's numbers that stand in memory, one for each of several networks.
    """

    dtype: str
    names: dict[str, Type]
    arrays: list[str] = field(default_factory=list)
    takes: dict[str, list[str]] = field(default_factory=dict)
    varying: set[str] = field(default_factory=set)
    numbers: list[str] = field(default_factory=list)
    constants: list[str] = field(default_factory=list)
    told: int = 0
    """How many numbers one thread tells the others in a step."""
    tiles: dict[str, str] = field(default_factory=dict)
    functions: list[str] = field(default_factory=list)
    ready: dict[str, Any] = field(default_factory=dict)
    """The functions that have been called, compiled."""

    def add_function(self, name: str, arguments: Sequence[str], lines: Iterable[str]) -> None:
        """Add a function with these lines: tiny numbers are 0 in it, and vectors as long as the processor has them."""
        self.functions += ["", "", "@njit(cache=CACHED, **OPTIONS)", f"def {name}({', '.join(arguments)}):"]
        self.functions += ["    whole_vectors()", "    before = tiny_is_zero()"]
        for line in lines:
            words = line.lstrip()
            if words.startswith("return"):
                self.functions.append(f"{line[: len(line) - len(words)]}as_before(before)")
            self.functions.append(line)
        if not self.functions[-1].startswith("    return"):
            self.functions.append("    as_before(before)")

    @property
    def text(self) -> str:
        """The whole file: what all programs share, how each array is read and written, the tiles, the functions."""
        from backproof.engines.compiled import functions, processor, runtime

        places = ["x_all", "y_all", "orders", products.COPY, *self.arrays]
        listed = ", ".join(repr(name) for name in places)
        made = [f"get_{name}, put_{name} = access({name!r}, ARRAYS)" for name in places]
        kinds = [f"{name} = {name}_{self.dtype}" for name in ("exp", "expm1", "tanh", "log")]
        lines = [
            *(_alone(inspect.getsource(module)) for module in (runtime, functions, processor)),
            "",
            "",
            "# the program",
            'CACHED = globals().get("CACHED", False)  # whether what is compiled is kept on disk',
            f"real = np.{self.dtype}",
            *kinds,
            f"ARRAYS = ({listed},)",
            *made,
            *self.tiles.values(),
            *self.functions,
        ]
        return "\n".join(lines) + "\n"


def types_of(program: Program) -> dict[str, Type]:
    """The types of what a step reads: data, parameters, states, constants."""
    derived, data = program.derivation, program.data
    names = {"x": Type((ROWS, *data.x.shape[1:]))}
    names["y"] = Type((ROWS, *data.y.shape[1:]), "label" if data.y.dtype.kind in "iu" else "real")
    names |= {tensor.name: Type(tensor.parameter.shape) for tensor in derived.tensors}
    names |= {state.name: names[state.tensor.name] for state in derived.states}
    names |= {name: Type((), "number") for name in (*derived.constants, "learning_rate", "epoch", "t")}
    return names


def lasting(program: Program) -> list[str]:
    """The arrays that live from step to step: parameters, buffers, what the optimizer keeps."""
    derived = program.derivation
    return [tensor.name for tensor in derived.tensors] + [state.name for state in derived.states]


class Writer:
    """Writes functions of one program that work on the same arrays.

    Args:
        rows: how many rows a batch has, if that is to stand in the text.
        threaded: `train` is called by several threads at once, which share the work of each block.
    """

    def __init__(self, program: Program, rows: int | None = None, *, threaded: bool = False) -> None:
        self.program, self.threaded = program, threaded
        self.rows = "n" if rows is None else str(rows)
        self.used: set[str] = set()
        self.made = Compilation(program.settings.dtype, types_of(program))
        self.made.arrays += ["x", "y", *lasting(program)]
        self.made.constants += list(program.derivation.constants)
        self.products = ProductWriter(
            products.this_machine(), 8 if program.settings.dtype == "float64" else 4, self.rows, program.rows_a_step
        )

    def body(self, steps: Iterable[Step], depth: int, kept: set[str]) -> list[str]:
        """The lines of these steps; `kept` are the names that must stand in memory afterwards."""
        lowered, lanes = instructions(steps, self.made.names), self.products.lanes
        parts = blocks(taken_apart(lowered, self.made.names, lanes), lanes)
        outside = needed_outside(parts, kept | set(lasting(self.program)))
        self.used = set().union(*(block.reads | block.writes for block in parts))
        for block in parts:
            self._arrays(block, outside)
        lines = Lines(depth)
        loops = LoopWriter(lines, outside, self.rows, self.made.names)
        for block in parts:
            lines.add(f"# {', '.join(instruction.target for instruction in block.instructions)}")
            shared = self.threaded and self._is_shared(block)
            alone = self.threaded and not shared and block.kind != "scalars"
            if alone:
                lines.add("if thread == 0:")
                lines.depth += 1
            if block.kind == "product":
                (product,) = block.instructions
                assert isinstance(product, Product)
                self.products.write(lines, product, shared=shared)
            else:
                loops.write(block, shared=shared)
            if alone:
                self._tell(lines, block)
            elif shared:
                lines.add(*MEET)
        self.made.tiles |= self.products.tiles
        return lines.written

    def _is_shared(self, block: Block) -> bool:
        """Whether threads can share a block: what each does must not be added up."""
        if block.kind == "product":
            (product,) = block.instructions
            return isinstance(product, Product) and self.products.is_tiled(product)
        return block.kind in ("rows", "flat", "elements") and not block.late

    def _tell(self, lines: Lines, block: Block) -> None:
        """The end of a block that one thread does: the others are told the single numbers that it found."""
        found = sorted(name for name in block.writes if not self.made.names[name].shape)
        # each block has places of its own: a slow thread may still read those of the block before
        places = range(self.made.told, self.made.told + len(found))
        self.made.told += len(found)
        lines.add(*(f"told[{place}] = {name}" for place, name in zip(places, found, strict=True)))
        lines.leave()
        lines.add(*MEET)
        lines.add(*(f"{name} = real(told[{place}])" for place, name in zip(places, found, strict=True)))

    def _arrays(self, block: Block, outside: set[str]) -> None:
        """Take note of the arrays that a block makes."""
        for instruction in block.instructions:
            if isinstance(instruction, Product) and (turned := self.products.turned(instruction)):
                self.made.names[turned] = Type(self.made.names[instruction.right].shape[::-1])
                self._array(turned)
            if instruction.target in outside and self.made.names[instruction.target].shape:
                self._array(instruction.target)

    def _array(self, name: str) -> None:
        self.used.add(name)
        if name not in self.made.arrays:
            self.made.arrays.append(name)

    # -- whole functions

    def train(self) -> None:
        """`train`: epochs of steps, the loss of each in `losses`. It ends early at a loss that is no longer a number.

        It gives the number of epochs that it finished, that of the steps after them, and t.
        """
        program = self.program
        batched = bool(program.settings.batch_size)
        mean = program.network.loss.reduction == "mean"
        depth = 3 if batched else 2
        steps = self.body(program.steps, depth, set())
        head = ["x_all", "y_all", "orders", "rows", "size"] if batched else ["rows"]
        head += ["generator"] if draws(program.steps) else []
        head = ["first_epoch", "epochs", *head]
        if self.threaded:
            head = ["thread", "threads", "meeting", "told", *head]
        lines = Lines(1)
        lines.add("zero, one = real(0.0), real(1.0)", *self.products.room("size" if batched else "rows"))
        if self.threaded:
            lines.add("meetings = 0")
        if not batched:
            lines.add(f"n = {'rows' if self.rows == 'n' else self.rows}")
        lines.add("for number in range(epochs):")
        lines.depth += 1
        lines.add("epoch = first_epoch + number")
        if batched:
            lines.add("whole, start = 0.0, 0", "while start < rows:")
            lines.depth += 1
            lines.add("n = min(size, rows - start)")
            self._gather(lines)
        lines.written += steps
        lines.add(
            "if not math.isfinite(loss):",
            "    losses[number] = loss",
            f"    return number, {'start // size' if batched else '0'}, t",
        )
        if batched:
            lines.add(f"whole += float(loss){' * n' if mean else ''}", "start += n")
            lines.leave()
        lines.add(f"losses[number] = {('whole / rows' if mean else 'whole') if batched else 'loss'}")
        lines.leave()
        lines.add("return epochs, 0, t")
        arguments = [*head, "t", *self.made.constants, *self._takes("train"), "losses"]
        self._function("train", arguments, lines)

    def part(self, name: str, steps: Sequence[Step]) -> None:
        """A function for these steps alone: every array that they make stands in memory, every number in `numbers`."""
        body = self.body(steps, 1, {step.name for step in steps})
        own = list(dict.fromkeys(step.name for step in steps if not self.made.names[step.name].shape))
        read = {word for step in steps for word in step.reads if word in self.made.numbers}
        self.made.numbers += [each for each in own if each not in self.made.numbers]
        lines = Lines(1)
        lines.add("zero, one = real(0.0), real(1.0)", *self.products.room("n"))
        for each in sorted(read):
            value = f"numbers[{self.made.numbers.index(each)}]"
            lines.add(f"{each} = int({value})" if each == "t" else f"{each} = {value}")
        lines.written += body
        lines.add(*(f"numbers[{self.made.numbers.index(each)}] = {each}" for each in own))
        head = ["n", *(["generator"] if draws(steps) else []), "epoch", "t"]
        self._function(name, [*head, *self.made.constants, *self._takes(name), "numbers"], lines)

    def observe(self, step: Step, kind: Type) -> None:
        """Take note of what a step makes that is computed elsewhere."""
        self.made.names[step.name] = kind
        if kind.shape:
            self._array(step.name)
        elif step.name not in self.made.numbers:
            self.made.numbers.append(step.name)

    def evaluate(self) -> None:
        """`evaluate`: the loss of the trained network on n rows."""
        evaluation, output = self.program.derivation.evaluation
        body = self.body((*evaluation, *self.program.derivation.loss_steps(output)), 1, set())
        lines = Lines(1)
        lines.add("zero, one = real(0.0), real(1.0)", *self.products.room("n"))
        lines.written += body
        lines.add("return float(loss)")
        self._function("evaluate", ["n", *self._takes("evaluate")], lines)

    def _takes(self, function: str) -> list[str]:
        """The arrays that the function that was written last works on, the data first."""
        more = [name for name in self.made.arrays[2:] if name in self.used]
        self.made.takes[function] = ["x", "y", *more]
        return self.made.takes[function]

    def _gather(self, lines: Lines) -> None:
        """The rows of the next batch, side by side."""
        if self.threaded:
            lines.shared_loop("i", "n")
        else:
            lines.loop("i", "n")
        lines.add("row = get_orders(orders, number * rows + start + i)")
        for name in ("x", "y"):
            columns = _columns(self.made.names[name].shape)
            if columns == 1:
                lines.add(f"put_{name}({name}, i, get_{name}_all({name}_all, row))")
                continue
            lines.add(f"copy_row({name}, i * {columns}, {name}_all, row * {columns}, {columns})")
        lines.leave()
        if self.threaded:
            lines.add(*MEET)

    def _function(self, name: str, arguments: list[str], lines: Lines) -> None:
        self.made.add_function(name, arguments, lines.written)


def _columns(shape: Shape) -> int:
    return int(shape[1]) if len(shape) > 1 else 1


def _alone(source: str) -> str:
    """The text of a module without what it takes from others of backproof, which stand in the same file."""
    return "\n".join(line for line in source.rstrip().splitlines() if not line.startswith("from backproof"))
