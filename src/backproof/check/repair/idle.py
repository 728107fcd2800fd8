"""Fixes that put in a factor which changes nothing, where leaving it out is a fix, too."""

import numpy as np

from backproof.check.repair.fix import Fix

_LEAVING_OUT = ("extra factor", "extra function", "extra term")  # kinds of edits, and those that put something in
_PUTTING_IN = ("derivative", "missing factor", "function")


def without_idle(fixes: list[Fix]) -> list[Fix]:
    """Fixes without those after which a factor stands that is 1 at all judged steps, where the same line without it is
    a fix, too: every parameter becomes the same by both. And without those that make such a factor, as the slope of a
    ReLU where all is above zero, if another line can do without it."""
    plain = [fix for fix in fixes if fix.edits[-1][1].kind in _LEAVING_OUT]
    idle = {
        id(fix)
        for fix in fixes
        for other in plain
        if fix.edits[-1][1].kind in _PUTTING_IN
        and (_where(fix) == _where(other) or "> 0" in fix.edits[-1][1].text)
        and _trains_alike(fix, other)
    }
    return [fix for fix in fixes if id(fix) not in idle]


def _where(fix: Fix) -> list[tuple[str, int]]:
    return [(file, edit.line) for file, edit in fix.edits]


def _trains_alike(fix: Fix, other: Fix) -> bool:
    """Whether two programs give every parameter the same first new value."""
    firsts = [
        [one.judgement.training.trace.values[one.judgement.training.chains[p].updates[0]] for p in parameters]
        for one in (fix, other)
        if (parameters := one.judgement.training.parameters)
    ]
    return len(firsts) == 2 and len(firsts[0]) == len(firsts[1]) and all(map(np.array_equal, *firsts))
