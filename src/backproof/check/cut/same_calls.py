"""A step that is one call, written in several lines of a loop: `train(a)`, `train(b)`, `train(c)`. What is computed in
these calls is computed at the same places."""

from collections.abc import Iterable

from backproof.check.cut.parameters import Step
from backproof.check.record.trace import Trace


def join_calls(trace: Trace, steps: Iterable[Step]) -> None:
    """Take the calls that are a step each, made from different lines of one function, for one and the same call."""
    tops = {_common(trace, [trace.paths[node] for node in step.after.values()]) for step in steps}
    callers = {trace.call_paths[top][0] for top in tops}
    if len(tops) < 2 or len(callers) != 1 or 0 in tops:
        return
    first = min(tops)
    known = {call: path for path, call in enumerate(trace.call_paths)}
    joined: dict[int, int] = {0: 0, **dict.fromkeys(tops, first)}

    def seen_as(path: int) -> int:
        if path not in joined:
            caller, site = trace.call_paths[path]
            call = seen_as(caller), site
            if call not in known:
                known[call] = len(trace.call_paths)
                trace.call_paths.append(call)
            joined[path] = known[call]
        return joined[path]

    trace.paths[:] = [seen_as(path) for path in trace.paths]


def _common(trace: Trace, paths: list[int]) -> int:
    """The innermost call within which several are made."""
    common, *others = (_calls(trace, path) for path in paths)
    for calls in others:
        common = [call for call in common if call in calls]
    return common[0] if common else 0


def _calls(trace: Trace, path: int) -> list[int]:
    """A call and those around it, the innermost first."""
    calls = [path]
    while calls[-1] > 0:
        calls.append(trace.call_paths[calls[-1]][0])
    return calls
