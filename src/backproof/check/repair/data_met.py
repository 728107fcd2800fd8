"""Whether a loss depends on products of parameters with data: what is left of one without its outputs, a penalty, is
followed easily."""

from collections import defaultdict

import torch

from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import Standard, ends
from backproof.check.losses.outputs import Pair, outputs
from backproof.check.losses.pairs import pairs
from backproof.check.record.memory import Ref
from backproof.check.record.trace import PRODUCTS
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import F64, Tensor, real

_ANSWERS = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "argmax", "argmin", "sign", "round")


def learns_from_data(judgement: Judgement) -> bool:
    """Whether the loss depends on a product of parameters with data, and not only on what is said of such a product by
    comparing it with something."""
    found = judgement.match
    if found is None:
        return False
    behind = [(frame, ends(frame, found.loss)) for frame in judgement.frames]
    return any(_meets_data(frame, nodes) for frame, nodes in behind) or _meets_numbers(behind)


def takes_inputs_for_targets(before: Judgement, after: Judgement) -> bool:
    """Whether an edit holds the outputs against what the network is given, where nothing was held against that: to give
    back its inputs is not what a network is trained for that has targets."""
    found = after.match.loss if after.match is not None else None
    if not isinstance(found, Standard) or not after.frames:
        return False
    if not all(_are_inputs(frame, found.pair) for frame in after.frames):
        return False
    return not any(_are_inputs(frame, pair) for frame in before.frames[:1] for pair in pairs([frame]))


def _are_inputs(frame: Frame, pair: Pair) -> bool:
    """Whether what outputs are held against at a place is what the network multiplies its parameters with first."""
    trace = frame.trace
    given: list[Tensor] = []
    for node in frame.forward:
        if trace.operations[node] in (*PRODUCTS, "multiply"):
            data = [n for n in trace.inputs(node) if n not in frame.dependent and n not in frame.given]
            given += [real(frame.replay.value(n)).detach().reshape(-1) for n in data]
            numbers = [a for a in trace.arguments[node][:2] if isinstance(a, int | float) and not isinstance(a, Ref)]
            given += [torch.tensor([float(a)], dtype=F64) for a in numbers]
    targets = [target.detach().reshape(-1) for _, target in outputs(frame, pair)]
    targets = [one for one in targets if one.numel() > 1 or not bool((one.abs() == 1).all())]  # many numbers are 1
    return bool(targets) and all(any(torch.equal(one, other.to(F64)) for other in given) for one in targets)


def _meets_data(frame: Frame, nodes: list[int]) -> bool:
    """Whether values are computed from a product with data, by other ways than through an answer."""
    trace = frame.trace
    stack = [node for node in nodes if node in frame.dependent]
    seen = set(stack)
    while stack:
        node = stack.pop()
        inputs = trace.inputs(node) if trace.operations[node] not in _ANSWERS else []
        given = [n for n in inputs if n not in frame.dependent and n not in frame.given]
        if given and trace.operations[node] in PRODUCTS:
            return True
        fresh = [n for n in inputs if n in frame.dependent and n not in seen]
        seen.update(fresh)
        stack += fresh
    return False


def _meets_numbers(behind: list[tuple[Frame, list[int]]]) -> bool:
    """Whether values are computed from products of single numbers with others that are not the same at each execution,
    as those of samples are: these are not recorded, where they are read from a list. Of a product that is seen once,
    as where a loss is told once in many steps, nothing can be said against it.

    Args:
        behind: the values, each step with its own.
    """
    met: dict[Key, list[float]] = defaultdict(list)
    for frame, nodes in behind:
        for node in frame.ancestors(nodes, frame.forward):
            if frame.trace.operations[node] == "multiply" and frame.trace.shape(node) == ():
                numbers = (a for a in frame.trace.arguments[node][:2] if isinstance(a, int | float))
                met[frame.key(node)] += [float(a) for a in numbers if not isinstance(a, Ref)]
    return any(len(numbers) == 1 or len(set(numbers)) > 1 for numbers in met.values())
