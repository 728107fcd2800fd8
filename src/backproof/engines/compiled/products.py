"""Writes a product of matrices: small ones as loops, larger ones in tiles that stay in registers.

Where the right matrix is too large for the nearest cache, each strip of its columns is first copied side by side, and
all tiles of the strip read the copy: this is the packing of K. Goto and R. van de Geijn, Anatomy of High-Performance
Matrix Multiplication (ACM TOMS 34, 2008).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from backproof.engines.compiled.elements import Lines
from backproof.engines.compiled.expression import size_of
from backproof.engines.compiled.instructions import Product

MEET = ("meetings += 1", "meet(meeting, meetings * threads)")
"""Where every thread waits until all have come."""
SMALLEST = 256
"""Below so many multiplications (a batch counted as 8 rows) a tile does not pay."""
COPY = "strip_of_right"
"""The name of the copy of a strip."""
LARGE = 16 * 1024
"""A right matrix of more bytes than half the nearest cache of the smallest processors is copied strip by strip."""
REUSE = 4
"""So many tiles, one above the other, must read a strip before it pays to copy it."""


@dataclass(frozen=True)
class Machine:
    """How wide a vector is, in bytes, and how many rows a tile of two vectors has at most."""

    vector: int
    rows: int


def this_machine() -> Machine:
    """The vectors of the processor that this runs on."""
    from llvmlite import binding

    features = binding.get_host_cpu_features()
    if features.get("avx512f"):
        return Machine(64, 8)
    return Machine(32, 4) if features.get("avx2") else Machine(16, 4)


class ProductWriter:
    """Writes products; `tiles` are those that were needed, with the text that makes each.

    Args:
        itemsize: the bytes of a number.
        rows: the rows of a batch, as they are written in the text.
        most: how many rows a batch has at most.
    """

    def __init__(self, machine: Machine, itemsize: int, rows: str, most: int) -> None:
        self.machine, self.lanes, self.rows = machine, machine.vector // itemsize, rows
        self.itemsize, self.most = itemsize, most
        self.tiles: dict[str, str] = {}
        self.copied: set[tuple[int | str, int]] = set()
        """The heights and widths of the strips that are copied."""

    def is_tiled(self, product: Product) -> bool:
        rows, columns = product.type.shape
        size = size_of((rows, columns, product.inner), 8)
        return isinstance(columns, int) and columns >= 4 and size >= SMALLEST

    def turned(self, product: Product) -> str | None:
        """The name of the copy in which the right matrix lies as the tiles need it, if it has to be made."""
        needed = product.right_transposed and self.is_tiled(product) and not self._is_copied(product)
        return f"{product.right}_turned" if needed else None

    def _is_copied(self, product: Product) -> bool:
        """Whether the strips of the right matrix are copied before they are read."""
        rows, columns = product.type.shape
        assert isinstance(columns, int)
        bytes_of_right = size_of((product.inner, columns), self.most) * self.itemsize
        many = size_of((rows,), self.most) >= REUSE * self.machine.rows
        return many and columns > 2 * self.lanes and bytes_of_right > LARGE

    def write(self, lines: Lines, product: Product, *, shared: bool = False) -> None:
        """Write a product; `shared`: each thread computes its share of the strips or rows, if it has tiles."""
        self.shared = shared
        if self.is_tiled(product):
            self._tiled(lines, product)
        else:
            self._loops(lines, product)

    def _length(self, length: int | str) -> str:
        return str(length) if isinstance(length, int) else self.rows

    def _loops(self, lines: Lines, product: Product) -> None:
        rows, columns = product.type.shape
        left, right, target = product.left, product.right, product.target
        a = f"k * {self._length(rows)} + i" if product.left_transposed else f"i * {self._length(product.inner)} + k"
        b = f"j * {self._length(product.inner)} + k" if product.right_transposed else f"k * {columns} + j"
        first = f"get_{product.bias}({product.bias}, j)" if product.bias else "zero"
        lines.loop("i", self._length(rows))
        lines.loop("j", self._length(columns))
        lines.add(f"total = {first}")
        lines.loop("k", self._length(product.inner))
        lines.add(f"total = plus_product(total, get_{left}({left}, {a}), get_{right}({right}, {b}))")
        lines.leave()
        lines.add(f"put_{target}({target}, i * {columns} + j, total)")
        lines.leave(2)

    def _tiled(self, lines: Lines, product: Product) -> None:
        columns = product.type.shape[1]
        assert isinstance(columns, int)
        right = product.right
        turned = self.turned(product)
        if turned:
            if self.shared:
                lines.shared_loop("j", columns)
            else:
                lines.loop("j", columns)
            lines.loop("k", self._length(product.inner))
            value = f"get_{right}({right}, j * {self._length(product.inner)} + k)"
            lines.add(f"put_{turned}({turned}, k * {columns} + j, {value})")
            lines.leave(2)
            if self.shared:
                lines.add(*MEET)
            right = turned
        start = 0
        for (lanes, offsets), group in groupby(self._strips(columns)):
            count = len(list(group))
            self._strip(lines, product, right, (start, count), lanes, offsets)
            start += count * (offsets[-1] + lanes)

    def _strips(self, columns: int) -> list[tuple[int, tuple[int, ...]]]:
        """How many numbers a vector holds, and where in a strip its vectors begin, for strips that make up the columns.

        Two vectors at a time; those of the last strip may overlap, so that they fill it, and what is narrower than a
        vector is a single one.
        """
        whole = self.lanes, (0, self.lanes)
        strips: list[tuple[int, tuple[int, ...]]] = [whole] * (columns // (2 * self.lanes))
        left = columns % (2 * self.lanes)
        if left:
            lanes = min(self.lanes, left)
            strips.append((lanes, (0,) if lanes == left else (0, left - lanes)))
        return strips

    def _strip(
        self, lines: Lines, product: Product, right: str, where: tuple[int, int], lanes: int, offsets: tuple[int, ...]
    ) -> None:
        """Strips of the same width, from a first column on."""
        start, count = where
        rows, columns = product.type.shape
        inner = self._length(product.inner)
        a_row, a_step = ("1", self._length(rows)) if product.left_transposed else (inner, "1")
        # as many sums grow side by side, whether a row has two vectors or one
        sizes = [self.machine.rows * 2 // len(offsets)]
        while sizes[-1] > 1:
            sizes.append(sizes[-1] // 2)
        if isinstance(rows, int):
            # those that are left over for the last rows
            sizes = [
                size for size in sizes if size == sizes[0] <= rows or (size != sizes[0] and rows % sizes[0] & size)
            ]
        if count > 1:
            if self.shared:
                # a thread that always has the same columns finds its part of the weights in its own cache
                lines.add(f"first, last = whole_share({count}, thread, threads)")
            lines.loop("strip", "first, last" if self.shared else count)
            lines.add(f"j = {start} + strip * {offsets[-1] + lanes}")
        else:
            lines.add(f"j = {start}")
        b_at, b_row = "j", str(columns)
        if self._is_copied(product):
            width = offsets[-1] + lanes
            self._copy(lines, product, width)
            right, b_at, b_row = COPY, "0", str(width)
        end = self._length(rows)
        if self.shared:
            # whole tiles, so that no thread's share is made of narrow ones
            alone = f" if {count} % threads else (0, {end})" if count > 1 else ""
            lines.add(f"i, high = share({end}, {sizes[0]}, thread, threads){alone}")
            end = "high"
        else:
            lines.add("i = 0")
        for size in sizes:
            biased = product.bias is not None
            name = f"tile_{size}_{lanes}_{'_'.join(map(str, offsets))}{'_biased' if biased else ''}"
            self.tiles[name] = f"{name} = tile({size}, {lanes}, {offsets}, {biased})"
            lines.add(f"while i + {size} <= {end}:")
            lines.depth += 1
            bias = product.bias or product.target
            lines.add(
                f"{name}({product.target}, {product.left}, {right}, {bias}, i * {columns} + j, i * {a_row},"
                f" {b_at}, j, {inner}, {a_row}, {a_step}, {b_row}, {columns})",
                f"i += {size}",
            )
            lines.leave()
        if count > 1:
            lines.leave()

    def _copy(self, lines: Lines, product: Product, width: int) -> None:
        """The strip that begins at column j, side by side in memory of this thread's own."""
        self.copied.add((product.inner, width))
        inner, right = self._length(product.inner), product.right
        at = f"(j + column) * {inner} + k" if product.right_transposed else f"k * {product.type.shape[1]} + j + column"
        lines.loop("k", inner)
        lines.loop("column", width)
        lines.add(f"put_{COPY}({COPY}, k * {width} + column, get_{right}({right}, {at}))")
        lines.leave(2)

    def room(self, most: str) -> list[str]:
        """The line that makes room for the strips that are copied, if any are; `most` is the text for the most rows."""
        sizes = sorted({f"{most if isinstance(inner, str) else inner} * {width}" for inner, width in self.copied})
        if not sizes:
            return []
        size = sizes[0] if len(sizes) == 1 else f"max({', '.join(sizes)})"
        return [f"{COPY} = np.empty({size}, real)"]
