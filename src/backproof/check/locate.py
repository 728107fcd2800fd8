"""Where a wrong gradient begins: every backward value is held against the true gradient of each forward quantity."""

from dataclasses import dataclass, field

import torch

from backproof.check.frame import Frame
from backproof.check.judge import Judgement
from backproof.check.losses import Key, Loss, key_of, value
from backproof.check.match import TOLERANCE, factor_and_residual
from backproof.check.memory import Ref
from backproof.check.operations import OPERATIONS, Tensor, real

_FRAMES = 3
_VALUES = 400  # as many forward quantities are compared at most


@dataclass
class Suspicion:
    """What is known about the places of a step.

    `proved` are places whose value is a true gradient, with the forward place that it is the gradient of; `suspects` those
    that are not and that nothing right is computed from, in the order of execution; `forward` the places that the loss is
    computed from; `blamed` are the suspects that the error reaches first, or the derivative that spoils
    them; `needed` are operands of suspects that make them wrong: each with the suspect, and the forward place
    whose gradient it should be.
    """

    proved: dict[Key, Key] = field(default_factory=dict)
    suspects: list[Key] = field(default_factory=list)
    needed: dict[Key, tuple[Key, Key]] = field(default_factory=dict)
    blamed: list[Key] = field(default_factory=list)
    first: set[Key] = field(default_factory=set)  # the suspects that are not computed from other suspects
    forward: list[Key] = field(default_factory=list)


def locate(judgement: Judgement) -> Suspicion:
    """Find the suspects of a wrong stretch; its judgement must have a match."""
    found = judgement.match
    assert found is not None
    frames = [judgement.frames[number] for number in sorted(found.gradients) if number < len(judgement.frames)][
        :_FRAMES
    ]
    suspicion = Suspicion()
    if frames:
        _sum_up(judgement, frames, suspicion)
    return suspicion


def truth(frame: Frame, loss: Loss) -> dict[int, Tensor]:
    """The gradient of a loss by each forward node that it is computed from."""
    made = value(frame, loss)
    if made is None or not made.requires_grad:
        return {}
    nodes = [n for n in sorted(frame.forward | set(frame.given)) if n in frame.replay.known]
    tensors = [(n, frame.replay.known[n]) for n in nodes]
    tensors = [
        (n, t) for n, t in tensors if isinstance(t, torch.Tensor) and t.requires_grad and t.dtype == torch.float64
    ]
    if len(tensors) > _VALUES:
        tensors = tensors[-_VALUES:]
    gradients = torch.autograd.grad(made.reshape(()), [t for _, t in tensors], retain_graph=True, allow_unused=True)
    return {n: g for (n, _), g in zip(tensors, gradients, strict=True) if g is not None}


def _sum_up(judgement: Judgement, frames: list[Frame], suspicion: Suspicion) -> None:
    assert judgement.match is not None
    verdicts: dict[Key, list[tuple[bool, Key | None]]] = {}
    last: dict[Key, tuple[Frame, int]] = {}
    right_above: dict[Key, bool] = {}
    order: list[Key] = []
    forward: dict[Key, None] = {}
    good_in: dict[int, set[int]] = {}
    for frame in frames:
        true = truth(frame, judgement.match.loss)
        on_path = set(true)
        by_size: dict[int, list[tuple[int, Tensor]]] = {}
        for node, gradient in true.items():
            if bool(gradient.any()):
                by_size.setdefault(gradient.numel(), []).append((node, gradient))
            forward.setdefault(key_of(frame, node))
        good: set[int] = set()
        backward = sorted(node for node in frame.backward if node not in on_path)
        for node in backward:
            with torch.no_grad():
                present = frame.replay.value(node)
            if not isinstance(present, torch.Tensor) or present.dtype == torch.bool:
                continue
            owner = _gradient_of(real(present).detach(), by_size)
            if owner is not None:
                good.add(node)
            key = key_of(frame, node)
            if key not in verdicts:
                order.append(key)
            verdicts.setdefault(key, []).append(
                (owner is not None, key_of(frame, owner) if owner is not None else None)
            )
            last[key] = frame, node
        feeding = frame.ancestors(good)
        good_in[id(frame)] = good
        for node in backward:
            key = key_of(frame, node)
            right_above[key] = right_above.get(key, True) and (node in feeding)
    for key in order:
        if key not in verdicts:
            continue
        owners = [owner for holds, owner in verdicts[key] if holds]
        if owners and all(holds for holds, _ in verdicts[key]) and owners[0] is not None:
            suspicion.proved[key] = owners[0]
        elif not right_above.get(key, False) and not (reached_by(*last[key]) & set(judgement.match.right)):
            suspicion.suspects.append(key)
    suspicion.forward = list(forward)
    for key in suspicion.suspects:
        frame, node = last[key]
        for operand, owner in _needed(frame, node, judgement):
            suspicion.needed.setdefault(key_of(frame, operand), (key, key_of(frame, owner)))
    suspicion.blamed = _blame(suspicion, last, good_in)
    suspects = set(suspicion.suspects)
    for key in suspicion.suspects:
        frame, node = last[key]
        if not any(key_of(frame, earlier) in suspects for earlier in frame.trace.inputs(node)):
            suspicion.first.add(key)


def reached_by(frame: Frame, node: int) -> set[int]:
    """The parameters whose moves are computed from a node."""
    table: dict[int, set[int]] | None = getattr(frame, "_reached", None)
    if table is None:
        table = {}
        owners = {update: parameter for parameter, update in frame.step.after.items()}
        for at in sorted(frame.backward, reverse=True):
            mine = {owners[at]} if at in owners else set()
            for reader in frame.training.readers[at]:
                if reader in table and reader <= frame.step.end and at not in owners:
                    mine |= table[reader]
            table[at] = mine
        frame._reached = table  # type: ignore[attr-defined]
    return table.get(node, set())


def _blame(suspicion: Suspicion, last: dict[Key, tuple[Frame, int]], good: dict[int, set[int]]) -> list[Key]:
    """Of the suspects, those that are computed from a right gradient and nothing wrong, the first one first; where the
    other operand is a derivative that is wrong wherever it is computed, that derivative."""
    suspects = set(suspicion.suspects)
    after: dict[int, set[int]] = {}
    blamed: dict[Key, None] = {}
    fine_sites = {key[0] for key in suspicion.proved}
    for key in suspicion.suspects:
        frame, node = last[key]
        reached = after.setdefault(id(frame), _after(frame, good.get(id(frame), set())))
        if node not in reached:
            continue
        inputs = [n for n in frame.trace.inputs(node) if n in frame.backward]
        if any(key_of(frame, n) in suspects and n in reached for n in inputs):
            continue
        spoiling = [n for n in inputs if key_of(frame, n) in suspects and n not in reached]
        for other in spoiling:
            deeper = key_of(frame, other)
            if deeper[1] != key[1] and deeper[0] not in fine_sites and not _used_elsewhere(frame, other, suspects):
                blamed.setdefault(deeper)
        blamed.setdefault(key)
    return list(blamed)


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
    return any(key_of(frame, n) not in suspects for n in others)


def _needed(frame: Frame, node: int, judgement: Judgement) -> list[tuple[int, int]]:
    """The operands of a wrong product that would make it a true gradient if they were one themselves: each with the
    forward node whose gradient that is."""
    assert judgement.match is not None
    trace = frame.trace
    operation = OPERATIONS.get(trace.operations[node])
    if operation is None or trace.operations[node] not in ("matmul", "dot", "outer", "sum", "multiply", "mean"):
        return []
    true = truth(frame, judgement.match.loss)
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


def _gradient_of(present: Tensor, by_size: dict[int, list[tuple[int, Tensor]]]) -> int | None:
    """The forward node whose gradient a value is, up to a factor."""
    if present.numel() == 1 or not bool(present.any()):
        return _scalar_gradient(present, by_size)
    for node, gradient in by_size.get(present.numel(), []):
        if factor_and_residual(present, gradient)[1] <= TOLERANCE:
            return node
        if (
            present.ndim == 2
            and gradient.ndim == 2
            and present.shape == gradient.T.shape
            and present.shape[0] != present.shape[1]
        ):
            if factor_and_residual(present.T.contiguous(), gradient)[1] <= TOLERANCE:
                return node
    return None


def _scalar_gradient(present: Tensor, by_size: dict[int, list[tuple[int, Tensor]]]) -> int | None:
    """A single number says less: only a simple factor counts."""
    if not bool(present.any()):
        return None
    for node, gradient in by_size.get(1, []):
        ratio = float(present.reshape(())) / float(gradient.reshape(()))
        for simple in (1.0, 2.0, 0.5):
            if abs(abs(ratio) / simple - 1) < 1e-6:
                return node
    return None
