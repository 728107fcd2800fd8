"""NumPy's operations in PyTorch: the name under which one is recorded, and a function of tensors that does the same.

What is not here is not followed. Each replayed value is held against the recorded one, so a meaning that differs in
some corner is noticed, not believed.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

Tensor = torch.Tensor
F64 = torch.float64


def tensor(value: Any) -> Tensor:
    """Anything that NumPy calls an array, in float64, int64 or bool."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, list | tuple | range) and any(isinstance(item, Tensor | list | tuple) for item in value):
        return torch.stack(list(torch.broadcast_tensors(*(real(tensor(item)) for item in value))))
    array = np.asarray(value)
    if array.dtype.kind == "f":
        array = array.astype(np.float64)
    elif array.dtype.kind in "iu":
        array = array.astype(np.int64)
    elif array.dtype.kind != "b":
        raise TypeError(f"{array.dtype} is not a number")
    return torch.from_numpy(
        np.ascontiguousarray(array).reshape(array.shape).copy()
        if not array.flags.writeable
        else np.ascontiguousarray(array).reshape(array.shape)
    )


def real(value: Any) -> Tensor:
    """As `tensor`, and in float64 whatever it was."""
    made = tensor(value)
    return made if made.dtype == F64 else made.to(F64)


def number(value: Any) -> Any:
    return value.item() if isinstance(value, Tensor) else value


def _axes(axis: Any, dimensions: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(dimensions))
    chosen = axis if isinstance(axis, tuple | list) else (axis,)
    return tuple(int(number(a)) % max(dimensions, 1) for a in chosen)


def _summed(reduce: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def operation(x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, **_: Any) -> Tensor:
        del dtype  # every value is float64 here
        x = real(x)
        axes = _axes(axis, x.ndim)
        return reduce(x, axes, bool(keepdims)) if x.ndim else x

    return operation


def _extreme(reduce: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def operation(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, **_: Any) -> Tensor:
        del initial  # where it matters, the value differs from the recorded one
        x = real(x)
        if not x.ndim:
            return x
        return reduce(x, dim=_axes(axis, x.ndim), keepdim=bool(keepdims))

    return operation


def _variance(root: bool) -> Callable[..., Tensor]:
    def operation(
        x: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: bool = False, **_: Any
    ) -> Tensor:
        del dtype  # every value is float64 here
        x = real(x)
        made = torch.var(x, dim=_axes(axis, x.ndim), correction=int(number(ddof)), keepdim=bool(keepdims))
        return torch.sqrt(made) if root else made

    return operation


def _product(x: Tensor, axes: tuple[int, ...], keep: bool) -> Tensor:
    for axis in sorted(axes, reverse=True):
        x = torch.prod(x, dim=axis, keepdim=keep)
    return x


def dot(a: Any, b: Any, **_: Any) -> Tensor:
    a, b = real(a), real(b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if b.ndim == 1:
        return torch.tensordot(a, b, dims=([a.ndim - 1], [0]))
    return torch.tensordot(a, b, dims=([a.ndim - 1], [b.ndim - 2]))


def _shape(parts: Sequence[Any]) -> tuple[int, ...]:
    if len(parts) == 1 and isinstance(parts[0], tuple | list):
        parts = parts[0]
    return tuple(int(number(part)) for part in parts)


def _reshape(x: Any, *shape: Any, order: str = "C", newshape: Any = None, **_: Any) -> Tensor:
    x = tensor(x)
    if shape and isinstance(shape[-1], str):
        order, shape = shape[-1], shape[:-1]
    wanted = _shape(shape if newshape is None and "shape" not in _ else (newshape or _["shape"],))
    if order == "F":
        backwards = x.permute(*range(x.ndim)[::-1]).reshape(tuple(reversed(_known(wanted, x.numel()))))
        return backwards.permute(*range(backwards.ndim)[::-1])
    return x.reshape(wanted)


def _known(shape: tuple[int, ...], count: int) -> tuple[int, ...]:
    rest = math.prod(size for size in shape if size != -1)
    return tuple(count // rest if size == -1 else size for size in shape)


def _transpose(x: Any, *axes: Any, **keywords: Any) -> Tensor:
    x = tensor(x)
    given = keywords.get("axes", axes if axes and axes[0] is not None else None)
    order = (
        _shape(given if isinstance(given, tuple) and given and isinstance(given[0], tuple | list) else (given,))
        if given
        else None
    )
    return x.permute(*(order or range(x.ndim)[::-1]))


def _flat(x: Any, order: str = "C", **_: Any) -> Tensor:
    x = tensor(x)
    return x.permute(*range(x.ndim)[::-1]).reshape(-1) if order == "F" else x.reshape(-1)


def _same(x: Any, *_: Any, **__: Any) -> Tensor:
    return tensor(x)


def _listed(x: Any, *_: Any, ndmin: int = 0, **__: Any) -> Tensor:
    made = tensor(x)
    while made.ndim < ndmin:
        made = made[None]
    return made


def _joined(items: Any, axis: Any = 0, **_: Any) -> Tensor:
    parts = [real(item) for item in items]
    return torch.cat([p.reshape(-1) for p in parts]) if axis is None else torch.cat(parts, dim=int(axis))


def _stacked(items: Any, axis: Any = 0, **_: Any) -> Tensor:
    return torch.stack([real(item) for item in items], dim=int(axis))


def _columns(items: Any, **_: Any) -> Tensor:
    parts = [real(item) for item in items]
    return torch.cat([p[:, None] if p.ndim == 1 else p for p in parts], dim=1)


def _beside(items: Any, **_: Any) -> Tensor:
    parts = [torch.atleast_1d(real(item)) for item in items]
    return torch.cat(parts, dim=0 if parts[0].ndim == 1 else 1)


def _below(items: Any, **_: Any) -> Tensor:
    return torch.cat([torch.atleast_2d(real(item)) for item in items], dim=0)


def _clip(x: Any, low: Any = None, high: Any = None, **keywords: Any) -> Tensor:
    low, high = keywords.get("a_min", keywords.get("min", low)), keywords.get("a_max", keywords.get("max", high))
    x = real(x)
    if low is not None:
        x = torch.where(x < real(low), real(low), x)
    if high is not None:
        x = torch.where(x > real(high), real(high), x)
    return x


def _where(condition: Any, *choices: Any) -> Tensor:
    if len(choices) != 2:
        raise TypeError("where with one argument")
    return torch.where(tensor(condition).bool(), real(choices[0]), real(choices[1]))


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, **_: Any) -> Tensor:
    x = real(x)
    if ord not in (None, 2, "fro") or (ord == 2 and x.ndim > 1 and axis is None):
        return torch.linalg.norm(x, ord=ord, dim=axis, keepdim=keepdims)
    return torch.sqrt(torch.sum(x * x, dim=_axes(axis, x.ndim), keepdim=bool(keepdims)))


def _squeeze(x: Any, axis: Any = None, **_: Any) -> Tensor:
    x = tensor(x)
    return torch.squeeze(x) if axis is None else torch.squeeze(x, dim=_axes(axis, x.ndim))


def _expand(x: Any, axis: Any = 0, **_: Any) -> Tensor:
    x = tensor(x)
    for position in sorted(a % (x.ndim + 1) for a in (axis if isinstance(axis, tuple) else (int(axis),))):
        x = x.unsqueeze(position)
    return x


def _repeat(x: Any, repeats: Any, axis: Any = None, **_: Any) -> Tensor:
    x = real(x)
    counts = repeats if isinstance(repeats, Tensor) else int(repeats)
    return torch.repeat_interleave(x.reshape(-1) if axis is None else x, counts, dim=0 if axis is None else int(axis))


def _tile(x: Any, reps: Any, **_: Any) -> Tensor:
    return torch.tile(real(x), _shape((reps,) if not isinstance(reps, tuple | list) else reps))


def _pad(x: Any, width: Any, mode: str = "constant", constant_values: Any = 0, **_: Any) -> Tensor:
    x = real(x)
    pairs = np.broadcast_to(np.asarray(_plain(width)), (x.ndim, 2))
    if mode != "constant":
        raise TypeError(mode)
    flat = [int(side) for pair in pairs[::-1] for side in pair]
    return torch.nn.functional.pad(
        x, flat, value=float(number(constant_values if not isinstance(constant_values, tuple) else 0))
    )


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value.detach().numpy() if isinstance(value, Tensor) else value


def _diag(x: Any, k: Any = 0, **_: Any) -> Tensor:
    return torch.diag(real(x), int(k))


def _sum_list(items: Any, start: Any = 0) -> Any:
    total = start
    for item in items if not isinstance(items, Tensor) else list(items):
        total = total + item
    return total


def _power(x: Any, exponent: Any, **_: Any) -> Tensor:
    if not isinstance(exponent, Tensor) and float(exponent) == 2.0:
        x = real(x)
        return x * x
    if not isinstance(x, Tensor):
        return torch.pow(torch.tensor(float(x), dtype=F64), real(exponent))
    return torch.pow(real(x), exponent if not isinstance(exponent, Tensor) else real(exponent))


def _roll(x: Any, shift: Any, axis: Any = None, **_: Any) -> Tensor:
    return (
        torch.roll(tensor(x), int(number(shift)))
        if axis is None
        else torch.roll(tensor(x), int(number(shift)), int(axis))
    )


def _flip(x: Any, axis: Any = None, **_: Any) -> Tensor:
    x = tensor(x)
    return torch.flip(x, _axes(axis, x.ndim))


def _correlated(flipped: bool) -> Callable[..., Tensor]:
    def operation(a: Any, b: Any, mode: str = "full", *_: Any, **__: Any) -> Tensor:
        a, b = real(a), real(b)
        kernel = torch.flip(b, tuple(range(b.ndim))) if flipped else b
        rows = [(size - 1) for size in b.shape]
        if mode == "full":
            margins = [(r, r) for r in rows]
        elif mode == "same":
            margins = [(r - r // 2, r // 2) if flipped else (r // 2, r - r // 2) for r in rows]
        else:
            margins = [(0, 0) for _ in rows]
        flat = [side for pair in reversed(margins) for side in pair]
        padded = torch.nn.functional.pad(a, flat)[None, None]
        convolve = torch.nn.functional.conv2d if a.ndim == 2 else torch.nn.functional.conv1d
        return convolve(padded, kernel[None, None])[0, 0]

    return operation


def _softmax(x: Any, axis: Any = None, **_: Any) -> Tensor:
    x = real(x)
    shifted = torch.exp(x - torch.amax(x, dim=_axes(axis, x.ndim), keepdim=True))
    return shifted / torch.sum(shifted, dim=_axes(axis, x.ndim), keepdim=True)


def _logsumexp(x: Any, axis: Any = None, b: Any = None, keepdims: bool = False, **_: Any) -> Tensor:
    del b  # with weights the value differs from the recorded one
    x = real(x)
    return torch.logsumexp(x, dim=_axes(axis, x.ndim), keepdim=bool(keepdims))


def _take(x: Any, indices: Any, axis: Any = None, **_: Any) -> Tensor:
    x, where = tensor(x), tensor(indices).long()
    if axis is None:
        return x.reshape(-1)[where]
    return torch.movedim(x, int(axis), 0)[where] if int(axis) == 0 else torch.index_select(x, int(axis), where)


def _einsum(pattern: Any, *operands: Any, **_: Any) -> Tensor:
    return torch.einsum(pattern, *(real(operand) for operand in operands))


def _tensordot(a: Any, b: Any, axes: Any = 2, **_: Any) -> Tensor:
    if isinstance(axes, tuple | list):
        axes = [list(side) if isinstance(side, tuple | list) else [int(side)] for side in axes]
    return torch.tensordot(real(a), real(b), dims=axes)


def _matmul(a: Any, b: Any, **_: Any) -> Tensor:
    return torch.matmul(real(a), real(b))


def _argument(reduce: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def operation(x: Any, axis: Any = None, **_: Any) -> Tensor:
        return reduce(real(x).detach()) if axis is None else reduce(real(x).detach(), dim=int(axis))

    return operation


def _constant(function: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda x, *_, **__: function(real(x)).detach()


def _one(function: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda x, *_, **__: function(real(x))


def _exp(x: Any, *_: Any, **__: Any) -> Tensor:
    x = real(x)
    made = torch.exp(x)
    # where it overflows, as in 1 / (1 + exp(800)), all that depends on it is flat, and 0 * inf says nothing
    return made if bool(torch.isfinite(made).all()) else torch.exp(torch.where(torch.isinf(made), x.detach(), x))


def _two(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda a, b, *_, **__: function(real(a), real(b))


def _compared(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda a, b, *_, **__: function(tensor(a), tensor(b))


def _bits(name: str) -> Callable[..., Tensor]:
    return lambda a, b, *_, **__: getattr(torch, name)(tensor(a), tensor(b))


def _maximum(a: Tensor, b: Tensor) -> Tensor:
    return torch.maximum(a, b)


def _float(x: Any, *_: Any) -> Tensor:
    return real(x).reshape(())


def _cumsum(x: Any, axis: Any = None, **_: Any) -> Tensor:
    x = real(x)
    return torch.cumsum(x.reshape(-1), 0) if axis is None else torch.cumsum(x, int(axis))


def _c(parts: Any) -> Tensor:
    items = [real(p) for p in (parts if isinstance(parts, tuple) else (parts,))]
    return torch.cat([p[:, None] if p.ndim == 1 else p for p in items], dim=-1)


def _r(parts: Any) -> Tensor:
    items = [
        torch.arange(p.start or 0, p.stop, p.step or 1, dtype=torch.float64) if isinstance(p, slice) else real(p)
        for p in (parts if isinstance(parts, tuple) else (parts,))
    ]
    return torch.cat([p.reshape(1) if p.ndim == 0 else p for p in items])


def _trimmed(items: Any, shape: Any) -> Tensor:
    return torch.stack([real(item) for item in items]).reshape(shape)


def _vdot(a: Any, b: Any, **_: Any) -> Tensor:
    return torch.dot(real(a).reshape(-1), real(b).reshape(-1))


OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": _two(torch.add),
    "subtract": _two(torch.sub),
    "multiply": _two(torch.mul),
    "divide": _two(torch.div),
    "true_divide": _two(torch.div),
    "power": _power,
    "float_power": _power,
    "negative": _one(torch.neg),
    "positive": _same,
    "floor_divide": lambda a, b: torch.floor(real(a).detach() / real(b).detach()),
    "remainder": lambda a, b: torch.remainder(real(a), real(b)),
    "matmul": _matmul,
    "dot": dot,
    "inner": lambda a, b: torch.inner(real(a), real(b)),
    "vdot": _vdot,
    "outer": lambda a, b, **_: torch.outer(real(a).reshape(-1), real(b).reshape(-1)),
    "tensordot": _tensordot,
    "einsum": _einsum,
    "kron": _two(torch.kron),
    "multi_dot": lambda items: torch.linalg.multi_dot([real(i) for i in items]),
    "exp": _exp,
    "exp2": _one(torch.exp2),
    "expm1": _one(torch.expm1),
    "log": _one(torch.log),
    "log2": _one(torch.log2),
    "log10": _one(torch.log10),
    "log1p": _one(torch.log1p),
    "sqrt": _one(torch.sqrt),
    "square": lambda x, **_: real(x) * real(x),
    "cbrt": lambda x: torch.sign(real(x)) * torch.abs(real(x)) ** (1 / 3),
    "reciprocal": _one(torch.reciprocal),
    "absolute": _one(torch.abs),
    "abs": _one(torch.abs),
    "sin": _one(torch.sin),
    "cos": _one(torch.cos),
    "tan": _one(torch.tan),
    "sinh": _one(torch.sinh),
    "cosh": _one(torch.cosh),
    "tanh": _one(torch.tanh),
    "arctan": _one(torch.atan),
    "atan": _one(torch.atan),
    "arcsinh": _one(torch.asinh),
    "erf": _one(torch.erf),
    "expit": _one(torch.sigmoid),
    "logaddexp": _two(torch.logaddexp),
    "softmax": _softmax,
    "logsumexp": _logsumexp,
    "log_softmax": lambda x, axis=None: torch.log(_softmax(x, axis)),
    "xlogy": _two(torch.xlogy),
    "maximum": _two(_maximum),
    "minimum": _two(torch.minimum),
    "fmax": _two(_maximum),
    "fmin": _two(torch.minimum),
    "clip": _clip,
    "where": _where,
    "hypot": _two(torch.hypot),
    "sign": _constant(torch.sign),
    "floor": _constant(torch.floor),
    "ceil": _constant(torch.ceil),
    "rint": _constant(torch.round),
    "round": lambda x, n=0, **_: torch.round(real(x).detach(), decimals=int(n or 0)),
    "trunc": _constant(torch.trunc),
    "around": lambda x, n=0, **_: torch.round(real(x).detach(), decimals=int(n or 0)),
    "heaviside": lambda x, v: torch.heaviside(real(x).detach(), real(v)),
    "sum": _summed(lambda x, axes, keep: torch.sum(x, dim=axes, keepdim=keep)),
    "mean": _summed(lambda x, axes, keep: torch.mean(x, dim=axes, keepdim=keep)),
    "average": _summed(lambda x, axes, keep: torch.mean(x, dim=axes, keepdim=keep)),
    "nansum": _summed(lambda x, axes, keep: torch.nansum(x, dim=axes, keepdim=keep)),
    "prod": _summed(_product),
    "std": _variance(True),
    "var": _variance(False),
    "max": _extreme(torch.amax),
    "amax": _extreme(torch.amax),
    "min": _extreme(torch.amin),
    "amin": _extreme(torch.amin),
    "cumsum": _cumsum,
    "argmax": _argument(torch.argmax),
    "argmin": _argument(torch.argmin),
    "pysum": _sum_list,
    "linalg.norm": _norm,
    "linalg.inv": _one(torch.linalg.inv),
    "linalg.pinv": _one(torch.linalg.pinv),
    "linalg.solve": _two(torch.linalg.solve),
    "linalg.det": _one(torch.linalg.det),
    "reshape": _reshape,
    "transpose": _transpose,
    "permute_dims": _transpose,
    "flatten": _flat,
    "ravel": _flat,
    "squeeze": _squeeze,
    "expand_dims": _expand,
    "swapaxes": lambda x, a, b: torch.swapaxes(tensor(x), int(a), int(b)),
    "moveaxis": lambda x, a, b: torch.movedim(tensor(x), a, b),
    "rollaxis": lambda x, a, b=0: torch.movedim(tensor(x), int(a), int(b)),
    "atleast_1d": lambda x: torch.atleast_1d(tensor(x)),
    "atleast_2d": lambda x: torch.atleast_2d(tensor(x)),
    "copy": _same,
    "array": _listed,
    "asarray": _listed,
    "asanyarray": _listed,
    "ascontiguousarray": _listed,
    "asfarray": _listed,
    "astype": _same,
    "float": _float,
    "real": _same,
    "stack_list": _trimmed,
    "matrix": lambda x, *_, **__: torch.atleast_2d(_listed(x)),
    "asmatrix": lambda x, *_, **__: torch.atleast_2d(_listed(x)),
    "nan_to_num": lambda x, **_: torch.nan_to_num(real(x)),
    "concatenate": _joined,
    "stack": _stacked,
    "vstack": _below,
    "row_stack": _below,
    "hstack": _beside,
    "column_stack": _columns,
    "append": lambda a, b, axis=None: _joined([a, b], axis),
    "c_": _c,
    "r_": _r,
    "insert": lambda x, where, v, axis=None: _inserted(x, where, v, axis),
    "repeat": _repeat,
    "tile": _tile,
    "broadcast_to": lambda x, shape, **_: torch.broadcast_to(tensor(x), _shape((shape,))),
    "pad": _pad,
    "roll": _roll,
    "flip": _flip,
    "fliplr": lambda x: torch.fliplr(tensor(x)),
    "flipud": lambda x: torch.flipud(tensor(x)),
    "rot90": lambda x, k=1, axes=(0, 1): torch.rot90(tensor(x), int(k), tuple(axes)),
    "diag": _diag,
    "diagflat": lambda x, k=0: torch.diagflat(real(x), int(k)),
    "diagonal": lambda x, *_, **__: torch.diagonal(tensor(x)),
    "trace": lambda x, **_: torch.trace(real(x)),
    "triu": lambda x, k=0: torch.triu(tensor(x), int(k)),
    "tril": lambda x, k=0: torch.tril(tensor(x), int(k)),
    "take": _take,
    "convolve": _correlated(True),
    "correlate": lambda a, b, mode="valid", *_, **__: _correlated(False)(a, b, mode),
    "convolve2d": _correlated(True),
    "correlate2d": _correlated(False),
    "take_along_axis": lambda x, where, axis: torch.take_along_dim(real(x), tensor(where).long(), int(axis)),
    "less": _compared(torch.lt),
    "less_equal": _compared(torch.le),
    "greater": _compared(torch.gt),
    "greater_equal": _compared(torch.ge),
    "equal": _compared(torch.eq),
    "not_equal": _compared(torch.ne),
    "logical_and": _bits("logical_and"),
    "logical_or": _bits("logical_or"),
    "logical_xor": _bits("logical_xor"),
    "logical_not": lambda x: torch.logical_not(tensor(x)),
    "bitwise_and": _bits("bitwise_and"),
    "bitwise_or": _bits("bitwise_or"),
    "invert": lambda x: torch.logical_not(tensor(x)),
    "isnan": lambda x: torch.isnan(real(x)),
    "isfinite": lambda x: torch.isfinite(real(x)),
    "any": lambda x, *_, **__: torch.any(tensor(x)),
    "all": lambda x, *_, **__: torch.all(tensor(x)),
}


def _inserted(x: Any, where: Any, value: Any, axis: Any) -> Tensor:
    x = real(x)
    position = int(number(where))
    if axis is None:
        x, axis = x.reshape(-1), 0
    size = [1 if d == axis else s for d, s in enumerate(x.shape)]
    middle = torch.broadcast_to(real(value), size) if not isinstance(value, Tensor) else real(value).reshape(size)
    first, last = torch.split(
        x, [position % (x.shape[axis] + 1), x.shape[axis] - position % (x.shape[axis] + 1)], dim=int(axis)
    )
    return torch.cat([first, middle, last], dim=int(axis))
