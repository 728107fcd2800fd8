"""A formula as a tree, read from the syntax tree of a program's line; all mathematics is written from it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "sum",
    "negative",
    "times",
    "hadamard",
    "matmul",
    "fraction",
    "power",
    "transpose",
    "root",
    "absolute",
    "floor",
    "function",
    "total",
    "mean",
    "truth",
    "cases",
    "elided",
    "partial",
]


@dataclass(frozen=True)
class Name:
    """A quantity of the program."""

    name: str


@dataclass(frozen=True)
class Number:
    """A number that the run holds, or one that the line itself names."""

    value: float


@dataclass(frozen=True)
class Letter:
    """A letter that mathematics uses and the program does not, such as n for the number of samples."""

    letter: str


@dataclass(frozen=True)
class Words:
    """Something that is said in words."""

    text: str


@dataclass(frozen=True)
class Operation:
    """An operation on parts; `label` names the function, the relation, or what a sum goes over."""

    kind: Kind
    parts: tuple[Expression, ...]
    label: str = ""


Expression = Name | Number | Letter | Words | Operation

RELATIONS: dict[type[ast.cmpop], str] = {
    ast.Gt: ">",
    ast.GtE: "≥",
    ast.Lt: "<",
    ast.LtE: "≤",
    ast.Eq: "=",
    ast.NotEq: "≠",
}
FUNCTIONS = {"log": "ln", "maximum": "max", "minimum": "min"}
"""NumPy's names where mathematics has others."""
AXES = {None: "all", 0: "samples", 1: "columns"}
COUNTS = {"all": "N", "samples": "n", "columns": "k"}
"""How many numbers, rows and columns there are."""


def assigned_expression(code: str) -> ast.expr:
    """The right-hand side of a line of the program."""
    statement = ast.parse(code).body[0]
    assert isinstance(statement, ast.Assign)
    return statement.value


def read_formula(code: str, is_scalar: Callable[[str], bool]) -> Expression:
    """The mathematics of a line's right-hand side. `is_scalar` tells single numbers from arrays."""
    return _Reader(is_scalar).read(assigned_expression(code))


class _Reader:
    def __init__(self, is_scalar: Callable[[str], bool]) -> None:
        self.is_scalar = is_scalar

    def read(self, node: ast.expr) -> Expression:
        match node:
            case ast.Name(id=name):
                return Name(name)
            case ast.Constant():
                return Number(float(ast.literal_eval(node)))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Operation("negative", (self.read(operand),))
            case ast.BinOp(left=left, op=op, right=right):
                kind: Kind = "hadamard" if not (self._single(left) or self._single(right)) else "times"
                return combine(op, self.read(left), self.read(right), kind)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return Operation("truth", (self.read(left), self.read(right)), RELATIONS[type(op)])
            case ast.Attribute(value=value, attr="T"):
                return Operation("transpose", (self.read(value),))
            case ast.Attribute(attr="size"):
                return Letter("N")
            case ast.Attribute(attr="pi"):
                return Letter("π")
            case ast.Subscript(value=ast.Attribute(attr="shape"), slice=axis):
                return Letter(COUNTS[AXES[ast.literal_eval(axis)]])
            case ast.Subscript(value=value):
                return self.read(value)
            case ast.Call():
                return self._call(node)
        raise NotImplementedError(ast.unparse(node))

    def _call(self, node: ast.Call) -> Expression:
        name = called(node)
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name == "astype" and owner is not None:
            return self.read(owner)
        if name == "len":
            return Letter("n")
        if name == "arange":
            return Letter("j")
        if name == "random":
            return Words("a random number from 0 to 1")
        parts = tuple(self.read(argument) for argument in node.args)
        if name == "sum":
            return Operation("total", parts, AXES[axis_of(node)])
        if name == "mean":
            return Operation("mean", parts, AXES[axis_of(node)])
        if name == "max":
            return Operation("function", parts, "max of the row")
        return apply(name, parts)

    def _single(self, node: ast.expr) -> bool:
        """Whether this part of the line is one number for all elements."""
        match node:
            case ast.Name(id=name):
                return self.is_scalar(name)
            case ast.Constant() | ast.Attribute(attr="size") | ast.Subscript(value=ast.Attribute(attr="shape")):
                return True
            case ast.BinOp(left=left, right=right):
                return self._single(left) and self._single(right)
            case ast.Compare(left=left, comparators=[right]):
                return self._single(left) and self._single(right)
            case ast.UnaryOp(operand=operand):
                return self._single(operand)
            case ast.Call() if called(node) in ("sum", "mean") and axis_of(node) is None:
                return True
            case ast.Call() if called(node) == "len":
                return True
            case ast.Call(args=arguments) if arguments:
                return all(self._single(argument) for argument in arguments)
        return False


def combine(op: ast.operator, left: Expression, right: Expression, product: Kind = "times") -> Expression:
    """Two parts under one of Python's operators; sums and products of the same kind are flattened."""
    match op:
        case ast.Add():
            return Operation("sum", (*_parts("sum", left), right))
        case ast.Sub():
            return Operation("sum", (*_parts("sum", left), Operation("negative", (right,))))
        case ast.Mult():
            return Operation(product, (*_parts(product, left), right))
        case ast.MatMult():
            return Operation("matmul", (*_parts("matmul", left), right))
        case ast.Div():
            return Operation("fraction", (left, right))
        case ast.Pow():
            return Operation("power", (left, right))
        case ast.FloorDiv():
            return Operation("floor", (Operation("fraction", (left, right)),))
    raise NotImplementedError(type(op).__name__)


def _parts(kind: Kind, left: Expression) -> tuple[Expression, ...]:
    return left.parts if isinstance(left, Operation) and left.kind == kind else (left,)


def apply(name: str, parts: tuple[Expression, ...]) -> Expression:
    """A function of parts, as mathematics writes it."""
    match name:
        case "float":
            return parts[0]
        case "where":
            return Operation("cases", parts)
        case "exp":
            return Operation("power", (Letter("e"), *parts))
        case "expm1":
            power = Operation("power", (Letter("e"), *parts))
            return Operation("sum", (power, Operation("negative", (Number(1.0),))))
        case "sqrt":
            return Operation("root", parts)
        case "abs":
            return Operation("absolute", parts)
        case "log1p":
            return Operation("function", (Operation("sum", (Number(1.0), *parts)),), "ln")
    return Operation("function", parts, FUNCTIONS.get(name, name))


def called(node: ast.Call) -> str:
    """The name of the function that is called, without what stands before the dot."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)


def axis_of(node: ast.Call) -> int | None:
    """The axis that a sum, a mean or a maximum goes over; None for all of it."""
    for keyword in node.keywords:
        if keyword.arg == "axis":
            return int(ast.literal_eval(keyword.value))
    return None
