"""Adam's bias corrections: each with the beta of the mean that it corrects, and a count that grows by one a step."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from backproof.check.cut.parameters import Training
from backproof.check.losses.match import Match
from backproof.check.optimizers.observed import EXACT, Fault, fit, seen_of, told
from backproof.check.record.memory import Ref
from backproof.check.record.trace import Trace
from backproof.check.replay.frame import Frame

_EQUAL = 1e-9
_APART = 1e-3  # relative
_FEW = 4  # numbers, which a share of two terms may fit by chance


@dataclass(frozen=True)
class _Mean:
    """A running mean: the part of itself that it keeps, the share of what is new, and whether that is squared."""

    keep: float
    share: float
    squared: bool


def corrections(training: Training, frames: list[Frame], rows: dict[int, tuple[str, int]], found: Match) -> list[Fault]:
    """The bias corrections, divisions by 1 - beta ** t, that belong to another running mean, or to none.

    Kingma and Ba, Adam (2015), algorithm 1: each moment is corrected with the beta that it is kept with.
    """
    if _are_of_rows(training):
        return []
    faulty: dict[int, Fault] = {}
    corrected: dict[int, int] = {}  # the running means that are, with the parameter that each belongs to
    keeps = _keeps(training, frames, found)
    for frame in frames:
        trace = frame.trace
        for node in range(max(frame.step.start, 0), frame.step.end + 1):
            straight = _correcting(trace, node, by="multiply")
            beta = _correcting(trace, node) if straight is None else straight
            if beta is None or trace.sites[node] < 0:
                continue
            owner = min((p for p in frame.reached.get(node, ()) if p in rows), default=None)
            if owner is None:
                continue
            top = int(trace.arguments[node][0])
            state = _state_behind(training, top)
            mean = keeps.get(-1 if state is None else state)
            kept = mean.keep if mean is not None else None
            if mean is not None and state is not None:
                corrected.setdefault(state, owner)
            if kept is None and straight is not None:
                continue
            if kept is None:
                # a mean may have begun before the part of a run that is looked at
                unknown = not training.states or trace.begin > 0 or state is not None
                if unknown or _is_rest(trace, top, beta):
                    continue
                why = "the bias correction is applied to what is no running mean"
            elif abs(kept - beta) > 1e-4:
                why = f"a running mean that keeps {kept:.4g} of itself is corrected with {beta:.4g}"
            elif straight is not None:
                why = f"the bias correction takes {beta:.4g} times the step count, and not to the power of it"
            else:
                continue
            faulty.setdefault(trace.sites[node], Fault(owner, trace.sites[node], why, base=kept))
    return list(faulty.values()) or _shares(training, {state: keeps[state] for state in corrected}, corrected)


def _shares(training: Training, means: dict[int, _Mean], owners: dict[int, int]) -> list[Fault]:
    """The running means that are corrected as if they took in of what is new the share that they do not keep, and that
    take in another one. What the gradient is a multiple of shows in both moments: once in one, twice in the other."""
    faulty: dict[int, Fault] = {}
    for state, second in means.items():
        first = next((n for n in means if owners[n] == owners[state] and not means[n].squared), None)
        if first is None or not second.squared:
            continue
        share = second.share / means[first].share ** 2 * (1 - means[first].keep) ** 2
        if abs(share - (1 - second.keep)) < _APART * (1 - second.keep):
            continue
        # a share of the other one's beta tells which of the two has it
        odd = state
        if abs(share - (1 - means[first].keep)) > _APART * share:
            odd, share = first, means[first].share / math.sqrt(second.share / (1 - second.keep))
        site, keep = training.chains[odd].site, means[odd].keep
        why = f"a running mean that keeps {keep:.4g} of itself takes in {share:.4g} of what is new, not {1 - keep:.4g}"
        faulty.setdefault(site, Fault(owners[odd], site, why))
    return list(faulty.values())


def machinery(training: Training) -> tuple[int, int]:
    """How many running values the optimizers keep, and at how many places these are corrected."""
    trace = training.trace
    corrected = {trace.sites[node] for node in range(len(trace)) if _correcting(trace, node) is not None}
    return len(training.states), len(corrected)


def _correcting(trace: Trace, node: int, by: str = "power") -> float | None:
    """The beta of a bias correction, if a node is one: of a division by 1 less what is made of it and a count."""
    arguments = trace.arguments[node]
    if trace.operations[node] != "divide" or len(arguments) < 2 or not isinstance(arguments[0], Ref):
        return None
    below = arguments[1]
    if not isinstance(below, Ref) or trace.operations[below] != "subtract" or trace.arguments[below][0] not in (1, 1.0):
        return None
    power = trace.arguments[below][1]
    if not isinstance(power, Ref) or trace.operations[power] != by:
        return None
    base, count = trace.arguments[power][:2]
    if by == "multiply" and isinstance(base, int):
        base, count = count, base
    counted = by == "power" or (isinstance(count, int) and count >= 1)
    return base if counted and isinstance(base, float) and 0.5 <= base < 1 else None


def _state_behind(training: Training, node: int) -> int | None:
    """The running value that a node is, or is a multiple of, whichever side the number stands on."""
    trace, nodes = training.trace, [node]
    for _ in range(4):
        known = [training.chain_of[n] for n in nodes if n in training.chain_of]
        if known:
            return known[0]
        passed = (n for n in nodes if trace.operations[n] in ("multiply", "divide", "copy", "getitem", "asarray"))
        nodes = [earlier for n in passed for earlier in trace.inputs(n)]
    return None


def _is_rest(trace: Trace, node: int, beta: float) -> bool:
    """Whether a value is what a running mean does not keep, (1 - beta) times something: Nadam corrects the newest
    gradient apart (Dozat, Incorporating Nesterov momentum into Adam, 2016)."""
    known = [trace.values[int(a)] if isinstance(a, Ref) else a for a in trace.arguments[node]]
    shares = [value for value in known if isinstance(value, float)]
    return trace.operations[node] == "multiply" and any(abs(share - (1 - beta)) < _EQUAL for share in shares)


def _keeps(training: Training, frames: list[Frame], found: Match) -> dict[int, _Mean]:
    """The running means of gradients, and of their squares, by their chains."""
    kept: dict[int, _Mean] = {}
    for parameter in found.evidence:
        seen = seen_of(training, frames, found, parameter, EXACT)
        for chain in {chain for row in seen for chain, _, _ in row.states}:
            rows = [(row, old, new) for row in seen for c, old, new in row.states if c == chain and np.any(old)]
            if len(rows) < 2 or any(new.size != row.gradient.size for row, _, new in rows):
                continue
            new, old = np.concatenate([n for _, _, n in rows]), np.concatenate([o for _, o, _ in rows])
            own = np.concatenate([row.gradient for row, _, _ in rows])
            for squared in (False, True):
                term = own * own if squared else own
                (keep, share), exact = fit(EXACT, new, old, term)
                # a running mean keeps a part of itself and takes in the rest; anything else is a chance fit
                if exact and 0 < keep < 1 and share > 0 and told(new, old, term) > _FEW:
                    kept.setdefault(chain, _Mean(keep, share, squared))
    return kept


def _are_of_rows(training: Training) -> bool:
    """Whether what an optimizer keeps is that of single rows of a table: each may have a count of its own."""
    sizes = {n: math.prod(chain.shape) for n, chain in enumerate(training.chains)}
    return any(sizes[state] not in (1, sizes[owner]) for state, owner in training.states.items())


def step_counts(training: Training, frames: list[Frame], found: Match, parameters: set[int]) -> list[Fault]:
    """Adam's step count, the power of beta in the bias correction.

    It is the same for all parameters of a step, and grows by one from step to step.
    """
    seen: dict[tuple[float, int], list[tuple[int, set[float]]]] = {}
    for frame in frames:
        trace = frame.trace
        here: dict[tuple[float, int], set[float]] = {}
        own = frame.ancestors(list(frame.step.after.values()))
        for node in range(max(frame.step.start, 0), frame.step.end + 1):
            if training.others and node not in own:
                continue  # another optimizer has a count of its own
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
    if not any(owner in parameters for owner in training.states.values()) or _are_of_rows(training):
        return []
    for (_, site), rows in seen.items():
        if any(len(exponents) > 1 for _, exponents in rows):
            return [
                Fault(
                    min(parameters, default=0),
                    site,
                    "the step count of the bias correction is advanced once a parameter, not once a step",
                    counts=True,
                )
            ]
        for (early, first), (late, second) in pairwise(rows):
            if min(second) - min(first) != late - early and len(found.evidence) == len(training.parameters):
                return [
                    Fault(
                        min(parameters, default=0),
                        site,
                        "the step count of the bias correction does not grow by one from step to step",
                        counts=True,
                    )
                ]
    return []
