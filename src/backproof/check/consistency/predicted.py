"""What is computed after training, held against what training computes: where the two part."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch

from backproof.check.consistency.recognised import recognised
from backproof.check.consistency.trained import Trained, equal, part_of
from backproof.check.record.memory import Ref
from backproof.check.record.trace import PRODUCTS, Trace
from backproof.check.replay.operations import Tensor, real
from backproof.check.replay.replay import Replay
from backproof.check.replay.values import Reading

_HOPS = 40  # operations from what is added to a part of a prediction back to the parameters
_ANSWERS = ("argmax", "greater", "greater_equal", "less", "less_equal")
_FORMS = ("getitem", "view", "transpose", "reshape", "ravel", "flatten", "squeeze", "copy", "round")
_ERRORS = ("subtract", "absolute", "square", "mean", "sum")
_NETWORK = {
    *PRODUCTS, "add", "multiply", "negative", "exp", "tanh", "maximum", "where", "logaddexp", "expit", "greater",
}  # fmt: skip


@dataclass
class _Network:
    """The values of a network, by their nodes."""

    values: dict[int, Tensor] = field(default_factory=dict)
    reached: dict[int, set[int]] = field(default_factory=dict)  # the parameters that each is computed from
    readers: dict[int, list[int]] = field(default_factory=dict)  # what is computed from each
    matched: set[int] = field(default_factory=set)  # those that the trained network has, too


class Predicted:
    """What is computed after training, from the parameters as training has them and from the training inputs."""

    def __init__(self, trace: Trace, begin: int, trained: Trained, reading: Reading) -> None:
        self.trace, self.begin, self.trained = trace, begin, trained
        found = recognised(trace, begin, trained.frame, trained.texts, reading)
        self.known, self.patched = found.known, found.patched
        self.looked_up: set[int] = set()  # the rows that training reads of a parameter: their numbers are its inputs
        for node in range(begin, len(trace)):
            if (part := part_of(trace, node, self.known)) and (self.known[part[0]], part[1]) in trained.parts:
                self.known[node] = trained.parts[self.known[part[0]], part[1]]
                self.looked_up.add(node)
            elif trace.operations[node] == "copy":  # of what the program computes, or of a plain number
                for copied in (n for n in trace.inputs(node)[:1] if n in self.known):
                    self.known[node] = self.known[copied]
        given = trained.given
        self.values: dict[int, Tensor] = {node: given[parameter].detach() for node, parameter in self.known.items()}
        self._put_inputs_in()

    def arguments(self, node: int) -> tuple[Any, ...]:
        return self.patched.get(node, self.trace.arguments[node])

    def nodes_of(self, node: int) -> list[int]:
        """What a node is computed from, the bare numbers that are parameters too."""
        return [*self.trace.inputs(node), *(int(a) for a in self.patched.get(node, ()) if isinstance(a, Ref))]

    def _put_inputs_in(self) -> None:
        """The training inputs in the place of what meets the same parameters first."""
        met: set[int] = set()
        for node in range(self.begin, len(self.trace)):
            arguments = self.arguments(node)
            if self.trace.operations[node] not in (*PRODUCTS, "multiply") or len(arguments) < 2:
                continue
            for position in (0, 1):
                mine, other = arguments[position], arguments[1 - position]
                if not isinstance(mine, Ref) or not isinstance(other, Ref) or int(other) in self.known:
                    continue
                turned = int(mine) < len(self.trace) and self.trace.operations[int(mine)] == "transpose"
                parameter = self.known.get(self.trace.inputs(int(mine))[0] if turned else int(mine))
                side, value = (
                    self.trained.inputs.get(parameter, (None, None)) if parameter is not None else (None, None)
                )
                if turned and value is not None:
                    side, value = 1 - (side or 0), value.T if value.ndim == 2 else value
                if (
                    parameter is None
                    or side != position
                    or value is None
                    or parameter in met
                    or not self._is_data(int(other))
                ):
                    continue
                shape = self.trace.shape(int(other))
                if len(shape) == value.ndim + 1 == 2 and shape[-position] == len(value):
                    # training goes through the samples one by one, and here are all of them
                    value = value[None] if position == 1 else value[:, None]
                if len(shape) == value.ndim:
                    met.add(parameter)
                    self.values[int(other)] = value

    def _is_data(self, node: int) -> bool:
        """Whether a value is computed from no parameter."""
        stack, seen = [node], set[int]()
        while stack:
            at = stack.pop()
            if at in self.known:
                return False
            if at not in seen:
                seen.add(at)
                stack += self.nodes_of(at)
        return True

    def whole(self) -> Iterator[int]:
        """The values of the trained network that are computed from data and all of its parameters."""
        for node in sorted(self._network.matched & self._fed):
            if self.trained.parameters <= self._network.reached[node]:
                yield node

    def finished(self) -> Iterator[int]:
        """The values that are the output of the trained network."""
        return (node for node in sorted(self._network.matched) if self._is_finished(node))

    def decided(self) -> Iterator[int]:
        """The values of the trained network, from all of its parameters, of which an answer is made as they are."""
        for node in self.whole():
            readers = self.trace.readers[node]
            if all(self.trace.operations[reader] in _ANSWERS for reader in readers):
                yield node

    @cached_property
    def _network(self) -> "_Network":
        """What is computed from the parameters and the training inputs alone."""
        made = _Network()
        if not self.known or (len(self.values) == len(self.known) and not self.looked_up):
            return made
        dependent = self._dependent()
        replay = Replay(self.trace, self.values, frozenset(dependent), exact=False).varied(
            self.values, set(), self.patched
        )
        for node in sorted(dependent):
            inputs = self.nodes_of(node)
            if any(n not in self.values and n not in made.reached for n in inputs):
                continue  # other data come in, so that it cannot be held against training
            parameters = {part for n in inputs if n in self.known for part in self.trained.all_of(self.known[n])}
            parameters |= {p for n in inputs for p in made.reached.get(n, ())}
            if not parameters:
                continue
            with torch.no_grad():
                value = replay.value(node)
            if node in replay.opaque or not isinstance(value, Tensor) or value.dtype == torch.bool:
                continue
            made.reached[node], made.values[node] = parameters, real(value)
            for n in inputs:
                made.readers.setdefault(n, []).append(node)
            if self.trained.holds(made.values[node]):
                made.matched.add(node)
        return made

    def squashed(self) -> Iterator[int]:
        """The values that are the whole network's output behind one more sigmoid or tanh, which training has not. Where
        classes are -1 and 1, tanh changes no answer."""
        values, matched = self._network.values, self._network.matched
        squashes = (torch.sigmoid,) if self.trained.is_signed else (torch.sigmoid, torch.tanh)
        wanted = [squash(output) for output in self.trained.squashable for squash in squashes]
        if not wanted or next(self.whole(), None) is None:
            return
        for node in sorted(values.keys() - matched):
            if any(equal(values[node], other) for other in wanted):
                yield node

    def unsquashed(self) -> Iterator[int]:
        """What the trained network makes its output of by a sigmoid or tanh, given out as it is: where outputs are held
        against numbers, that is another one; an answer, such as which is the largest, is the same. It is not said of
        what is told beside the output itself."""
        made = self._network
        if not self.trained.squashable or next(self.finished(), None) is not None:
            return
        for node in self.whole():
            squashed = [squash(made.values[node]) for squash in (torch.sigmoid, torch.tanh)]
            meant = any(equal(one, output) for one in squashed for output in self.trained.outputs)
            if meant and not self._is_finished(node) and not self._goes_on(node):
                yield node

    def _goes_on(self, node: int) -> bool:
        """Whether anything but an error is made of a value, of a part of it, or of another form: an output, perhaps, or
        an answer."""
        stack = [node]
        while stack:
            for reader in self.trace.readers[stack.pop()]:
                operation = self.trace.operations[reader]
                if operation in _FORMS:
                    stack.append(reader)
                elif operation not in _ERRORS:
                    return True
        return False

    def deviating(self) -> Iterator[int]:
        """The values from which on another network is computed, the first one first.

        A value deviates if what it is computed from is a value of the trained network, which is not finished there, and
        neither it nor anything after it is one; or if the network is left before its last biases were added.
        """
        reached, matched, readers = self._network.reached, self._network.matched, self._network.readers
        behind: dict[int, set[int]] = {}
        if not matched:
            return
        for node in sorted(reached, reverse=True):
            behind[node] = {node} & matched
            for reader in readers.get(node, ()):
                behind[node] |= behind.get(reader, set())
        wanted = self.trained.parameters
        for node in sorted(self._fed):
            inputs = [n for n in self.nodes_of(node) if n in reached]
            operation, shifts = self.trace.operations[node], self._shifts(node)
            # one by one, elements take the branches that other data took
            alone = any(self.trace.operations[n] == "getitem" for n in inputs) and self.trace.shape(node) == ()
            of_network = (operation in _NETWORK or shifts) and not alone
            if shifts and inputs and not alone and all(self._is_finished(n) for n in inputs):
                yield node  # to what is finished
                continue
            if node in matched:
                left = wanted - reached[node]
                ends = not any(
                    r in reached and (self.trace.operations[r] in _NETWORK or self._shifts(r))
                    for r in readers.get(node, ())
                )
                goes_on = any(left <= reached[later] for later in behind[node])
                short = left and not left & self.trained.factors and ends and not goes_on and operation in PRODUCTS
                if short and not self._is_joined(node, left):
                    yield node
                continue
            left = wanted - set().union(*(reached[n] for n in inputs))
            # a part of a parameter, or one turned around, is nothing that training would have to have
            inputs = [n for n in inputs if n in self._fed]
            if of_network and left and inputs and all(n in matched for n in inputs) and not behind[node]:
                # where only a bias is missing, it is missing behind the product, and what comes before the next product
                # is missing behind the one before it
                short = self.trace.operations[inputs[0]] in PRODUCTS and not left & self.trained.factors
                unread = operation in PRODUCTS and not any(r in matched for r in readers.get(inputs[0], ()))
                early = unread and not self.trained.is_multiplied(self._network.values[inputs[0]])
                yield inputs[0] if short or early else node

    def _is_joined(self, node: int, left: set[int]) -> bool:
        """Whether a value is added to what is computed from some parameters, or subtracted from what they are
        subtracted from, before it or after it: it is a part of what is predicted, which stands nowhere, or of which
        other data are a part."""
        sums, beside = {node}, set[int]()
        stack = [node]
        while stack:
            readers = self.trace.readers[stack.pop()]
            joining = {r for r in readers if self.trace.operations[r] in ("add", "subtract")} - sums
            beside.update(n for reader in joining for n in self.nodes_of(reader))
            sums |= joining
            stack += joining
        return left <= self._made_of(beside - sums)

    def _made_of(self, nodes: set[int]) -> set[int]:
        """The parameters that some values are computed from after the training, in a few operations."""
        stack, seen, found = [*nodes], set[int](), set[int]()
        while stack and len(seen) < _HOPS:
            at = stack.pop()
            if at in self.known:
                found.add(self.known[at])
            elif at not in seen and at >= self.begin:
                seen.add(at)
                stack += self.nodes_of(at)
        return found

    def _shifts(self, node: int) -> bool:
        """Whether a parameter is added or subtracted."""
        return self.trace.operations[node] in ("add", "subtract") and any(n in self.known for n in self.nodes_of(node))

    @cached_property
    def _fed(self) -> set[int]:
        """The values that are computed from the data: a penalty on the weights, for one, is no prediction."""
        data = (self.values.keys() - self.known.keys()) | self.looked_up
        fed: set[int] = set()
        for node in sorted(self._network.reached):
            if any(n in data or n in fed for n in self.nodes_of(node)):
                fed.add(node)
        return fed

    def _is_finished(self, node: int) -> bool:
        """Whether a value is the output of the trained network."""
        made = self._network
        whole = node in made.matched and self.trained.parameters <= made.reached[node]
        return whole and any(equal(made.values[node], output) for output in self.trained.outputs)

    def _dependent(self) -> set[int]:
        found: set[int] = set()
        for node in range(self.begin, len(self.trace)):
            if node not in self.values and any(n in self.values or n in found for n in self.nodes_of(node)):
                found.add(node)
        return found
