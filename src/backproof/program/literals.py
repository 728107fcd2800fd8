"""Arrays as text: short ones as people write them, long ones packed, both to the last bit."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable

import numpy as np

from backproof.ops.op import Array

LONGEST_LITERAL = 300
"""An array of more numbers than this is packed."""

UNPACK = '''\
def unpack(packed, shape, dtype):
    """The array that was packed into this text, to the last bit."""
    return np.frombuffer(zlib.decompress(base64.b85decode(packed)), dtype).reshape(shape).copy()
'''


def is_packed(array: Array) -> bool:
    """Whether the array is too long to be written out."""
    return array.size > LONGEST_LITERAL


def array_lines(start: str, array: Array, end: str = "", *, width: int = 88) -> list[str]:
    """Lines of Python that make the array: `start`, the brackets with the numbers, `end`."""
    rows = [_row(row) for row in array] if array.ndim > 1 else [_number(value) for value in array]
    single = f"{start}[{', '.join(rows)}]{end}"
    if len(single) <= width:
        return [single]
    indent = " " * 4
    if array.ndim > 1:
        return [f"{start}[", *(f"{indent}{row}," for row in rows), f"]{end}"]
    lines, current = [f"{start}["], indent
    for number in rows:
        if len(current) + len(number) + 2 > width:
            lines.append(current.rstrip())
            current = indent
        current += f"{number}, "
    return [*lines, current.rstrip(), f"]{end}"]


def packed_expression(array: Array, *, elide: bool = False) -> str:
    """A call of `unpack` that makes the array; with `elide`, only its shape, for a text that nobody runs."""
    shape, dtype = tuple(array.shape), array.dtype.name
    if elide:
        return f'unpack("...", {shape}, "{dtype}")'
    raw = np.ascontiguousarray(array).tobytes()
    return f'unpack("{base64.b85encode(zlib.compress(raw, 9)).decode()}", {shape}, "{dtype}")'


def element(name: str, index: Iterable[int]) -> str:
    """An element of an array as it is written: `w1[0, 2]`."""
    return f"{name}[{', '.join(map(str, index))}]"


def _row(row: Array) -> str:
    return "[" + ", ".join(_number(value) for value in row) + "]"


def _number(value: np.generic) -> str:
    # the shortest text that gives the same bits back
    return str(value.item()) if value.dtype.kind in "iub" or value.dtype == np.float64 else str(value)
