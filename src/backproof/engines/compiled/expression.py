"""Reads a line of the program as a tree whose every part has a shape and a kind."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backproof.program.syntax import parsed

ROWS = "rows"
"""The length that differs from batch to batch: how many rows it has."""

Length = int | str
Shape = tuple[Length, ...]


class NotLowered(Exception):
    """A line that is beyond this compiler; the message says what in it."""


@dataclass(frozen=True)
class Type:
    """Shape and kind of a value.

    Kinds: "real" is a number of the run's dtype, "flag" true or false, "label" a whole number from the data; "number"
    is one of Python's own, which takes on the dtype of what it meets.
    """

    shape: Shape
    kind: str = "real"


@dataclass(frozen=True)
class Node:
    """An operation, its operands, and what comes out.

    `op` is "name" or "constant" (which `value` says), "rows" (how many there are), "columns" (0, 1, 2, …), "draw" (a
    random number each), "product", "transpose", "reduce" (`value`: how, and along which axis), or elementwise.
    """

    op: str
    type: Type
    operands: tuple[Node, ...] = ()
    value: Any = None

    def names(self) -> set[str]:
        """Every name that it reads."""
        own = {self.value} if self.op == "name" else set()
        return own.union(*(operand.names() for operand in self.operands))


NUMBER = Type((), "number")

BINARY = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.FloorDiv: "floor_divide",
    ast.Pow: "power",
}  # fmt: skip
COMPARED = {ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!="}
FUNCTIONS = {
    "np.exp": 1, "np.expm1": 1, "np.log": 1, "np.log1p": 1, "np.tanh": 1, "np.sqrt": 1, "np.abs": 1, "np.sign": 1,
    "np.cos": 1, "np.sin": 1, "np.maximum": 2, "np.minimum": 2, "np.clip": 3, "np.where": 3, "erf": 1,
}  # fmt: skip
REDUCED = {"np.sum": "sum", "np.mean": "mean", "np.max": "max"}


def parse(code: str, names: Mapping[str, Type]) -> Node:
    """The right side of an assignment, as a tree. Raises NotLowered for what is beyond this compiler."""
    (statement,) = parsed(code).body
    if not isinstance(statement, ast.Assign):
        raise NotLowered(f"`{code}` is no assignment")
    return _Reader(names).read(statement.value)


class _Reader:
    def __init__(self, names: Mapping[str, Type]) -> None:
        self.names = names

    def read(self, node: ast.expr) -> Node:
        match node:
            case ast.Constant(value=bool()):
                pass
            case ast.Constant(value=int() | float() as value):
                return Node("constant", NUMBER, value=value)
            case ast.Name(id=name) if name in self.names:
                return Node("name", self.names[name], value=name)
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                return _product(self.read(left), self.read(right))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
                return elementwise(BINARY[type(op)], self.read(left), self.read(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return elementwise("negative", self.read(operand))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARED:
                return elementwise(COMPARED[type(op)], self.read(left), self.read(right))
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript():
                return self._subscript(node)
            case ast.Call():
                return self._call(node)
        raise NotLowered(f"`{ast.unparse(node)}`")

    def _attribute(self, node: ast.Attribute) -> Node:
        if ast.unparse(node) == "np.pi":
            return Node("constant", NUMBER, value=math.pi)
        inner = self.read(node.value)
        if node.attr == "T" and len(inner.type.shape) == 2:
            return Node("transpose", Type(inner.type.shape[::-1], inner.type.kind), (inner,))
        if node.attr == "size":
            return count(inner.type.shape)
        raise NotLowered(f"`{ast.unparse(node)}`")

    def _subscript(self, node: ast.Subscript) -> Node:
        match node:
            case ast.Subscript(value=ast.Attribute(value=inner, attr="shape"), slice=ast.Constant(value=int() as axis)):
                shape = self.read(inner).type.shape
                if axis < len(shape):
                    return count((shape[axis],))
            case ast.Subscript(value=ast.Name() as name, slice=ast.Tuple(elts=[ast.Slice(None, None, None), new])):
                inner_node = self.read(name)
                if len(inner_node.type.shape) == 1 and isinstance(new, ast.Constant) and new.value is None:
                    return Node("name", Type((*inner_node.type.shape, 1), inner_node.type.kind), value=name.id)
        raise NotLowered(f"`{ast.unparse(node)}`")

    def _call(self, node: ast.Call) -> Node:
        called = ast.unparse(node.func)
        words = {keyword.arg: keyword.value for keyword in node.keywords}
        if called in FUNCTIONS and len(node.args) == FUNCTIONS[called] and not words:
            return elementwise(called.removeprefix("np."), *(self.read(argument) for argument in node.args))
        if called in REDUCED and len(node.args) == 1 and set(words) <= {"axis", "keepdims"}:
            axis, kept = (ast.literal_eval(words[word]) if word in words else None for word in ("axis", "keepdims"))
            return _reduced(REDUCED[called], self.read(node.args[0]), axis, bool(kept))
        if called in ("float", "len") and len(node.args) == 1 and not words:
            inner = self.read(node.args[0])
            if called == "float" and inner.type == NUMBER:
                return inner
            if called == "len" and inner.type.shape:
                return count(inner.type.shape[:1])
        if called == "np.arange" and len(node.args) == 1 and not words:
            length = self.read(node.args[0])
            if length.op == "constant" and isinstance(length.value, int):
                return Node("columns", Type((length.value,), "label"))
        if called == "generator.random" and len(node.args) == 1:
            shape = node.args[0]
            if isinstance(shape, ast.Attribute) and shape.attr == "shape":
                return Node("draw", Type(self.read(shape.value).type.shape, "number"))
        if isinstance(node.func, ast.Attribute) and node.func.attr == "astype":
            inner = self.read(node.func.value)
            if inner.type.kind == "flag" and ast.unparse(node.args[0]).endswith(".dtype"):
                return Node("real", Type(inner.type.shape), (inner,))
        raise NotLowered(f"`{ast.unparse(node)}`")


def size_of(shape: Shape, rows: int) -> int:
    """How many numbers an array of this shape holds, in a batch of so many rows."""
    return math.prod(length if isinstance(length, int) else rows for length in shape)


def count(shape: Shape) -> Node:
    """How many numbers an array of this shape holds."""
    known = math.prod(length for length in shape if isinstance(length, int))
    constant = Node("constant", NUMBER, value=known)
    if ROWS not in shape:
        return constant
    rows = Node("rows", NUMBER)
    return rows if known == 1 else elementwise("multiply", rows, constant)


def elementwise(op: str, *operands: Node) -> Node:
    """An operation on numbers that stand at the same place."""
    kinds = [operand.type.kind for operand in operands]
    shape = _broadcast([operand.type.shape for operand in operands])
    if op in COMPARED.values():
        kind = "flag"
    elif op == "where":
        kind = "real" if "real" in kinds[1:] else kinds[1]
    elif any(kind == "label" for kind in kinds):
        raise NotLowered(f"{op} of whole numbers")
    else:
        kind = "real" if "real" in kinds or shape else "number"
    return Node(op, Type(shape, kind), operands)


def _broadcast(shapes: list[Shape]) -> Shape:
    result: list[Length] = []
    for position in range(1, max(map(len, shapes)) + 1):
        lengths = {shape[-position] for shape in shapes if len(shape) >= position}
        if len(lengths - {1}) > 1:
            raise NotLowered(f"shapes {', '.join(map(str, shapes))} together")
        result.insert(0, next(iter(lengths - {1}), 1))
    if ROWS in result[1:]:
        raise NotLowered("rows along another axis than the first")
    return tuple(result)


def _product(left: Node, right: Node) -> Node:
    (a, b), kind = (left.type.shape, right.type.shape), left.type.kind
    if len(a) != 2 or len(b) != 2 or a[1] != b[0] or kind != "real" or right.type.kind != "real":
        raise NotLowered(f"a product of shapes {a} and {b}")
    if b[1] == ROWS:
        raise NotLowered("a product with rows along its columns")
    return Node("product", Type((a[0], b[1])), (left, right))


def _reduced(how: str, inner: Node, axis: int | None, kept: bool) -> Node:
    shape = inner.type.shape
    if inner.type.kind != "real" or len(shape) not in (1, 2) or axis not in (None, 0, 1) or (axis or 0) >= len(shape):
        raise NotLowered(f"{how} along axis {axis} of shape {shape}")
    if axis is None:
        result: Shape = ()
        if kept:
            raise NotLowered("keepdims without an axis")
    else:
        result = tuple(1 if kept and place == axis else n for place, n in enumerate(shape) if kept or place != axis)
    return Node("reduce", Type(result), (inner,), (how, axis))
