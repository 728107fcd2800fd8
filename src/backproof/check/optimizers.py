"""Holds the way from the gradient to the move against the optimizers that are known, in single steps.

The gradient stands somewhere before the move (see `match`). What an optimizer keeps is either a running mean of it
(momentum, Adam's first moment) or one of its square (Adagrad, RMSprop, Adam's second); the move is the one over the
root of the other.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from backproof.check.frame import Frame, Key
from backproof.check.match import TOLERANCE, Match, candidates, factor_and_residual
from backproof.check.memory import Ref
from backproof.check.operations import real
from backproof.check.parameters import Training
from backproof.check.trace import Trace

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
_SHRINKING = 0.3  # more than this share of itself no weight loses at a step by weight decay
_CLIPPING = ("clip", "maximum", "minimum")
_EXACT, _SINGLE = 1e-6, 3e-4  # how exact a relation must be, in float64 and where a value was kept in float32


@dataclass(frozen=True)
class Fault:
    """What is wrong on the way from a right gradient to the move: the parameter, the site and the reason."""

    parameter: int
    site: int
    reason: str


@dataclass(frozen=True)
class _Seen:
    """What one parameter's optimizer was seen to do in one step."""

    gradient: Array
    move: Array
    value: Array
    states: tuple[tuple[int, Array, Array], ...]  # the chain, what it was and what it became


def faults(training: Training, frames: list[Frame], found: Match) -> list[Fault]:
    """What is wrong with the optimizer; empty if it is known, and empty if it is like none that is known."""
    single = any(
        getattr(training.trace.values[v], "dtype", None) == np.float32 for c in training.chains for v in c.updates[-1:]
    )
    tolerance = _SINGLE if single else _EXACT
    rows: dict[int, tuple[str, int]] = {}
    for parameter in found.evidence:
        seen = _seen(training, frames, found, parameter, tolerance)
        if seen:
            rows[parameter] = _explained(training, parameter, seen, tolerance)
    wrong = [Fault(p, site, why) for p, (why, site) in rows.items() if why not in ("", "?")]
    fine = [p for p, (why, _) in rows.items() if why == ""]
    odd = [p for p, (why, _) in rows.items() if why == "?"]
    if odd and fine and not wrong:
        # what the others do is known, so this one is not another optimizer but a slip
        wrong = [Fault(p, rows[p][1], "this parameter is not moved as the others are") for p in odd]
    wrong += _upward(training, frames, found, {fault.parameter for fault in wrong})
    wrong += _one_sided(frames, found, {fault.parameter for fault in wrong})
    return wrong + _step_counts(training, frames, found, set(rows)) + _corrections(training, frames, rows, found)


def _corrections(
    training: Training, frames: list[Frame], rows: dict[int, tuple[str, int]], found: Match
) -> list[Fault]:
    """The bias corrections, divisions by 1 - beta ** t, that belong to another running mean, or to none.

    Kingma and Ba, Adam (2015), algorithm 1: each moment is corrected with the beta that it is kept with.
    """
    faulty: dict[int, Fault] = {}
    keeps = _keeps(training, frames, found)
    for frame in frames:
        trace = frame.trace
        for node in range(max(frame.step.start, 0), frame.step.end + 1):
            beta = _correcting(trace, node)
            if beta is None or trace.sites[node] < 0:
                continue
            owner = min((p for p in frame.reached.get(node, ()) if p in rows), default=None)
            if owner is None:
                continue
            kept = keeps.get(_state_behind(training, int(trace.arguments[node][0])) or -1)
            if kept is None:
                if not training.states or _state_behind(training, int(trace.arguments[node][0])) is not None:
                    continue
                why = "the bias correction is applied to what is no running mean"
            elif abs(kept - beta) > 1e-4:
                why = f"a running mean that keeps {kept:.4g} of itself is corrected with {beta:.4g}"
            else:
                continue
            faulty.setdefault(trace.sites[node], Fault(owner, trace.sites[node], why))
    return list(faulty.values())


def machinery(training: Training) -> tuple[int, int]:
    """How many running values the optimizers keep, and at how many places these are corrected."""
    trace = training.trace
    corrected = {trace.sites[node] for node in range(len(trace)) if _correcting(trace, node) is not None}
    return len(training.states), len(corrected)


def _correcting(trace: Trace, node: int) -> float | None:
    """The beta of a bias correction, if a node is one."""
    arguments = trace.arguments[node]
    if trace.operations[node] != "divide" or len(arguments) < 2 or not isinstance(arguments[0], Ref):
        return None
    below = arguments[1]
    if not isinstance(below, Ref) or trace.operations[below] != "subtract" or trace.arguments[below][0] not in (1, 1.0):
        return None
    power = trace.arguments[below][1]
    if not isinstance(power, Ref) or trace.operations[power] != "power":
        return None
    base = trace.arguments[power][0]
    return base if isinstance(base, float) and 0.5 <= base < 1 else None


def _state_behind(training: Training, node: int) -> int | None:
    """The running value that a node is, or is a multiple of."""
    for _ in range(4):
        if node in training.chain_of:
            return training.chain_of[node]
        inputs = training.trace.inputs(node)
        if training.trace.operations[node] not in ("multiply", "divide", "copy", "getitem", "asarray") or not inputs:
            return None
        node = inputs[0]
    return None


def _keeps(training: Training, frames: list[Frame], found: Match) -> dict[int, float]:
    """The share of itself that each running mean of a gradient, or of its square, keeps."""
    kept: dict[int, float] = {}
    for parameter in found.evidence:
        seen = _seen(training, frames, found, parameter, _EXACT)
        for chain in {chain for row in seen for chain, _, _ in row.states}:
            rows = [(row, old, new) for row in seen for c, old, new in row.states if c == chain and np.any(old)]
            if len(rows) < 2 or any(new.size != row.gradient.size for row, _, new in rows):
                continue
            new, old = np.concatenate([n for _, _, n in rows]), np.concatenate([o for _, o, _ in rows])
            own = np.concatenate([row.gradient for row, _, _ in rows])
            for term in (own, own * own):
                (keep, share), exact = _fit(_EXACT, new, old, term)
                # a running mean keeps a part of itself and takes in the rest; anything else is a chance fit
                if exact and 0 < keep < 1 and share > 0 and new.size > 4:
                    kept.setdefault(chain, keep)
    return kept


def _one_sided(frames: list[Frame], found: Match, known: set[int]) -> list[Fault]:
    """The gradients that are clipped to one sign, so that half of their elements move nothing."""
    faulty: dict[int, Fault] = {}
    for number, gradients in found.gradients.items():
        frame = frames[number]
        for parameter, gradient in gradients.items():
            if parameter in known or parameter in faulty or not (bool((gradient > 0).any() and (gradient < 0).any())):
                continue
            for node in candidates(frame, parameter):
                inputs = frame.trace.inputs(node)
                if frame.trace.operations[node] not in _CLIPPING or not inputs:
                    continue
                with torch.no_grad():
                    before, after = real(frame.replay.value(inputs[0])), real(frame.replay.value(node))
                if before.shape != after.shape or factor_and_residual(before, gradient)[1] > TOLERANCE:
                    continue
                if not bool(after[before > 0].any()) or not bool(after[before < 0].any()):
                    why = "the gradient is clipped to one sign, so that what points the other way moves nothing"
                    faulty[parameter] = Fault(parameter, frame.trace.sites[node], why)
    return list(faulty.values())


def _upward(training: Training, frames: list[Frame], found: Match, known: set[int]) -> list[Fault]:
    """The parameters that go up the gradient at every step where the others go down."""
    ways: dict[int, set[int]] = {}
    for number, gradients in found.gradients.items():
        for parameter, gradient in gradients.items():
            if number < len(frames) and parameter in frames[number].moves and bool(gradient.any()):
                along = float((frames[number].moves[parameter].detach() * gradient).sum())
                ways.setdefault(parameter, set()).add(int(np.sign(along)) if np.isfinite(along) else 0)
    down = [p for p, signs in ways.items() if signs == {-1}]
    up = [p for p, signs in ways.items() if signs == {1} and len(found.gradients) > 2]
    between = training.states or any(e.handed is not None for e in found.evidence.values())
    if not down or len(up) > len(down) or not between:
        return []
    return [
        Fault(p, training.chains[p].site, "this parameter goes up the gradient where the others go down")
        for p in up
        if p not in known
    ]


def _seen(training: Training, frames: list[Frame], found: Match, parameter: int, tolerance: float) -> list[_Seen]:
    handed = found.evidence[parameter].handed
    rows: list[_Seen] = []
    for frame in frames:
        if parameter not in frame.parameters:
            continue
        with torch.no_grad():
            move = frame.moves[parameter]
            if handed is None:
                return []
            gradient = _handed(frame, parameter, handed, tolerance)
            if gradient is None:
                continue
        if gradient.numel() != move.numel():
            continue
        states = []
        for chain, owner in training.states.items():
            if owner == parameter and (pair := _change(training, frame, chain)) is not None:
                states.append((chain, *pair))
        rows.append(_Seen(_flat(gradient), _flat(move), _flat(frame.start(parameter).detach()), tuple(states)))
    return rows


def _handed(frame: Frame, parameter: int, handed: Key, tolerance: float) -> torch.Tensor | None:
    """The gradient as the optimizer gets it, with a weight decay that is added to it on the way."""
    between = candidates(frame, parameter)
    place = next((position for position, node in enumerate(between) if frame.key(node) == handed), None)
    if place is None:
        return None
    plain = real(frame.replay.value(between[place]))
    value = _flat(frame.start(parameter).detach())
    for node in between[:place]:
        nearer = real(frame.replay.value(node))
        if nearer.numel() == plain.numel() == value.size > 2:
            (share, decay), exact = _fit(tolerance, _flat(nearer), _flat(plain), value)
            if exact and share * decay > 0 and abs(decay) * np.abs(value).max() > 1e-7 * float(nearer.abs().max()):
                return nearer
    return plain


def _change(training: Training, frame: Frame, chain: int) -> tuple[Array, Array] | None:
    """A state before and after a step."""
    versions = training.chains[chain].versions
    for old, new in pairwise(versions):
        if new is not None and frame.step.start < new <= frame.step.end:
            before = 0.0 if old is None else training.trace.values[old]
            varied = frame.replay.replaced and new in frame.dependent
            after = frame.replay.value(new).detach().numpy() if varied else training.trace.values[new]
            if before is None or after is None:
                return None
            end = np.asarray(after, dtype=np.float64).reshape(-1)
            start = (
                np.broadcast_to(np.asarray(before, dtype=np.float64).reshape(-1), end.shape)
                if np.size(before) in (1, end.size)
                else None
            )
            return None if start is None else (start, end)
    return None


def _flat(value: torch.Tensor) -> Array:
    return value.detach().numpy().reshape(-1).astype(np.float64)


def _fit(tolerance: float, wanted: Array, *terms: Array) -> tuple[list[float], bool]:
    """The coefficients of the best sum of terms, and whether it is exact."""
    matrix = np.stack(terms, axis=1)
    scale = np.abs(wanted).max(initial=0.0)
    if scale == 0.0:
        return [0.0] * len(terms), True
    if not (np.isfinite(matrix).all() and np.isfinite(wanted).all()):
        return [0.0] * len(terms), False
    norms = np.abs(matrix).max(axis=0)
    norms[norms == 0] = 1.0
    try:
        solved, *_ = np.linalg.lstsq(matrix / norms, wanted / scale, rcond=1e-13)
    except np.linalg.LinAlgError:
        return [0.0] * len(terms), False
    residual = np.abs(matrix / norms @ solved - wanted / scale).max()
    return list(solved * scale / norms), bool(residual <= tolerance)


def _fit_each(rows: list[tuple[_Seen, Array, Array]], tolerance: float) -> tuple[tuple[float, float], bool]:
    """As `_fit`, with a rate that may change from step to step."""
    fits = [_fit(tolerance, new, old, row.gradient) for row, new, old in rows if new.size > 2]
    if not fits or not all(exact for _, exact in fits):
        return (0.0, 0.0), False
    begun = [
        found for (found, _), (_, _, old) in zip(fits, [r for r in rows if r[1].size > 2], strict=True) if np.any(old)
    ]
    keeps = [keep for keep, _ in begun]
    return (max(keeps, default=0.0), fits[-1][0][1]), not keeps or max(keeps) - min(keeps) < 1e-4


def _joined(seen: list[_Seen], pick: str) -> Array:
    return np.concatenate([getattr(row, pick) for row in seen])


def _explained(training: Training, parameter: int, seen: list[_Seen], tolerance: float) -> tuple[str, int]:
    """('', site) if the optimizer is known, ('?', site) if it is not, and else what is wrong with it."""
    site = training.chains[parameter].site
    usable = [row for row in seen if np.isfinite(row.move).all() and np.isfinite(row.gradient).all()]
    if not usable or sum(row.move.size for row in usable) < 6:
        return "", site
    seen = usable
    gradient = _joined(seen, "gradient")
    if not np.any(gradient):
        return "", site
    chains = sorted({chain for row in seen for chain, _, _ in row.states})
    running: list[int] = []
    squared: list[int] = []
    for chain in chains:
        rows = [(row, old, new) for row in seen for c, old, new in row.states if c == chain]
        if any(new.size != row.gradient.size for row, _, new in rows):
            return "?", site
        new = np.concatenate([n for _, _, n in rows])
        old = np.concatenate([o for _, o, _ in rows])
        own = np.concatenate([row.gradient for row, _, _ in rows])
        (keep, share), linear = _fit(tolerance, new, old, own)
        if not linear:
            (keep, share), linear = _fit_each([(row, n, o) for row, o, n in rows], tolerance)
        if linear:
            if keep >= 1 - 1e-9 and abs(share) > 0 and np.any(old):
                return "the gradients of earlier steps are added up and applied again", training.chains[chain].site
            running.append(chain)
            continue
        if _fit(tolerance, new, old, own * own)[1]:
            squared.append(chain)
            continue
        if _fit(tolerance, new, old, np.abs(own))[1]:
            return "the second moment is kept of the gradient and not of its square", training.chains[chain].site
        decayed = _fit(tolerance, new, old, own, np.concatenate([row.value for row, _, _ in rows]))[1]
        if decayed:
            running.append(chain)
            continue
        return "?", training.chains[chain].site
    if all(_known(row, running, squared, tolerance) for row in seen):
        return _decay(seen, site, tolerance)
    if not squared and running and all(_rooted(row, running, tolerance) for row in seen):
        return "the second moment is kept of the gradient and not of its square", training.chains[running[-1]].site
    if not running:
        opposed = [
            np.sign(row.move[big]) == -np.sign(row.gradient[big])
            for row in seen
            if (big := np.abs(row.gradient) > 1e-9 * np.abs(row.gradient).max()).any()
        ]
        share = float(np.concatenate(opposed).mean()) if opposed else 1.0
        down = share if _signs(seen) <= 0 else 1 - share
        if chains and down < 0.9:
            return "the move does not go down the gradient", site
    others = any(owner != parameter for owner in training.states.values())
    return "?" if chains or (others and not all(_stateless(row, tolerance) for row in seen)) else "", site


def _stateless(row: _Seen, tolerance: float) -> bool:
    """Whether a move is a multiple of the gradient, with weight decay or clipped, or nothing is known of it."""
    if row.move.size < 3 or _fit(tolerance, row.move, row.gradient, row.value)[1]:
        return True
    inner = np.abs(row.move) < (1 - 1e-9) * np.abs(row.move).max(initial=0.0)
    return not inner.any() or _fit(tolerance, row.move[inner], row.gradient[inner])[1]


def _signs(seen: list[_Seen]) -> float:
    return float(sum(np.dot(row.move, row.gradient) for row in seen))


def _state(row: _Seen, chain: int) -> Array:
    return next(new for c, _, new in row.states if c == chain)


def _known(row: _Seen, running: list[int], squared: list[int], tolerance: float) -> bool:
    """Whether a move is one of momentum, Nesterov, Adagrad, RMSprop or Adam, with weight decay or without."""
    have = {chain for chain, _, _ in row.states}
    running, squared = [c for c in running if c in have], [c for c in squared if c in have]
    if not squared:
        terms = [row.gradient, row.value, *(_state(row, chain) for chain in running)]
        terms += [old for c, old, _ in row.states if c in running]
        return _fit(tolerance, row.move, *terms)[1]
    root = np.sqrt(np.abs(_state(row, squared[0])))
    tops = [row.gradient] if not running else [_state(row, running[0]), row.gradient]
    for top in tops:
        big = (np.abs(row.move) > 0) & (np.abs(top) > 1e-8 * np.abs(top).max(initial=0.0))
        if not big.any():
            return True
        ratio = top[big] / row.move[big]
        if _fit(tolerance, ratio, root[big], np.ones(int(big.sum())))[1]:
            return True
        if _fit(tolerance, ratio**2, root[big] ** 2, np.ones(int(big.sum())))[1]:
            return True
    return False


def _rooted(row: _Seen, running: list[int], tolerance: float) -> bool:
    """Whether a move is the gradient over the root of a running mean of it."""
    have = [c for c, _, _ in row.states if c in running]
    tops = [row.gradient, *(_state(row, chain) for chain in have)]
    for chain in have:
        kept = _state(row, chain)
        for top in tops:
            good = (kept > 0) & (np.abs(row.move) > 0) & (np.abs(top) > 0)
            if good.sum() < 3:
                continue
            if _fit(tolerance, top[good] / row.move[good], np.sqrt(kept[good]), np.ones(int(good.sum())))[1]:
                return True
    return False


def _decay(seen: list[_Seen], site: int, tolerance: float) -> tuple[str, int]:
    """A weight may shrink at every step; it may not grow."""
    for row in seen:
        if row.states:
            return "", site
        (_, decay), exact = _fit(tolerance, row.move, row.gradient, row.value)
        if exact and decay < -_SHRINKING and row.move.size > 2:
            return f"the weights lose {-decay:.0%} of themselves at every step, beside what the gradient takes", site
        if exact and decay > 1e-12 and row.move.size > 2:
            return "the weights are made larger at every step where weight decay makes them smaller", site
    return "", site


def _step_counts(training: Training, frames: list[Frame], found: Match, parameters: set[int]) -> list[Fault]:
    """Adam's step count, the power of beta in the bias correction.

    It is the same for all parameters of a step, and grows by one from step to step.
    """
    seen: dict[tuple[float, int], list[tuple[int, set[float]]]] = {}
    for frame in frames:
        trace = frame.trace
        here: dict[tuple[float, int], set[float]] = {}
        for node in range(max(frame.step.start, 0), frame.step.end + 1):
            if trace.operations[node] == "power" and trace.shape(node) == () and trace.sites[node] >= 0:
                base, exponent = trace.arguments[node][:2]
                corrects = any(
                    trace.operations[r] == "subtract" and trace.arguments[r][0] in (1, 1.0)
                    for r in training.readers[node]
                )
                counted = isinstance(exponent, int | float) and not isinstance(exponent, bool)
                if corrects and counted and isinstance(base, float) and 0.5 <= base < 1:
                    here.setdefault((float(base), trace.sites[node]), set()).add(float(exponent))
        for key, exponents in here.items():
            seen.setdefault(key, []).append((frame.number, exponents))
    squares = any(owner in parameters for owner in training.states.values())
    if not squares:
        return []
    for (_, site), rows in seen.items():
        if any(len(exponents) > 1 for _, exponents in rows):
            return [
                Fault(
                    min(parameters, default=0),
                    site,
                    "the step count of the bias correction is advanced once a parameter, not once a step",
                )
            ]
        for (early, first), (late, second) in pairwise(rows):
            if min(second) - min(first) != late - early and len(found.evidence) == len(training.parameters):
                return [
                    Fault(
                        min(parameters, default=0),
                        site,
                        "the step count of the bias correction does not grow by one from step to step",
                    )
                ]
    return []
