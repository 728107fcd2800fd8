"""By which number something is to be multiplied: looked up among the numbers that a line can read, the lengths of its
arrays, and what is usually made of these."""

import ast
import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from backproof.check.edits import Editor
from backproof.check.record.memory import Ref
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading

_SAME = 1e-6
_USUAL = {"* 2": 2.0, "* 0.5": 0.5, "* (-1)": -1.0}  # times which something is meant
_SQUARE = 2  # the exponent of which the slope has a usual factor
_FARTHER, _LATER = 0.1, 0.01  # how much unlikelier each step is from a number to what is made of it, and each later one


def numbers_read(frame: Frame, reading: Reading, file: str, until: int) -> dict[str, float]:
    """The single numbers that a step reads in a file by a name before a node is computed, the last ones, each with the
    text that it is read by."""
    found: dict[str, float] = {}
    for node in range(max(frame.step.start, 0), until):
        site = frame.trace.sites[node]
        if site < 0 or reading.sites.files[site] != file:
            continue
        for operand, argument in zip(reading.operands(site), frame.trace.arguments[node], strict=False):
            number = _number(frame, argument) if isinstance(operand, ast.Name | ast.Attribute | ast.Subscript) else None
            if number is not None:
                found[reading.segment(site, operand)] = number
    return {text: number for text, number in found.items() if math.isfinite(number)}


def _number(frame: Frame, argument: object) -> float | None:
    """What an argument is, if it is a single number."""
    if isinstance(argument, Ref):
        if math.prod(frame.trace.shape(int(argument))) != 1:
            return None
        argument = frame.trace.values[int(argument)]
    if isinstance(argument, np.ndarray):
        return float(argument.real.reshape(-1)[0]) if argument.size else None
    return float(argument) if isinstance(argument, int | float) and not isinstance(argument, bool) else None


class Scales:
    """What is made of some numbers.

    Args:
        numbers: those that a line can read by a text, the likeliest first.
        shapes: the arrays that it can read, by their texts.
        exponents: to which something is raised in the file: its slope is so many times as large.
    """

    def __init__(
        self, numbers: Mapping[str, float], shapes: Mapping[str, tuple[int, ...]], exponents: Iterable[int] = ()
    ) -> None:
        self._numbers, self._exponents = dict(numbers), sorted({*exponents})
        for text, shape in shapes.items():
            if text.replace(".", "").isidentifier():  # of something longer, nobody takes the length
                lengths = [(f"len({text})", shape[0]), *((f"{text}.shape[{k}]", n) for k, n in enumerate(shape) if k)]
                self._numbers |= {name: float(length) for name, length in lengths if length > 1}

    @classmethod
    def at(
        cls,
        frame: Frame,
        reading: Reading,
        editor: Editor,
        statement: ast.stmt,
        node: int,
        shapes: Mapping[str, tuple[int, ...]],
    ) -> "Scales":
        """What a statement can read when a node is computed in it."""
        file = reading.sites.files[frame.trace.sites[node]]
        scope, own = editor.scope(statement), editor.segment(statement)
        shapes = dict(sorted(shapes.items(), key=lambda row: row[0] not in own))  # what stands there itself first
        read = {text: n for text, n in numbers_read(frame, reading, file, node).items() if editor.has(scope, text)}
        settings = {name: n for name, n in editor.numbers.items() if editor.has(scope, name)}
        raised = (n.right for n in editor.nodes if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow))
        exponents = (each.value for each in raised if isinstance(each, ast.Constant))
        return cls(read | settings, shapes, (n for n in exponents if isinstance(n, int) and n > _SQUARE))

    def found(self, factor: float) -> list[tuple[str, float]]:
        """The texts by which something becomes a factor times what it is, `* np.log(base)`, `/ len(x)`, the likeliest
        first, each with how unlikely it is beside others."""
        return sorted(self._found(factor), key=lambda row: row[1])

    def _found(self, factor: float) -> Iterator[tuple[str, float]]:
        yield from ((text, 0.0) for text, number in _USUAL.items() if _is(factor, number))
        yield from ((f"* {number}", _FARTHER) for number in self._exponents if _is(factor, number))
        for rank, (text, number) in enumerate(self._numbers.items()):
            for steps, (form, made) in enumerate(_made_of(text, number)):
                cost = _FARTHER * steps + _LATER * min(rank, 50)
                if _is(factor, made):
                    yield f"* {form}", cost
                elif made and _is(factor, 1 / made):
                    yield f"/ {form}", cost
                elif made and _is(factor, 2 / made):
                    yield f"* 2 / {form}", cost + 2 * _FARTHER


def _made_of(text: str, number: float) -> Iterable[tuple[str, float]]:
    """A number, and what is usually made of it."""
    atom = text if text.replace(".", "").isidentifier() or text.endswith((")", "]")) else f"({text})"
    yield atom, number
    if number > 0 and not (number == int(number) and number > 50):
        yield f"(1 - {atom})", 1 - number
        yield f"np.log({text})", math.log(number)
        yield f"{atom} ** 2", number**2
    if number > 0:
        yield f"np.sqrt({text})", math.sqrt(number)


def _is(factor: float, number: float) -> bool:
    return abs(factor - number) <= _SAME * abs(number) and number not in (0.0, 1.0)
