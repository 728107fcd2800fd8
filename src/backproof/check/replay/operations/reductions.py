"""What makes one number of several: sums, extremes, norms, and running ones."""

import warnings
from collections.abc import Callable
from typing import Any

import torch

from backproof.check.replay.operations.tensors import Tensor, axes_of, number, real, tensor


def _summed(reduce: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def operation(x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, **_: Any) -> Tensor:
        del dtype  # every value is float64 here
        x = real(x)
        axes = axes_of(axis, x.ndim)
        return reduce(x, axes, bool(keepdims)) if x.ndim else x

    return operation


def _extreme(reduce: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def operation(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, **_: Any) -> Tensor:
        del initial  # where it matters, the value differs from the recorded one
        x = real(x)
        if not x.ndim:
            return x
        return reduce(x, dim=axes_of(axis, x.ndim), keepdim=bool(keepdims))

    return operation


_largest = _extreme(torch.amax)


def _max(x: Any, axis: Any = None, keepdims: bool = False, *, steep: bool = False, **others: Any) -> Tensor:
    """The largest; of several that are as large the gradient goes to each a share, or to the first alone (`steep`)."""
    made: Tensor = _largest(x, axis, keepdims, **others)
    x = real(x)
    if not steep or not x.ndim:
        return made
    axes = axes_of(axis, x.ndim)
    last = x.movedim(axes, tuple(range(x.ndim - len(axes), x.ndim))).flatten(x.ndim - len(axes))
    return last.gather(-1, last.argmax(-1, keepdim=True)).reshape(made.shape)


def _variance(root: bool) -> Callable[..., Tensor]:
    def operation(
        x: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: bool = False, **_: Any
    ) -> Tensor:
        del dtype  # every value is float64 here
        x = real(x)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a single number there may be none
            made = torch.var(x, dim=axes_of(axis, x.ndim), correction=int(number(ddof)), keepdim=bool(keepdims))
        return torch.sqrt(made) if root else made

    return operation


def _product(x: Tensor, axes: tuple[int, ...], keep: bool) -> Tensor:
    for axis in sorted(axes, reverse=True):
        x = torch.prod(x, dim=axis, keepdim=keep)
    return x


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, **_: Any) -> Tensor:
    x = real(x)
    if ord not in (None, 2, "fro") or (ord == 2 and x.ndim > 1 and axis is None):
        return torch.linalg.norm(x, ord=ord, dim=axis, keepdim=keepdims)
    return torch.sqrt(torch.sum(x * x, dim=axes_of(axis, x.ndim), keepdim=bool(keepdims)))


def _sum_list(items: Any, start: Any = 0) -> Any:
    total = start
    for item in items if not isinstance(items, Tensor) else list(items):
        total = total + item
    return total


def _softmax(x: Any, axis: Any = None, **_: Any) -> Tensor:
    x = real(x)
    shifted = torch.exp(x - torch.amax(x, dim=axes_of(axis, x.ndim), keepdim=True))
    return shifted / torch.sum(shifted, dim=axes_of(axis, x.ndim), keepdim=True)


def _average(x: Any, axis: Any = None, weights: Any = None, keepdims: bool = False, **_: Any) -> Tensor:
    x = real(x)
    axes = axes_of(axis, x.ndim)
    if weights is None:
        return torch.mean(x, dim=axes, keepdim=bool(keepdims)) if x.ndim else x
    shares = real(weights)
    if shares.shape != x.shape:
        shares = torch.movedim(shares.expand(*(x.shape[a] for a in range(x.ndim) if a not in axes), -1), -1, axes[0])
    whole = torch.sum(shares, dim=axes, keepdim=bool(keepdims))
    return torch.sum(x * shares, dim=axes, keepdim=bool(keepdims)) / whole


def _logsumexp(x: Any, axis: Any = None, b: Any = None, keepdims: bool = False, **_: Any) -> Tensor:
    x = real(x)
    axes = axes_of(axis, x.ndim)
    if b is None:
        return torch.logsumexp(x, dim=axes, keepdim=bool(keepdims))
    largest = torch.amax(x, dim=axes, keepdim=True).detach()
    made = torch.log(torch.sum(real(b) * torch.exp(x - largest), dim=axes, keepdim=True)) + largest
    return made if keepdims else made.squeeze(dim=axes)


def _log_softmax(x: Any, axis: Any = None, **_: Any) -> Tensor:
    x = real(x)
    return x - torch.logsumexp(x, dim=axes_of(axis, x.ndim), keepdim=True)


def _first_axis(reduce: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A ufunc's `reduce`, which goes along the first axis where none is said."""

    def operation(x: Any, axis: Any = 0, *_: Any, keepdims: bool = False, **__: Any) -> Tensor:
        return reduce(x, axis=axis, keepdims=keepdims)

    return operation


def _truth(reduce: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def operation(x: Any, axis: Any = None, *_: Any, keepdims: bool = False, **__: Any) -> Tensor:
        x = tensor(x) != 0
        return reduce(x, dim=axes_of(axis, x.ndim), keepdim=bool(keepdims)) if x.ndim else x

    return operation


def _argument(reduce: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def operation(x: Any, axis: Any = None, *_: Any, keepdims: bool = False, **__: Any) -> Tensor:
        x = real(x).detach()
        if axis is None:
            made = reduce(x)
            return made.reshape((1,) * x.ndim) if keepdims else made
        return reduce(x, dim=int(axis), keepdim=bool(keepdims))

    return operation


def _running(function: Callable[[Tensor, int], Any], default: int | None = 0) -> Callable[..., Tensor]:
    """What goes along an axis and keeps each result; `default` is the axis where none is said, None all in a row."""

    def operation(x: Any, axis: Any = default, *_: Any, **__: Any) -> Tensor:
        x = real(x)
        made = function(x.reshape(-1), 0) if axis is None else function(x, int(axis))
        return made if isinstance(made, Tensor) else made[0]

    return operation


def _reduceat(x: Any, starts: Any, axis: Any = 0, *_: Any, **__: Any) -> Tensor:
    """Sums from each of some places to the next one; where that is no later, the element itself."""
    x = torch.movedim(real(x), int(axis), 0)
    places = [int(start) for start in tensor(starts)]
    ends = [*places[1:], len(x)]
    parts = [x[one:end].sum(0) if one < end else x[one] for one, end in zip(places, ends, strict=True)]
    return torch.movedim(torch.stack(parts), 0, int(axis))


def _sorted(x: Any, axis: Any = -1, **_: Any) -> Tensor:
    x = real(x)
    return torch.sort(x.reshape(-1) if axis is None else x, dim=0 if axis is None else int(axis))[0]


def _median(x: Any, axis: Any = None, *_: Any, keepdims: bool = False, **__: Any) -> Tensor:
    x = real(x)
    if axis is None:
        made = torch.quantile(x.reshape(-1), 0.5)
        return made.reshape((1,) * x.ndim) if keepdims else made
    return torch.quantile(x, 0.5, dim=int(axis), keepdim=bool(keepdims))


def _differences(x: Any, n: Any = 1, axis: Any = -1, **_: Any) -> Tensor:
    return torch.diff(real(x), n=int(n), dim=int(axis))


def _trace(x: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, **_: Any) -> Tensor:
    return torch.diagonal(real(x), int(offset), int(axis1), int(axis2)).sum(-1)


_SUM = _summed(lambda x, axes, keep: torch.sum(x, dim=axes, keepdim=keep))
_PROD = _summed(_product)
_MIN = _extreme(torch.amin)

REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": _SUM,
    "mean": _summed(lambda x, axes, keep: torch.mean(x, dim=axes, keepdim=keep)),
    "average": _average,
    "nansum": _summed(lambda x, axes, keep: torch.nansum(x, dim=axes, keepdim=keep)),
    "nanmean": _summed(lambda x, axes, keep: torch.nanmean(x, dim=axes, keepdim=keep)),
    "prod": _PROD,
    "std": _variance(True),
    "var": _variance(False),
    "max": _max,
    "amax": _max,
    "min": _MIN,
    "amin": _MIN,
    "ptp": lambda x, *where, **named: _largest(x, *where, **named) - _MIN(x, *where, **named),
    "median": _median,
    "any": _truth(torch.any),
    "all": _truth(torch.all),
    "argmax": _argument(torch.argmax),
    "argmin": _argument(torch.argmin),
    "pysum": _sum_list,
    "trace": _trace,
    "linalg.norm": _norm,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "logsumexp": _logsumexp,
    "cumsum": _running(torch.cumsum, None),
    "cumprod": _running(torch.cumprod, None),
    "diff": _differences,
    "sort": _sorted,
    "add.reduce": _first_axis(_SUM),
    "multiply.reduce": _first_axis(_PROD),
    "maximum.reduce": _first_axis(_largest),
    "minimum.reduce": _first_axis(_MIN),
    "logaddexp.reduce": _first_axis(_logsumexp),
    "add.reduceat": _reduceat,
    "add.accumulate": _running(torch.cumsum),
    "multiply.accumulate": _running(torch.cumprod),
    "maximum.accumulate": _running(torch.cummax),
    "minimum.accumulate": _running(torch.cummin),
    "logaddexp.accumulate": _running(torch.logcumsumexp),
}
