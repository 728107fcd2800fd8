"""Where a mistake stands that shows in a function which is called from elsewhere, too, and is right there, as the
product of two matrices is in a class of the file's own: at the call."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from backproof.check.locate.locate import Suspicion
from backproof.check.record.trace import Trace
from backproof.check.replay.frame import Frame, Key


def calls_of_right(frame: Frame, suspicion: Suspicion) -> dict[int, set[int]]:
    """Of each place in which something is computed that is not wrong, or a call that leads there, the paths of calls to
    it."""
    found: dict[int, set[int]] = defaultdict(set)
    computed = {frame.key(node) for node in range(max(frame.step.start, 0), frame.step.end + 1)}
    for key in computed.difference(suspicion.suspects):
        for site, path in _way_up(frame.trace, key):
            found[site].add(path)
    return found


def at_the_call(trace: Trace, right: Mapping[int, set[int]], key: Key) -> Key:
    """A place, or the innermost call that led to it and to nothing that is right by another way.

    Args:
        right: see `calls_of_right`.
    """
    own = [*_way_up(trace, key)]
    outside = next((level for level in own if right.get(level[0], set()) <= {level[1]}), key)
    return outside if outside[0] >= 0 else key


def _way_up(trace: Trace, key: Key) -> Iterator[Key]:
    """A place, and the calls that led to it, the innermost first."""
    site, path = key
    yield site, path
    while path > 0:
        path, site = trace.call_paths[path]
        yield site, path
