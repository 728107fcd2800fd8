"""Where gradients that have a factor of their own, and are right but for it, get that factor."""

from collections import Counter

from backproof.check.judge.judgement import Judgement
from backproof.check.losses.before_move import candidates
from backproof.check.losses.evidence import same_factor
from backproof.check.losses.scaled import scaled_apart
from backproof.check.losses.truths import Truths, is_on_the_way
from backproof.check.record.trace import Sites
from backproof.check.replay.frame import Frame, Key


def apart_keys(judgement: Judgement) -> list[Key]:
    """Where a right gradient is multiplied with what the network computes before it moves a parameter."""
    found = judgement.match
    if found is None or not found.follows:
        return []
    places = (scaled_apart(judgement.frames, p, found.evidence[p]) for p in found.strays)
    return [key for key in places if key is not None][:1]


def stray_keys(judgement: Judgement, sites: Sites, *, joint: bool = False) -> list[Key]:
    """Where the gradients begin that have a factor of their own, if that is all that is wrong: of what the moves of all
    of them, and of no other parameter, are computed from, the first value whose factor no right one has; where each
    has a factor that right ones have before they are scaled, the update itself.

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
    passing = {n for n in multiples if is_on_the_way(frame, n)}
    # a parameter's gradient that is still to be scaled says something only beside others at the same stage: a line's
    # own result beside those of other lines
    results = {
        n for p in frame.parameters for n in candidates(frame, p) if n in passing and _ends_its_line(frame, sites, n)
    }
    right = [n for n in multiples if not frame.reached[n] <= strays and n not in frame.written]
    own = [n for n in right if not frame.reached[n] & strays]
    fine = _usual([multiples[n] for n in own if n not in passing] or [multiples[n] for n in right if n not in passing])
    scaled = [factor for n in own if n in results for factor in multiples[n]]
    for node in alone:
        if node in results and scaled and not _is_among(multiples[node], [*fine, *scaled]):
            return [frame.key(node)]
        if node in multiples and node not in passing and fine and not _is_among(multiples[node], fine):
            return [frame.key(node)]
    if any(node in results and _is_among(multiples[node], scaled) for node in alone):
        return [(judgement.training.chains[parameter].site, 0) for parameter in sorted(strays)[:1]]
    return [frame.key(node) for node in alone[:1]]


def _ends_its_line(frame: Frame, sites: Sites, node: int) -> bool:
    """Whether a value is what a line computes, so that other lines read it, and no part of that."""

    def line(one: int) -> tuple[str, int] | None:
        site = frame.trace.sites[one]
        return None if site < 0 else sites.line(site)

    readers = frame.training.readers[node]
    return not readers or any(line(reader) != line(node) for reader in readers)


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
