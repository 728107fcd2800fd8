"""SciPy's minimizers, which train a network by asking for its loss and its gradient: each gradient is taken for a move.

What SciPy makes of a gradient is its own affair, and right; that it is the gradient is the file's. So for each one that
the file hands over, a step down it is recorded, from the point where it was asked for; the run goes on as it is.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from backproof.check.record.log import Arguments
from backproof.check.record.loops import Loops
from backproof.check.record.memory import Array, Ref

SEARCHED = "searched"  # the point that a minimizer asks about next, wherever it found it
_PARAMETERS = {
    "minimize": ("fun", "x0", "args", "method", "jac"),
    "fmin_cg": ("f", "x0", "fprime"),
    "fmin_bfgs": ("f", "x0", "fprime"),
    "fmin_ncg": ("f", "x0", "fprime"),
    "fmin_l_bfgs_b": ("func", "x0", "fprime"),
    "fmin_tnc": ("func", "x0", "fprime"),
}
_BOTH = ("fmin_l_bfgs_b", "fmin_tnc")  # a function without a gradient beside it gives both


def is_minimizer(function: Any) -> bool:
    module = getattr(function, "__module__", None) or ""
    return module.startswith("scipy.optimize") and getattr(function, "__name__", "") in _PARAMETERS


def followed_calls(
    log: Loops, site: int, function: Any, arguments: Arguments, keywords: dict[str, Any]
) -> tuple[Arguments, dict[str, Any]]:
    """The arguments of a minimizer, with a loss and a gradient in them that record what they are asked."""
    names = _PARAMETERS[function.__name__]
    given = {**dict(zip(names, arguments, strict=False)), **keywords}
    loss, gradient = given.get(names[0]), given.get(names[-1])
    if not callable(loss) or "x0" not in given:
        return arguments, keywords
    search = _Search(log, site, given["x0"])
    approximated = given.get("approx_grad", False)
    if callable(gradient):
        given[names[0]] = search.asked(loss, lambda made: (made, None))
        given[names[-1]] = search.asked(gradient, lambda made: (None, made))
    elif gradient is True or (gradient is None and function.__name__ in _BOTH and not approximated):
        given[names[0]] = search.asked(loss, lambda made: made)
    else:
        return arguments, keywords
    first = tuple(given.pop(name) for name in names[: len(arguments)])
    return (*first, *arguments[len(names) :]), given


class _Search:
    """The points at which one minimizer asks, one after the other."""

    def __init__(self, log: Loops, site: int, start: Any) -> None:
        self.log = log
        self.site = site
        self.path = log.path
        self.latest = log.encode(start) if isinstance(start, np.ndarray) else None
        self.point: Array | None = None  # the last one
        self.node = -1  # and its node

    def asked(self, function: Callable[..., Any], parts: Callable[[Any], Any]) -> Callable[..., Any]:
        """A function that records where it is asked, and a step down the gradient that is in its answer, if one is.

        Args:
            parts: gives of an answer the loss and the gradient.
        """

        @functools.wraps(function)
        def called(point: Array, *arguments: Any, **keywords: Any) -> Any:
            log = self.log
            log.turn(self.site)  # a minimizer goes round as a loop does
            if isinstance(self.latest, Ref) and self.latest >= len(log.operations):
                self.node, self.latest, self.point = -1, None, None  # what was recorded so far was let go
            if not log.on:
                return function(point, *arguments, **keywords)
            point = np.array(point, dtype=float)  # SciPy may write the next point into the same array
            self._arrive(point)
            log.path, before = log.call_paths.setdefault((self.path, self.site), len(log.call_paths)), log.path
            try:
                made = function(point, *arguments, **keywords)
            finally:
                log.path = before
            loss, slope = parts(made)
            log.shown(loss)  # it is what the minimizer is told
            if log.on and isinstance(slope, np.ndarray) and slope.size == point.size:
                self._descend(point, slope)
            return made

        return called

    def _arrive(self, point: Array) -> None:
        log = self.log
        if self.point is not None and isinstance(self.latest, Ref) and np.array_equal(self.point, point):
            log.memory.keep(point, self.node)
            return
        depth = log.depths[self.latest] if isinstance(self.latest, Ref) else 0
        self.node = log.node(SEARCHED, self.site, () if self.latest is None else (self.latest,), point)
        log.depths[self.node] = depth
        self.latest, self.point = Ref(self.node), point.copy()

    def _descend(self, point: Array, slope: Array) -> None:
        log = self.log
        handed = log.encode(slope)
        if slope.shape != point.shape:
            handed = Ref(log.node("reshape", self.site, (handed, point.shape), slope.reshape(point.shape)))
        logged = (Ref(self.node), handed)
        moved = log.node("subtract", self.site, logged, point - slope.reshape(point.shape))
        log.reads[self.node] = max(log.reads[self.node], 2)
        log.chained(moved, logged)
        self.latest = Ref(moved)
