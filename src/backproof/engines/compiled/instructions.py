"""Takes the lines of a program apart: each instruction is elementwise, or one sum or maximum, or one product."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from backproof.engines.compiled.expression import ROWS, Node, NotLowered, Shape, Type, count, parse
from backproof.program.derivation import Step


@dataclass(frozen=True)
class Map:
    """`target` = `node`, element by element."""

    target: str
    type: Type
    node: Node

    @property
    def space(self) -> Shape:
        """The shape that is gone through."""
        return self.node.type.shape

    def reads(self) -> set[str]:
        return self.node.names()


@dataclass(frozen=True)
class Reduce:
    """`target` = the sum or maximum of `node` along an axis (None: all), divided by `divisor`."""

    target: str
    type: Type
    node: Node
    how: str
    axis: int | None
    divisor: Node | None = None

    @property
    def space(self) -> Shape:
        return self.node.type.shape

    @property
    def in_row(self) -> bool:
        """Whether one row is enough for an element of it."""
        return self.axis == 1 and self.space[0] == ROWS

    def reads(self) -> set[str]:
        return self.node.names() | (self.divisor.names() if self.divisor else set())


@dataclass(frozen=True)
class Product:
    """`target` = `left` @ `right` + `bias`; either may be transposed."""

    target: str
    type: Type
    left: str
    right: str
    left_transposed: bool
    right_transposed: bool
    inner: int | str
    """How many products each sum is made of."""
    bias: str | None = None

    def reads(self) -> set[str]:
        return {self.left, self.right} | ({self.bias} if self.bias else set())


Instruction = Map | Reduce | Product


def instructions(steps: Iterable[Step], names: dict[str, Type]) -> list[Instruction]:
    """The instructions of these steps. `names` are the types of what they read, and grows by what they assign.

    Raises NotLowered for a step that is beyond this compiler.
    """
    made: list[Instruction] = []
    for step in steps:
        made += lowered(step, names)
    return made


def lowered(step: Step, names: dict[str, Type]) -> list[Instruction]:
    """The instructions of one step; raises NotLowered."""
    try:
        node = parse(step.code, names)
    except NotLowered as error:
        raise NotLowered(f"{error} in `{step.code}`") from None
    taken = _Taken(step.name, names)
    if node.type.kind == "label":
        raise NotLowered(f"whole numbers in `{step.code}`")
    taken.assign(step.name, node)
    return taken.made


class _Taken:
    """A tree being taken apart."""

    def __init__(self, name: str, names: dict[str, Type]) -> None:
        self.name, self.names = name, names
        self.made: list[Instruction] = []

    def assign(self, target: str, node: Node) -> None:
        bias = self._biased(node)
        if bias is not None:
            self._product(target, bias[0], bias[1])
        elif node.op == "product":
            self._product(target, node, None)
        elif node.op == "reduce":
            self._reduce(target, node)
        else:
            flat = self._flat(node)
            known = self.names.get(target)
            kind = Type(flat.type.shape, "real" if known and known.kind == "real" else flat.type.kind)
            self.names[target] = kind
            self.made.append(Map(target, kind, flat))

    def _biased(self, node: Node) -> tuple[Node, str] | None:
        """A product to which one row is added."""
        if node.op != "add":
            return None
        product, bias = node.operands
        if product.op == "product" and bias.op == "name" and bias.type.shape == product.type.shape[1:]:
            return product, bias.value
        return None

    def _flat(self, node: Node) -> Node:
        """The tree with every sum, maximum and product in it replaced by a name."""
        if node.op in ("reduce", "product"):
            target = f"{self.name}_part{len(self.made) + 1}"
            self.assign(target, node)
            return Node("name", node.type, value=target)
        if node.op == "transpose":
            raise NotLowered(f"a transpose outside a product, in {self.name}")
        return replace(node, operands=tuple(self._flat(operand) for operand in node.operands))

    def _reduce(self, target: str, node: Node) -> None:
        how, axis = node.value
        inner = self._flat(node.operands[0])
        divisor = None
        if how == "mean":
            shape = inner.type.shape
            how, divisor = "sum", count(shape if axis is None else shape[axis : axis + 1])
        self.names[target] = node.type
        self.made.append(Reduce(target, node.type, inner, how, axis, divisor))

    def _product(self, target: str, node: Node, bias: str | None) -> None:
        (left, left_transposed), (right, right_transposed) = (self._operand(operand) for operand in node.operands)
        self.names[target] = node.type
        inner = node.operands[0].type.shape[1]
        self.made.append(Product(target, node.type, left, right, left_transposed, right_transposed, inner, bias))

    def _operand(self, node: Node) -> tuple[str, bool]:
        if node.op == "transpose":
            return self._operand(node.operands[0])[0], True
        if node.op == "name":
            return str(node.value), False
        target = f"{self.name}_part{len(self.made) + 1}"
        self.assign(target, node)
        return target, False
