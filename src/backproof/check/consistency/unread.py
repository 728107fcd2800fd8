"""What is moved along with the parameters though the network does not read it."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from backproof.check.consistency.inconsistency import Inconsistency
from backproof.check.consistency.recognised import name_in
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.before_move import standing
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual, same_factor
from backproof.check.losses.match import Match
from backproof.check.losses.truths import numbers_of, truth
from backproof.check.record.memory import Ref
from backproof.check.record.trace import PRODUCTS, Trace
from backproof.check.replay.frame import Frame
from backproof.check.replay.operations import Tensor
from backproof.check.replay.values import Reading
from backproof.check.source import Source

_FRAMES = 3
_READERS = 12  # operations that a decay takes
_NEAR = 40  # values between a move and the gradient that it is made of

_Known = tuple[int, Tensor]  # a forward quantity and the gradient of the loss by it


@dataclass(frozen=True)
class Move:
    """A value that goes on from an earlier one: the nodes of both, and of what is added or subtracted."""

    node: int
    carried: int
    added: int


def unread(source: Source, judgement: Judgement, reading: Reading, name: str) -> Iterator[Inconsistency]:
    """Values that every step moves as it moves the parameters, against the gradient of a forward quantity and by the
    same rate, and that nothing in the forward pass is computed from: biases that were left out of it."""
    found = judgement.match
    frames = judgement.frames[:_FRAMES]
    if found is None or len(frames) < _FRAMES:
        return
    moves: dict[int, dict[int, Move]] = defaultdict(dict)
    for number, frame in enumerate(frames):
        for move in running(frame):
            moves[frame.trace.sites[move.node]].setdefault(number, move)
    known = cache(lambda number: _gradients(frames[number], found))
    own = (row for site, row in moves.items() if reading.sites.files[site] == name)
    for row in (row for row in own if len(row) == len(frames)):
        plainly = _follow([_shares(frames[n], n, row[n], found, known(n)) for n in row])
        if plainly or all(_is_handed_alike(frames[n], n, row[n], found, known(n)) for n in row):
            places = [place for place in _readers(frames[0], row[0], known(0)) if reading.sites.files[place] == name]
            yield _never_read(source, frames[0], row[0], places, reading)


def _never_read(source: Source, frame: Frame, move: Move, places: list[int], reading: Reading) -> Inconsistency:
    """What is said of a value that is never read, at the first place that may be meant to read it."""
    site = frame.trace.sites[move.node]
    own = reading.sites.sites[site]
    text = reading.target(site) or _target(source, own.line, own.column)
    first = _first_name(frame, move.carried, reading) or text
    called = text if name_in(first) in text else first  # an optimizer has one name for all that it moves
    shape = frame.trace.shape(move.carried)
    of_shape = f", of shape {shape}," if shape else ""
    at = reading.sites.sites[places[0]] if places else own
    expression = reading.text_at(places[0]) if places else text
    by = f" against the gradient of the loss by `{expression}`" if places else ""
    reason = (
        f"The network does not read `{called}`{of_shape} though every step moves it{by}, as it moves the parameters:"
        " nothing in the forward pass is computed from it."
    )
    names = tuple(dict.fromkeys((called, first)))
    return Inconsistency(at.line, expression, "never read", reason, sites=tuple(places), terms=names)


def _first_name(frame: Frame, node: int, reading: Reading) -> str | None:
    """What a value is called where it begins."""
    trace = frame.trace
    while trace.inputs(node) and trace.operations[node] in ("getitem", "view", "copy"):
        node = trace.inputs(node)[0]
    return reading.target(trace.sites[node]) if trace.sites[node] >= 0 else None


def running(frame: Frame) -> Iterator[Move]:
    """The values that go on from an earlier one of the same place and that no forward value reads."""
    trace = frame.trace
    moving = frame.backward | frame.training.carrying
    for node in sorted(n for n in frame.dependent if frame.step.start < n <= frame.horizon):
        if trace.operations[node] not in ("add", "subtract") or node in frame.training.chain_of or node in moving:
            continue
        carried, added = (*trace.arguments[node], None, None)[:2]
        if trace.sites[node] < 0 or not isinstance(carried, Ref) or not isinstance(added, Ref):
            continue
        goes_on = trace.sites[int(carried)] == trace.sites[node] or int(carried) not in frame.dependent
        if goes_on and _leads_only_on(trace, node):
            yield Move(node, int(carried), int(added))


def moved_alike(frame: Frame) -> Iterator[Move]:
    """Those of them that are moved by the same operations as a parameter, and by the same rate if it is a number."""
    trace = frame.trace

    def way(node: int, carried: int) -> tuple[object, ...]:
        terms = [int(a) for a in trace.arguments[node] if isinstance(a, Ref) and int(a) != carried]
        numbers = [a for term in terms for a in trace.arguments[term] if isinstance(a, float)]
        return trace.operations[node], [trace.operations[term] for term in terms], numbers

    ways = [way(after, frame.step.before.get(p) or -1) for p, after in frame.step.after.items()]
    yield from (move for move in running(frame) if way(move.node, move.carried) in ways)


def _leads_only_on(trace: Trace, node: int) -> bool:
    """Whether a value is read for nothing but the next one of its own place: by that, and by its decay."""
    stack, seen = [*trace.readers[node]], set[int]()
    while stack and len(seen) <= _READERS:
        reader = stack.pop()
        if trace.sites[reader] != trace.sites[node] and reader not in seen:
            seen.add(reader)
            if not trace.readers[reader]:
                return False
            stack += trace.readers[reader]
    return len(seen) <= _READERS


def _follow(shares: list[list[float] | None]) -> bool:
    """Whether a value follows a gradient in all steps and loses one and the same share of itself in each: the decay of
    a weight.

    Args:
        shares: those that each step allows, None where any share would do.
    """
    told = [allowed for allowed in shares if allowed is not None]
    return not told or any(all(any(same_factor(s, share) for s in other) for other in told) for share in told[0])


def _shares(frame: Frame, number: int, move: Move, found: Match, known: list[_Known]) -> list[float] | None:
    """The shares of itself that a value may lose while it moves against the gradient of a forward quantity, or against
    that summed up over the samples, by the rate of a parameter; None: any, as it is 0."""
    sign = -1.0 if frame.trace.operations[move.node] == "subtract" else 1.0
    added, carried = numbers_of(frame, move.added), numbers_of(frame, move.carried)
    if added is None or carried is None:
        return []
    gradients = [g for _, g in known if g.numel() == added.numel()]
    rates = {e.factors[number] for e in found.evidence.values() if number in e.factors and e.handed is None}
    shares = []
    for wanted in gradients:
        for rate in rates:
            rest = sign * added.reshape(-1) - rate * wanted
            share, residual = factor_and_residual(rest, carried)
            if float(rest.abs().max()) <= TOLERANCE * abs(rate) * float(wanted.abs().max()):
                if not bool(carried.any()):
                    return None
                shares.append(0.0)
            elif residual <= TOLERANCE and share <= 0 and carried.numel() > 1:
                shares.append(share)  # of one number, any share would do
    return shares


def _is_handed_alike(frame: Frame, number: int, move: Move, found: Match, known: list[_Known]) -> bool:
    """Whether a value is moved by the optimizer as some parameter is: by the same operations from a gradient of the
    same factor on."""
    ways = []
    for parameter, evidence in found.evidence.items():
        end = frame.step.after.get(parameter)
        if number in evidence.factors and evidence.handed is not None and end is not None:
            begin = standing(frame, parameter, evidence.handed)
            if begin is not None:
                ways.append((evidence.factors[number], _operations(frame, begin, end)))
    for node, value in _values_behind(frame, move) if ways else ():
        for wanted in (gradient for _, gradient in known if gradient.numel() == value.numel()):
            factor, residual = factor_and_residual(value, wanted)
            alike = [way for usual, way in ways if residual <= TOLERANCE and same_factor(factor, usual)]
            if alike and _operations(frame, node, move.node) in alike:
                return True
    return False


def _values_behind(frame: Frame, move: Move) -> Iterator[tuple[int, Tensor]]:
    """What is added to a value, and of what that is computed the nearest of its size."""
    shape, frontier, seen = frame.trace.shape(move.added), [move.added], {move.added}
    while frontier and len(seen) <= _NEAR:
        node = frontier.pop(0)
        if (value := numbers_of(frame, node)) is not None:
            yield node, value
        nearer = [n for n in frame.trace.inputs(node) if n in frame.dependent and n not in seen]
        for earlier in nearer:
            if math.prod(frame.trace.shape(earlier)) == math.prod(shape):
                seen.add(earlier)
                frontier.append(earlier)


def _operations(frame: Frame, begin: int, end: int) -> list[str]:
    """What is done with a value until another one is made of it, in the alphabet's order."""
    made = {begin}
    for node in sorted(n for n in frame.ancestors([end]) if n > begin):
        if not made.isdisjoint(frame.trace.inputs(node)):
            made.add(node)
    return sorted(frame.trace.operations[node] for node in made - {begin})


def _readers(frame: Frame, move: Move, known: list[_Known]) -> Iterator[int]:
    """The places of the forward quantities whose gradient moves a value: one of them may be meant to read it."""
    moving = list(_values_behind(frame, move))
    follow = {n for _, value in moving for n, g in known if factor_and_residual(value, g)[1] <= TOLERANCE}
    made = ("add", "subtract", *PRODUCTS)
    in_turn = sorted(follow, key=lambda n: (frame.trace.operations[n] not in made, n))
    yield from dict.fromkeys(frame.trace.sites[n] for n in in_turn if frame.trace.sites[n] >= 0)


def _gradients(frame: Frame, found: Match) -> list[_Known]:
    """The true gradients by the forward quantities, and each summed up over the samples, flat, with the quantity."""
    rows = []
    for node, gradient in truth(frame, found.loss).items():
        if bool(gradient.any()):
            sums = [gradient.sum(0), gradient.sum(1)] if gradient.ndim == 2 else []
            rows += [(node, made.reshape(-1)) for made in (gradient, *sums)]
    return rows


def _target(source: Source, line: int, column: int) -> str:
    """What a statement changes, as it is written; `column` counts bytes."""
    text = source.text.splitlines()[line - 1].encode()[column:].decode(errors="replace")
    return text.split("=")[0].rstrip(" +-").strip()
