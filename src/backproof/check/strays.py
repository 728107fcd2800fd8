"""Where gradients that have a factor of their own, and are right but for it, get that factor."""

from collections import Counter

from backproof.check.evidence import same_factor
from backproof.check.frame import Key
from backproof.check.handed import scaled_apart
from backproof.check.judge import Judgement
from backproof.check.truths import Truths


def apart_keys(judgement: Judgement) -> list[Key]:
    """Where a right gradient is multiplied with what the network computes before it moves a parameter."""
    found = judgement.match
    if found is None or not found.follows:
        return []
    places = (scaled_apart(judgement.frames, p, found.evidence[p]) for p in found.strays)
    return [key for key in places if key is not None][:1]


def stray_keys(judgement: Judgement, *, joint: bool = False) -> list[Key]:
    """Where the gradients begin that have a factor of their own, if that is all that is wrong: of what the moves of all
    of them, and of no other parameter, are computed from, the first value whose factor no right one has; where there
    is none, the first value.

    Args:
        joint: look only at what all of them, by the same factor, are moved by.
    """
    found = judgement.match
    if found is None or not found.strays or not found.follows or not judgement.frames:
        return []
    if apart := apart_keys(judgement):
        return apart
    frame = judgement.frames[0]
    strays = set(found.strays)
    shared = [
        n for n in sorted(frame.backward) if (r := frame.reached[n]) and r <= strays and frame.trace.sites[n] >= 0
    ]
    alone = [n for n in shared if frame.reached[n] == strays]
    if joint and not (alone and _agree(judgement, strays)):
        return []
    alone = alone or shared
    multiples = Truths([frame], found.loss).multiples(0, frame)
    fine = _usual([factors for n, factors in multiples.items() if not frame.reached[n] <= strays])
    odd = [n for n in alone if n in multiples and not _is_among(multiples[n], fine)] if fine else []
    return [frame.key(n) for n in (odd or alone)[:1]]


def _agree(judgement: Judgement, parameters: set[int]) -> bool:
    """Whether some parameters have one factor."""
    assert judgement.match is not None
    rows = [judgement.match.evidence[parameter].factors for parameter in parameters]
    firsts = [row[min(row)] for row in rows if row]
    return all(same_factor(firsts[0], factor) for factor in firsts)


def _usual(rows: list[list[float]]) -> list[float]:
    """The fewest multiples that tell of all values: those first that most values are."""
    usual: list[float] = []
    while rows:
        common = Counter(f"{factor:.7g}" for factors in rows for factor in factors)
        most = float(common.most_common(1)[0][0])
        left = [factors for factors in rows if not _is_among(factors, [most])]
        usual.append(most)
        if len(left) == len(rows):
            break
        rows = left
    return usual


def _is_among(factors: list[float], others: list[float]) -> bool:
    return any(same_factor(factor, other) for factor in factors for other in others)
