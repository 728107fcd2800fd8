"""From where the lines of a step were reached, and where a mistake stands that shows in a function which others call,
too, as the product of two matrices is in a class of the file's own: at the call."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Set

from backproof.check.record.trace import Trace
from backproof.check.replay.frame import Frame, Key


def calls_of(frame: Frame, but: Collection[Key] = ()) -> dict[int, set[int]]:
    """From where each line of a step was reached: of each site the paths of calls that led to it.

    Args:
        but: places that do not count, such as those that are wrong themselves.
    """
    found: dict[int, set[int]] = defaultdict(set)
    left_out = {*but}
    for node in range(max(frame.step.start, 0), frame.step.end + 1):
        key = frame.key(node)
        for site, path in way_up(frame.trace, key) if key not in left_out else ():
            if path in found[site]:
                break
            found[site].add(path)
    return found


def own_place(trace: Trace, key: Key, calls: Mapping[int, Set[int]]) -> Key:
    """Where something is computed; of a function that is called from several places, as a product is, the call."""
    site, path = key
    while path > 0 and calls.get(site, set()) - {path} and trace.call_paths[path][1] >= 0:
        path, site = trace.call_paths[path]
    return site, path


def way_up(trace: Trace, key: Key) -> Iterator[Key]:
    """A place, and the calls that led to it, the innermost first."""
    site, path = key
    yield site, path
    while path > 0:
        path, site = trace.call_paths[path]
        yield site, path
