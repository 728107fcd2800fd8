"""Gives every name of every op its place in the program: which number it carries, and what it is called in PyTorch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from backproof.network import Network
from backproof.ops.op import Op
from backproof.program.formula import read


@dataclass(frozen=True)
class Placed:
    """An op at its place in the network."""

    op: Op
    attribute: str
    input: str
    output: str
    scope: Mapping[str, str]
    """The op's own names and what they are called in the program."""

    @property
    def weights(self) -> str:
        """What its matrix of weights is called in the program; empty for an op that has none."""
        matrices = (parameter.name for parameter in self.op.parameters() if len(parameter.shape) == 2)
        return next((self.scope[name] for name in matrices), "")


def place_ops(network: Network) -> tuple[Placed, ...]:
    """Give every name of every op its number.

    The number goes up when a name would repeat: Linear and Sigmoid make z1 and a1, the next Linear makes z2.
    """
    placed: list[Placed] = []
    number, used = 1, set[str]()
    kinds: Counter[str] = Counter()
    current = "x"
    for op in network.ops:
        forward = [read(formula) for formula in op.forward_formulas()]
        others = [read(formula) for formula in (*op.evaluation_formulas(), *op.backward_formulas())]
        made = {name for source in (*forward, *others) for name in source.assigned}
        own = {name for name in made if not name.startswith("d_")}
        own |= {parameter.name for parameter in op.parameters()}
        if used & own:
            number, used = number + 1, set()
        used |= own
        scope = {name: f"{name}{number}" for name in own}
        scope[forward[0].arguments[0]] = current
        # what the last function returns that makes something new is the op's output
        result = [source.returns[0] for source in forward if source.returns[0] in source.assigned][-1]
        kind = type(op).__name__.lower()
        kinds[kind] += 1
        placed.append(Placed(op, f"{kind}{kinds[kind]}", current, scope[result], scope))
        current = scope[result]
    return tuple(placed)
