"""What training computes in one step, from the parameters to the output."""

from collections.abc import Container

import numpy as np
import torch

from backproof.check.consistency.recognised import parameter_texts
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import Standard, Stated
from backproof.check.losses.outputs import Pair, nodes_at, output_nodes, outputs
from backproof.check.losses.pairs import pairs
from backproof.check.record.memory import Ref
from backproof.check.record.trace import PRODUCTS, Trace
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor, real
from backproof.check.replay.values import Reading

_TOLERANCE = 1e-6
_ROWS = 10_000  # numbers of rows that are told from others


def part_of(trace: Trace, node: int, wholes: Container[int]) -> tuple[int, str] | None:
    """The parameter that a value is a part of, and which part, such as `1:` or the rows of some words; None if it is no
    fixed part of one."""
    inputs = trace.inputs(node)
    if trace.operations[node] != "getitem" or not inputs or inputs[0] not in wholes:
        return None
    where = trace.arguments[node][1]
    if len(inputs) == 2 and isinstance(where, Ref):
        rows = trace.values[int(where)]
        whole = isinstance(rows, np.ndarray) and rows.dtype.kind == "i" and rows.size <= _ROWS
        return (inputs[0], repr(rows.tolist())) if whole else None
    if len(inputs) != 1:
        return None
    while isinstance(where, tuple) and where and where[-1] == slice(None):
        where = where[:-1]  # `p[i, :]` is `p[i]`
    return inputs[0], repr(where[0] if isinstance(where, tuple) and len(where) == 1 else where)


class Trained:
    """What training computes in one step, from the parameters to the output, and from which inputs."""

    def __init__(self, judgement: Judgement, frame: Frame, reading: Reading) -> None:
        self.frame = frame
        self.texts = parameter_texts(frame, reading)
        with torch.no_grad():
            made = [frame.replay.value(node) for node in sorted(frame.forward)]
        self.values = [real(value).detach() for value in made if isinstance(value, Tensor)]
        last = outputs_of(judgement, frame)
        behind = frame.ancestors(last, frame.forward)
        # what is read of a parameter in parts is known by each of them: by the node at which it is read first
        self.parts: dict[tuple[int, str], int] = {}
        self.read: dict[int, int] = {node: node for node in frame.given}
        for node in sorted(frame.forward):
            if (part := part_of(frame.trace, node, frame.given)) is not None:
                self.read[node] = self.parts.setdefault(part, node)
        self.given = {node: real(frame.replay.value(node)) for node in set(self.read.values())}
        self.parameters = {
            self.read[e] for node in behind - self.read.keys() for e in frame.trace.inputs(node) if e in self.read
        }
        # an output of any size that is held against numbers is what is meant, not what a sigmoid makes of it
        loss = judgement.match.loss if judgement.match else None
        plain = loss.kind == "squared" if isinstance(loss, Standard) else judgement.kind == "squared"
        self.outputs = _given_out(judgement, frame)
        self.values += self.outputs
        self.squashable = self.outputs if plain else []
        targets = [target for pair in _met(judgement, frame) for _, target in outputs(frame, pair)]
        self.is_signed = bool(targets) and all(bool((target.abs() == 1).all()) for target in targets)
        self.factors: set[int] = set()  # the parameters that something is multiplied with; the others are added
        self.inputs: dict[int, tuple[int, Tensor]] = {}  # of a parameter: on which side its data stand, and these
        self.sites: set[int] = set()
        # of several passes within a step, as where gradients are tested by differences, the last one is what is trained
        for node in sorted(frame.ancestors(_ends(judgement, frame, last), frame.forward)):
            self._meets_data(node)
        for node in sorted(frame.forward):
            self._meets_data(node)
            self.sites.update([frame.trace.sites[node], *frame.trace.calls(frame.trace.paths[node])])

    def _meets_data(self, node: int) -> None:
        trace, arguments = self.frame.trace, self.frame.trace.arguments[node]
        if trace.operations[node] not in (*PRODUCTS, "multiply") or len(arguments) < 2:
            return
        for position in (0, 1):
            mine, other = arguments[position], arguments[1 - position]
            if not isinstance(mine, Ref) or int(mine) not in self.read:
                continue
            parameter = self.read[int(mine)]
            if isinstance(other, Ref):  # a number that stands in the file is the decay's, or a scale
                self.factors.add(parameter)
            if isinstance(other, Ref) and int(other) not in self.frame.dependent and int(other) not in self.read:
                self.inputs.setdefault(parameter, (position, real(self.frame.replay.value(int(other))).detach()))

    def all_of(self, parameter: int) -> set[int]:
        """A parameter, and the parts of it that training reads one by one."""
        return {parameter, *(node for (whole, _), node in self.parts.items() if whole == parameter)}

    def holds(self, value: Tensor) -> bool:
        return any(equal(value, other) for other in self.values)

    def is_multiplied(self, value: Tensor) -> bool:
        """Whether a value of the network is an operand of its next product."""
        trace, readers = self.frame.trace, self.frame.training.readers
        for node in self.frame.forward:
            if any(r in self.frame.forward and trace.operations[r] in PRODUCTS for r in readers[node]):
                made = self.frame.replay.value(node)
                if isinstance(made, Tensor) and equal(real(made).detach(), value):
                    return True
        return False


def outputs_of(judgement: Judgement, frame: Frame) -> list[int]:
    """The nodes of what the network gives out."""
    return [node for pair in _met(judgement, frame) for node in output_nodes(frame, pair)]


def _met(judgement: Judgement, frame: Frame) -> list[Pair]:
    loss = judgement.match.loss if judgement.match else None
    return [loss.pair] if isinstance(loss, Standard) else pairs([frame])[:3]


def _given_out(judgement: Judgement, frame: Frame) -> list[Tensor]:
    """What the network gives out, also where its parts are subtracted from the targets and it stands nowhere."""
    made: list[Tensor] = []
    for pair in _met(judgement, frame):
        if pair.parted:
            made += [output.detach() for output, _ in outputs(frame, pair)]
        else:
            made += [real(frame.replay.value(node)).detach() for node in output_nodes(frame, pair)]
    return made


def _ends(judgement: Judgement, frame: Frame, outputs: list[int]) -> list[int]:
    """The node of the loss that is descended where it is computed last, or of what it is held against."""
    loss = judgement.match.loss if judgement.match else None
    told = nodes_at(frame, loss.key) if isinstance(loss, Stated) else outputs
    return told[-1:]


def equal(a: Tensor, b: Tensor) -> bool:
    if a.numel() != b.numel():
        return False
    if a.shape != b.shape:
        a = a.reshape(b.shape)
    scale = float(b.abs().max()) + 1e-300
    return float((a - b).abs().max()) <= _TOLERANCE * scale
