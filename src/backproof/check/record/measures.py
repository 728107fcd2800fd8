"""Measures of a library that hold predictions against targets: where loops over samples are left early, there are fewer
predictions than targets, and the first ones are held against each other."""

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

_MODULE = "sklearn.metrics"


def of_the_first() -> None:
    """Let scikit-learn's measures take the first of each, as many as there are of both, if it is loaded."""
    module = sys.modules.get(_MODULE)
    for name in getattr(module, "__all__", ()):
        measure = getattr(module, name)
        if inspect.isfunction(measure):
            setattr(module, name, _cut_to_the_shorter(measure))


def _cut_to_the_shorter(measure: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(measure)
    def measured(*arguments: Any, **named: Any) -> Any:
        lengths = [len(one) for one in arguments[:2] if hasattr(one, "__len__")]
        if len(lengths) > 1 and lengths[0] != lengths[1]:
            arguments = (*(one[: min(lengths)] for one in arguments[:2]), *arguments[2:])
        return measure(*arguments, **named)

    return measured
