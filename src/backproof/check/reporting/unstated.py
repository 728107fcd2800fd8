"""A term of the loss that nobody computes: only its gradient is added, as that of a variational autoencoder's
Kullback-Leibler divergence often is (Kingma and Welling, Auto-Encoding Variational Bayes, 2014, appendix B)."""

from backproof.check.locate.following import Following, makes_whole
from backproof.check.losses.truths import numbers_of
from backproof.check.record.memory import Ref
from backproof.check.record.trace import PRODUCTS
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import Tensor


def unstated_term(following: Following | None) -> int | None:
    """The node of a sum of a true gradient and of something that is computed from that very quantity, element by
    element: without this all parameters follow the loss. Such a thing is the gradient of a term of its own. None if
    there is no such sum."""
    if following is None or not following.frames or following.faulty:
        return None
    frame = following.frames[0]
    for node in sorted(frame.backward - following.ahead[0])[::-1]:
        if frame.trace.operations[node] not in ("add", "subtract") or frame.trace.sites[node] < 0:
            continue
        for place in (0, 1):
            if _is_of_its_own(following, frame, node, place) and makes_whole(_gain_without(following, node, place)):
                return node
    return None


def _is_of_its_own(following: Following, frame: Frame, node: int, place: int) -> bool:
    """Whether one operand of a sum is the true gradient of a quantity, and the other one is made of that quantity."""
    arguments = frame.trace.arguments[node][:2]
    if len(arguments) < 2 or not all(isinstance(argument, Ref) for argument in arguments):
        return False
    gradient, term = int(arguments[place]), int(arguments[1 - place])
    value, own = numbers_of(frame, gradient), numbers_of(frame, term)
    if value is None or own is None or value.numel() < 2 or own.shape != value.shape:
        return False
    owners = {key for aim in following.told_aims for key, _ in aim.truths.owners(0, value)}
    return _is_made_of(frame, term, owners)


def _is_made_of(frame: Frame, term: int, owners: set[Key]) -> bool:
    """Whether a value is computed from some quantities, and from no weights but through these."""
    stack, seen, met = [term], {term}, False
    while stack:
        for earlier in frame.trace.inputs(stack.pop()):
            if frame.key(earlier) in owners:
                met = True
            elif earlier in frame.given or (earlier in frame.dependent and frame.trace.operations[earlier] in PRODUCTS):
                return False
            elif earlier in frame.dependent and earlier not in seen:
                seen.add(earlier)
                stack.append(earlier)
    return met


def _gain_without(following: Following, node: int, place: int) -> float:
    """How much more is right if a sum is only one of its operands, at all steps."""
    first = following.frames[0]
    values: list[dict[int, Tensor]] = []
    for frame in following.frames:
        made: dict[int, Tensor] = {}
        for other in sorted(frame.backward):
            argument = frame.trace.arguments[other][place] if frame.key(other) == first.key(node) else None
            value = numbers_of(frame, int(argument)) if isinstance(argument, Ref) else None
            if value is not None:
                made[other] = value
        values.append(made)
    return following.gain(values) if all(values) else -1.0
