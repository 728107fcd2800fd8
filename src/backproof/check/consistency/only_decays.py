"""Arrays of the network that every step makes smaller and nothing else: `b -= rate * b`, where `db` was meant."""

from collections.abc import Iterator

import numpy as np

from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.losses import computed_from
from backproof.check.record.trace import WRITES, Trace
from backproof.check.replay.values import Reading

_HOPS = 6  # operations that a share of an array takes
_ADDED = ("add", "subtract")


def only_decays(judgement: Judgement, reading: Reading, name: str) -> Iterator[Inconsistency]:
    """The weights and biases that the loss is computed from and that lose a share of themselves at every step, or
    nothing: no step is computed from the loss. Single numbers may be meant to die away, as a temperature is."""
    if judgement.match is None or not judgement.frames:
        return
    training, frame = judgement.training, judgement.frames[0]
    behind = computed_from(frame, judgement.match.loss)
    for number, chain in enumerate(training.chains):
        if number in training.parameters or number in training.states or chain.shape == ():
            continue
        if not any(update > training.steps[0].end for update in chain.updates):
            continue  # it was written before, as where each weight is moved a little to check a gradient
        pairs = [(old, new) for old, new in zip(chain.versions, chain.versions[1:], strict=False) if old is not None]
        alone = bool(pairs) and all(new is not None and _is_share(training.trace, old, new) for old, new in pairs)
        read = any(_leads_to(training.readers, old, behind) for old, _ in pairs[:2])
        if alone and read and chain.site >= 0 and reading.sites.files[chain.site] == name:
            place = reading.sites.sites[chain.site]
            text = reading.text_at(chain.site)
            stays = all(_is_same(training.trace, old, new) for old, new in pairs if new is not None)
            done = "stays as it is" if stays else "loses a share of itself"
            reason = (
                f"This array of the network {done} at every step, and no step of it is computed from the loss: it is"
                " never trained."
            )
            yield Inconsistency(place.line, text, "never trained", reason)


def _leads_to(readers: list[list[int]], node: int, behind: set[int]) -> bool:
    """Whether something that the loss is computed from is computed from a value, in a few operations."""
    level = {node}
    for _ in range(_HOPS):
        level = {reader for each in level for reader in readers[each]}
        if level & behind:
            return True
    return False


def _is_same(trace: Trace, old: int, new: int) -> bool:
    return trace.values[old] is not None and np.array_equal(trace.values[old], trace.values[new])


def _is_nothing(trace: Trace, node: int) -> bool:
    """Whether all elements of an array are zero, as of a sum to which no gradient was added."""
    value = trace.values[node]
    return isinstance(value, np.ndarray) and value.ndim > 0 and not value.any()


def _is_share(trace: Trace, old: int, new: int) -> bool:
    """Whether a value is made of an old one and of numbers, and of what is nothing."""
    stack, seen = [new], set[int]()
    while stack:
        node = stack.pop()
        if node == old or node in seen or (_is_nothing(trace, node) and trace.operations[node] not in WRITES):
            continue
        if node < old or len(seen) > _HOPS or trace.operations[node] not in (*_ADDED, "multiply", "divide", "copy"):
            return False
        seen.add(node)
        stack += trace.inputs(node)
    return True
