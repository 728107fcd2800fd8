"""Where a wrong gradient begins: every backward value is held against the true gradient of each forward quantity."""

import math
from collections import defaultdict
from dataclasses import dataclass, field

import torch

from backproof.check.judge.judgement import Judgement
from backproof.check.locate.early import Early, read_too_early
from backproof.check.locate.following import Following, makes_whole
from backproof.check.locate.several import together
from backproof.check.locate.wanted import Wanted, wanted_gradients
from backproof.check.locate.wanted_numbers import ENTRIES, wanted_numbers
from backproof.check.losses.evidence import TOLERANCE, factor_and_residual
from backproof.check.losses.losses import Loss
from backproof.check.losses.truths import Truths, numbered, numbers_of, truth
from backproof.check.record.memory import Ref
from backproof.check.replay.frame import Frame, Key
from backproof.check.replay.operations import OPERATIONS, Tensor, real

_FRAMES = 6
_PRODUCTS = ("matmul", "dot", "outer", "sum", "multiply")
_ENOUGH = 3  # frames that a single number must agree in
_NEEDED = 40  # wrong values whose operands are looked at
_SECONDS = 4.0  # for following other values through a step


@dataclass
class Suspicion:
    """What is known about the places of a step.

    `proved` are places whose value is a true gradient, with the forward place that it is the gradient of; `suspects`
    those that are not and that nothing right is computed from, in the order of execution; `forward` the places that
    the loss is computed from; `blamed` are the suspects that the error reaches first, or the derivative that spoils
    them; `needed` are operands of suspects that make them wrong: each with the suspect, and the forward place whose
    gradient it should be; `wanted` are the places where the gradient of another quantity would make more parameters
    right, found by following values through the step, and `together` those of them that make all right together;
    `early` is where a parameter is read that was moved already.
    """

    proved: dict[Key, Key] = field(default_factory=dict)
    suspects: list[Key] = field(default_factory=list)
    needed: dict[Key, tuple[Key, Key]] = field(default_factory=dict)
    blamed: list[Key] = field(default_factory=list)
    first: set[Key] = field(default_factory=set)  # the suspects that are not computed from other suspects
    made_of_right: set[Key] = field(default_factory=set)  # those that some right gradient is part of, as of no slope
    forward: list[Key] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    together: list[Wanted] = field(default_factory=list)
    early: Early | None = None
    following: Following | None = None


def locate(judgement: Judgement) -> Suspicion:
    """Find the suspects of a wrong stretch; its judgement must have a match."""
    frames = judgement.telling[:_FRAMES]
    suspicion = Suspicion()
    if frames:
        _sum_up(judgement, frames, suspicion)
        suspicion.following = Following(judgement)
        suspicion.early = read_too_early(suspicion.following)
        suspicion.wanted = wanted_gradients(suspicion.following, _SECONDS)
        starts = {frames[0].key(node) for node in frames[0].given}
        if all(starts.intersection(one.owners) for one in suspicion.wanted):
            # that a parameter lacks its gradient was known: it is lost where a right value becomes a wrong one
            likely = frozenset(suspicion.blamed[:1])
            suspicion.wanted = wanted_gradients(suspicion.following, _SECONDS, likely)
        whole = next((one for one in suspicion.wanted if makes_whole(one.gain)), None)
        if whole is None:
            suspicion.wanted += wanted_numbers(suspicion.following, _SECONDS / 2)
            suspicion.wanted.sort(key=lambda one: -round(one.gain))
        elif starts.intersection(whole.owners) and _largest(whole) <= ENTRIES:
            # one entry of a gradient that is written entry by entry is a nearer place than the whole of it
            numbers = wanted_numbers(suspicion.following, _SECONDS / 2)
            entries = [one for one in numbers if starts.intersection(one.owners) and makes_whole(one.gain)]
            suspicion.wanted = [*entries, *suspicion.wanted]
        first = {*suspicion.first, *suspicion.blamed}
        suspicion.together = together(suspicion.following, suspicion.wanted, first)
    return suspicion


def _largest(wanted: Wanted) -> int:
    """How many elements the largest gradient has that belongs in a place."""
    return max((value.numel() for values in wanted.values for value in values.values()), default=0)


def _sum_up(judgement: Judgement, frames: list[Frame], suspicion: Suspicion) -> None:
    """Fill in what is known: the first frame says which values are right, the others confirm single numbers."""
    assert judgement.match is not None
    frame = frames[0]
    true = truth(frame, judgement.match.loss)
    values = {n: v for n in sorted(frame.backward) if n not in true and (v := numbers_of(frame, n)) is not None}
    known = _Known(frame, judgement.match.loss, true)
    owners = {n: o for n, v in values.items() if (o := known.owner(v)) is not None}
    owners |= _single_numbers(judgement, frames, [n for n, v in values.items() if v.numel() == 1])
    good = set(owners)
    feeding = _feeding(frame, good) - good
    right = set(judgement.match.right)
    bad = [n for n in values if n not in good and n not in feeding and not frame.reached[n] & right]
    wrong = {frame.key(n) for n in values if n not in good}
    for node, owner in owners.items():
        if frame.key(node) not in wrong:
            suspicion.proved.setdefault(frame.key(node), frame.key(owner))
    suspicion.forward = list(dict.fromkeys(frame.key(n) for n in true))
    suspicion.suspects = list(dict.fromkeys(frame.key(n) for n in bad))
    among = set(bad)
    suspicion.first = {frame.key(n) for n in bad if not any(e in among for e in frame.trace.inputs(n))}
    after = _after(frame, good)
    suspicion.blamed = _blame(frame, bad, after, suspicion)
    suspicion.made_of_right = {frame.key(n) for n in after & among} | {*suspicion.blamed}
    for node in bad[:_NEEDED]:
        for operand, owner in _needed(frame, node, true):
            suspicion.needed.setdefault(frame.key(operand), (frame.key(node), frame.key(owner)))


def _feeding(frame: Frame, good: set[int]) -> set[int]:
    """What right gradients are computed from; of an array that is read in parts, only if all of them are right."""
    found = set(good)
    for node in sorted(frame.backward, reverse=True):
        readers = [reader for reader in frame.training.readers[node] if reader in frame.backward]
        parts = [reader for reader in readers if _is_part(frame, reader, node)]
        whole = [reader for reader in readers if reader not in parts]
        if any(reader in found for reader in whole) or (parts and all(reader in found for reader in parts)):
            found.add(node)
    return found


def _is_part(frame: Frame, node: int, whole: int) -> bool:
    """Whether a node reads some elements of an array."""
    sizes = [math.prod(frame.trace.shape(n)) for n in (node, whole)]
    return frame.trace.operations[node] == "getitem" and frame.trace.inputs(node)[:1] == [whole] and sizes[0] < sizes[1]


def _single_numbers(judgement: Judgement, frames: list[Frame], nodes: list[int]) -> dict[int, int]:
    """The single numbers that are gradients: those that have one and the same factor to a gradient in every frame."""
    assert judgement.match is not None
    if len(frames) < _ENOUGH or not nodes:
        return {}
    nodes_at = numbered(frames[0])
    places = {node: place for place, node in nodes_at.items()}
    rows: dict[tuple[Key, int], list[float]] = {places[n]: [] for n in nodes if n in places}
    truths: dict[tuple[Key, int], list[float]] = defaultdict(list)
    for other in frames:
        true = truth(other, judgement.match.loss)
        at = numbered(other)
        back = {node: place for place, node in at.items()}
        for node, gradient in true.items():
            if gradient.numel() == 1 and node in back:
                truths[back[node]].append(float(gradient.reshape(())))
        for place, row in rows.items():
            value = numbers_of(other, at[place]) if place in at else None
            row.append(float(value.reshape(())) if value is not None and value.numel() == 1 else float("nan"))
    known = {
        sign: place
        for place, row in truths.items()
        if len(row) == len(frames) and (sign := _signature(row)) is not None
    }
    found: dict[int, int] = {}
    for place, row in rows.items():
        signature = _signature(row)
        if signature is not None and signature in known:
            found[nodes_at[place]] = nodes_at[known[signature]]
    return found


def _signature(row: list[float]) -> tuple[float, ...] | None:
    """A row of numbers up to a factor, to six digits; None where too few of them are numbers other than zero."""
    largest = max(row, key=abs)
    if not all(map(math.isfinite, row)) or sum(number != 0.0 for number in row) < _ENOUGH:
        return None
    return tuple(round(number / largest, 6) + 0.0 for number in row)


def _blame(frame: Frame, bad: list[int], after: set[int], suspicion: Suspicion) -> list[Key]:
    """Of the wrong values, those that are computed from a right gradient and nothing wrong, the first one first; where
    the other operand is a derivative that is wrong wherever it is computed, that derivative before it.

    Args:
        after: what is computed from right gradients.
    """
    among = set(bad)
    suspects = set(suspicion.suspects)
    fine_sites = {key[0] for key in suspicion.proved}
    blamed: dict[Key, None] = {}
    later: dict[Key, int] = {}
    for node in bad:
        inputs = [n for n in frame.trace.inputs(node) if n in frame.backward]
        if node not in after or any(n in among and n in after for n in inputs):
            continue
        key = frame.key(node)
        for other in inputs:
            deeper = frame.key(other)
            spoils = other in among and other not in after and deeper[1] != key[1]
            if spoils and deeper[0] not in fine_sites and not _used_elsewhere(frame, other, suspects):
                blamed.setdefault(deeper)
        # one of several shares of a sum cannot be told to be right or wrong alone: others come first
        readers = [r for r in frame.training.readers[node] if r in frame.backward]
        share = (
            frame.trace.operations[node] in _PRODUCTS
            and bool(readers)
            and all(frame.trace.operations[r] == "add" for r in readers)
        )
        if share:
            later[key] = max(later.get(key, 0), len(frame.reached[node]))
        else:
            blamed.setdefault(key)
    # and of the shares, those that more of the parameters are moved by
    shares = sorted(later, key=lambda key: -later[key])
    return [*blamed, *(key for key in shares if key not in blamed)]


def _after(frame: Frame, good: set[int]) -> set[int]:
    """What is computed from right gradients."""
    found: set[int] = set()
    for node in sorted(frame.backward):
        if any(n in good or n in found for n in frame.trace.inputs(node)):
            found.add(node)
    return found


def _used_elsewhere(frame: Frame, node: int, suspects: set[Key]) -> bool:
    """Whether the same line of a function gives right values when it is called from another place."""
    site = frame.trace.sites[node]
    others = [
        n for n in frame.backward if frame.trace.sites[n] == site and frame.trace.paths[n] != frame.trace.paths[node]
    ]
    return any(frame.key(n) not in suspects for n in others)


def _needed(frame: Frame, node: int, true: dict[int, Tensor]) -> list[tuple[int, int]]:
    """The operands of a wrong product that would make it a true gradient if they were one themselves: each with the
    forward node whose gradient that is."""
    trace = frame.trace
    operation = OPERATIONS.get(trace.operations[node])
    if operation is None or trace.operations[node] not in ("matmul", "dot", "outer", "sum", "multiply", "mean"):
        return []
    wanted = [g for n, g in true.items() if n in frame.given and bool(g.any()) and g.numel() > 1]
    arguments = list(trace.arguments[node])
    keywords = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
    found: list[tuple[int, int]] = []
    with torch.no_grad():
        resolved = [
            frame.replay.resolved(a) if not isinstance(a, Ref) else frame.replay.value(int(a)) for a in arguments
        ]
        for position, argument in enumerate(arguments):
            if not isinstance(argument, Ref) or int(argument) not in frame.backward or int(argument) in true:
                continue
            present = real(resolved[position])
            for owner, gradient in true.items():
                if (
                    owner in frame.given
                    or gradient.shape != present.shape
                    or gradient.numel() < 2
                    or gradient.numel() > 200_000
                ):
                    continue
                try:
                    made = operation(*resolved[:position], gradient, *resolved[position + 1 :], **keywords)
                except (RuntimeError, TypeError, ValueError, IndexError):
                    break
                fits = any(made.shape == w.shape and factor_and_residual(made, w)[1] <= TOLERANCE for w in wanted)
                if fits and factor_and_residual(present, gradient)[1] > TOLERANCE:
                    found.append((_source(frame, int(argument)), owner))
                    break
    return found


def _source(frame: Frame, node: int) -> int:
    """Where a value was computed that is only passed on, turned or reshaped."""
    while frame.trace.operations[node] in (
        "transpose",
        "reshape",
        "copy",
        "view",
        "ravel",
        "squeeze",
    ) and frame.trace.inputs(node):
        node = frame.trace.inputs(node)[0]
    return node


class _Known:
    """The true gradients of a step, among which a value is looked up."""

    def __init__(self, frame: Frame, loss: Loss, true: dict[int, Tensor]) -> None:
        self.true = true
        self.truths = Truths([frame], loss)
        self.nodes = numbered(frame)
        self.large: dict[int, list[int]] = defaultdict(list)  # those that are too large to be kept in a table
        for node, gradient in true.items():
            if gradient.numel() not in self.truths.tables[0] and bool(gradient.any()):
                self.large[gradient.numel()].append(node)

    def owner(self, value: Tensor) -> int | None:
        """The forward node whose gradient a value of several numbers is, up to a factor, perhaps turned."""
        if value.numel() == 1 or not bool(value.any()):
            return None
        found = self._owners(value)
        if value.ndim == 2 and value.shape[0] != value.shape[1]:
            turned = value.T.contiguous()
            found += [node for node in self._owners(turned) if self.true[node].shape == turned.shape]
        return min(found, default=None)

    def _owners(self, value: Tensor) -> list[int]:
        found = [self.nodes[place] for place in self.truths.owners(0, value)]
        large = self.large.get(value.numel(), ())
        return found + [n for n in large if factor_and_residual(value, self.true[n])[1] <= TOLERANCE]
