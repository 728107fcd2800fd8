"""Whether a loss that is told is computed from the outputs that are trained, and not from those of other data."""

import torch

from backproof.check.losses.losses import Standard, Stated
from backproof.check.losses.outputs import nodes_at, output_nodes, outputs
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor, real
from backproof.check.replay.operations.elementwise import ELEMENTWISE

_TELLING = 4  # numbers that are the same ones by no chance
_ON_THE_WAY = 2  # operations between an output and what is held against its target
_HOPS_BACK = 12  # operations from what a loss is computed from to an output


def computed_from(frames: list[Frame], spoken: Stated, loss: Standard) -> bool:
    """Whether a stated loss is computed from the very outputs that are trained, or from what these are made of by no
    parameter more, as probabilities are of logits: not from those of other data. It may compute them once more."""
    telling = [frame for frame in frames if nodes_at(frame, spoken.key)]

    def behind(frame: Frame) -> set[int]:
        return frame.ancestors(nodes_at(frame, spoken.key), frame.forward)

    for frame in telling[:1]:
        within = behind(frame)
        if any(_leads_back(frame, node, within) for node in output_nodes(frame, loss.pair)):
            return True
    rows = ((frame, out, target) for frame in telling for out, target in outputs(frame, loss.pair))
    return any(_is_met_again(frame, out, target, behind(frame)) for frame, out, target in rows)


def _is_met_again(frame: Frame, out: Tensor, target: Tensor, behind: set[int]) -> bool:
    """Whether an output of several different numbers is computed once more among some values, and is held against the
    same target there."""
    out = out.detach()
    if out.numel() < _TELLING or bool((out == out.reshape(-1)[0]).all()):
        return False

    def is_value(node: int, wanted: Tensor) -> bool:
        known = frame.trace.shape(node) == tuple(wanted.shape)
        return known and torch.equal(real(frame.replay.value(node)).detach(), wanted)

    again = [node for node in behind if is_value(node, out)]
    made = set(again)
    for _ in range(_ON_THE_WAY):  # its logarithm may be what meets the target
        made |= {r for node in made for r in frame.training.readers[node] if r in behind and _keeps_form(frame, r, out)}
    met = [reader for node in made for reader in frame.training.readers[node] if reader in behind]
    return any(is_value(other, target) for node in met for other in frame.trace.inputs(node) if other not in behind)


def _keeps_form(frame: Frame, node: int, out: Tensor) -> bool:
    """Whether a value is made of an output alone, element by element."""
    inputs = [n for n in frame.trace.inputs(node) if frame.trace.shape(n) != ()]
    alone = len(inputs) == 1 and frame.trace.operations[node] in ELEMENTWISE
    return alone and frame.trace.shape(node) == tuple(out.shape)


def _leads_back(frame: Frame, node: int, behind: set[int]) -> bool:
    """Whether an output is one of some values, or computed from them and from no parameter."""
    stack, seen = [node], set[int]()
    while stack:
        at = stack.pop()
        if at in frame.given or len(seen) > _HOPS_BACK:
            return False
        if at in behind or at in seen:
            continue
        if _takes_some(frame, at):
            return False  # trained are some samples, and told is the loss of all
        seen.add(at)
        stack += [n for n in frame.trace.inputs(at) if n in frame.forward or n in frame.given]
    return True


def _takes_some(frame: Frame, node: int) -> bool:
    """Whether some rows of an array are taken."""
    if frame.trace.operations[node] != "getitem" or not frame.trace.inputs(node):
        return False
    some, whole = frame.trace.shape(node), frame.trace.shape(frame.trace.inputs(node)[0])
    return len(some) == len(whole) > 0 and some[0] < whole[0] and some[1:] == whole[1:]
