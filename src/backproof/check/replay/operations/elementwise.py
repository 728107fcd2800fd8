"""What is computed element by element."""

from collections.abc import Callable
from typing import Any

import torch

from backproof.check.replay.operations.tensors import F64, Tensor, real, tensor


def _one(function: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda x, *_, **__: function(real(x))


def _two(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda a, b, *_, **__: function(real(a), real(b))


def _compared(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda a, b, *_, **__: function(tensor(a), tensor(b))


def _bits(name: str) -> Callable[..., Tensor]:
    return lambda a, b, *_, **__: getattr(torch, name)(tensor(a), tensor(b))


def _constant(function: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda x, *_, **__: function(real(x)).detach()


def _exp(x: Any, *_: Any, **__: Any) -> Tensor:
    x = real(x)
    made = torch.exp(x)
    # where it overflows, as in 1 / (1 + exp(800)), all that depends on it is flat, and 0 * inf says nothing
    return made if bool(torch.isfinite(made).all()) else torch.exp(torch.where(torch.isinf(made), x.detach(), x))


def _power(x: Any, exponent: Any, **_: Any) -> Tensor:
    if not isinstance(exponent, Tensor) and float(exponent) == 2.0:
        x = real(x)
        return x * x
    if not isinstance(x, Tensor):
        return torch.pow(torch.tensor(float(x), dtype=F64), real(exponent))
    return torch.pow(real(x), exponent if not isinstance(exponent, Tensor) else real(exponent))


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


def _maximum(first: Any, second: Any, *_: Any, steep: bool = False, **__: Any) -> Tensor:
    """The larger of two; where one that depends on parameters is as large as a bare number, its slope is 0, as that of
    `torch.nn.ReLU` is, or 1 if asked for (`steep`), and not 1/2, as that of `torch.maximum`."""
    a, b = real(first), real(second)
    if a.requires_grad == b.requires_grad:
        return torch.maximum(a, b)
    own, bound = (a, b) if a.requires_grad else (b, a)
    return torch.where((own >= bound if steep else own > bound) | own.isnan(), own, bound)


def _round(x: Any, n: Any = 0, *, decimals: Any = None, **_: Any) -> Tensor:
    return torch.round(real(x).detach(), decimals=int((n if decimals is None else decimals) or 0))


def _select(conditions: Any, choices: Any, default: Any = 0) -> Tensor:
    made = real(default)
    for condition, choice in reversed(list(zip(conditions, choices, strict=True))):
        made = torch.where(tensor(condition).bool(), real(choice), made)
    return made


def _huber(delta: Any, x: Any) -> Tensor:
    """`scipy.special.huber`."""
    delta, size = real(delta), torch.abs(real(x))
    return torch.where(size <= delta, 0.5 * size * size, delta * (size - 0.5 * delta))


ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "add": _two(torch.add),
    "subtract": _two(torch.sub),
    "multiply": _two(torch.mul),
    "divide": _two(torch.div),
    "true_divide": _two(torch.div),
    "power": _power,
    "float_power": _power,
    "negative": _one(torch.neg),
    "positive": lambda x, *_, **__: tensor(x),
    "floor_divide": lambda a, b: torch.floor(real(a).detach() / real(b).detach()),
    "remainder": lambda a, b: torch.remainder(real(a), real(b)),
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
    "fabs": _one(torch.abs),
    "sin": _one(torch.sin),
    "cos": _one(torch.cos),
    "tan": _one(torch.tan),
    "sinh": _one(torch.sinh),
    "cosh": _one(torch.cosh),
    "tanh": _one(torch.tanh),
    "arcsin": _one(torch.asin),
    "arccos": _one(torch.acos),
    "arctan": _one(torch.atan),
    "atan": _one(torch.atan),
    "arctan2": _two(torch.atan2),
    "arcsinh": _one(torch.asinh),
    "arccosh": _one(torch.acosh),
    "arctanh": _one(torch.atanh),
    "sinc": _one(torch.sinc),
    "deg2rad": _one(torch.deg2rad),
    "radians": _one(torch.deg2rad),
    "rad2deg": _one(torch.rad2deg),
    "degrees": _one(torch.rad2deg),
    "erf": _one(torch.erf),
    "erfc": _one(torch.erfc),
    "ndtr": _one(torch.special.ndtr),
    "gammaln": _one(torch.lgamma),
    "psi": _one(torch.digamma),
    "expit": _one(torch.sigmoid),
    "log_expit": _one(torch.nn.functional.logsigmoid),
    "logit": _one(torch.logit),
    "entr": _one(torch.special.entr),
    "huber": _huber,
    "logaddexp": _two(torch.logaddexp),
    "logaddexp2": _two(torch.logaddexp2),
    "xlogy": _two(torch.xlogy),
    "xlog1py": _two(torch.special.xlog1py),
    "maximum": _maximum,
    "minimum": _two(torch.minimum),
    "fmax": _maximum,
    "fmin": _two(torch.minimum),
    "clip": _clip,
    "where": _where,
    "select": _select,
    "hypot": _two(torch.hypot),
    "copysign": _two(torch.copysign),
    "sign": _constant(torch.sign),
    "floor": _constant(torch.floor),
    "ceil": _constant(torch.ceil),
    "rint": _constant(torch.round),
    "round": _round,
    "around": _round,
    "trunc": _constant(torch.trunc),
    "heaviside": lambda x, v: torch.heaviside(real(x).detach(), real(v)),
    "nan_to_num": lambda x, **_: torch.nan_to_num(real(x)),
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
    "invert": lambda x: torch.bitwise_not(tensor(x)),
    "isnan": lambda x: torch.isnan(real(x)),
    "isfinite": lambda x: torch.isfinite(real(x)),
}
