"""Products of arrays, and convolutions."""

from collections.abc import Callable
from typing import Any

import torch

from backproof.check.replay.operations.tensors import Tensor, real


def dot(a: Any, b: Any, **_: Any) -> Tensor:
    a, b = real(a), real(b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if b.ndim == 1:
        return torch.tensordot(a, b, dims=([a.ndim - 1], [0]))
    return torch.tensordot(a, b, dims=([a.ndim - 1], [b.ndim - 2]))


def _matmul(a: Any, b: Any, **_: Any) -> Tensor:
    return torch.matmul(real(a), real(b))


def _einsum(pattern: Any, *operands: Any, **_: Any) -> Tensor:
    return torch.einsum(pattern, *(real(operand) for operand in operands))


def _tensordot(a: Any, b: Any, axes: Any = 2, **_: Any) -> Tensor:
    if isinstance(axes, tuple | list):
        axes = [list(side) if isinstance(side, tuple | list) else [int(side)] for side in axes]
    return torch.tensordot(real(a), real(b), dims=axes)


def _vdot(a: Any, b: Any, **_: Any) -> Tensor:
    return torch.dot(real(a).reshape(-1), real(b).reshape(-1))


def _outer_of(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[..., Tensor]:
    """`np.subtract.outer`, for one: every element of the first with every element of the second."""

    def operation(a: Any, b: Any, **_: Any) -> Tensor:
        a, b = real(a), real(b)
        return function(a.reshape(*a.shape, *(1,) * b.ndim), b)

    return operation


def _margins(mode: str, sizes: list[int], *, backwards: bool) -> list[tuple[int, int]]:
    """How many zeros are put before and behind an array along each axis, for a kernel of these sizes."""
    if mode == "full":
        return [(size - 1, size - 1) for size in sizes]
    if mode == "same":
        return [((size - 1) // 2, size // 2) if backwards else (size // 2, (size - 1) // 2) for size in sizes]
    return [(0, 0) for _ in sizes]


def _slid(a: Tensor, kernel: Tensor, margins: list[tuple[int, int]]) -> Tensor:
    padded = torch.nn.functional.pad(a, [side for pair in reversed(margins) for side in pair])[None, None]
    convolve = torch.nn.functional.conv2d if a.ndim == 2 else torch.nn.functional.conv1d
    return convolve(padded, kernel[None, None])[0, 0]


def _convolve(a: Any, b: Any, mode: str = "full", *_: Any, **__: Any) -> Tensor:
    a, b = real(a), real(b)
    if a.ndim == 1 and len(a) < len(b):
        a, b = b, a
    kernel = torch.flip(b, tuple(range(b.ndim)))
    return _slid(a, kernel, _margins(mode, list(b.shape), backwards=False))


def _correlate(a: Any, b: Any, mode: str = "valid", *_: Any, **__: Any) -> Tensor:
    a, b = real(a), real(b)
    if len(a) < len(b):
        return torch.flip(_slid(b, a, _margins(mode, list(a.shape), backwards=False)), (0,))
    return _slid(a, b, _margins(mode, list(b.shape), backwards=False))


def _correlate2d(a: Any, b: Any, mode: str = "full", *_: Any, **__: Any) -> Tensor:
    b = real(b)
    return _slid(real(a), b, _margins(mode, list(b.shape), backwards=True))


PRODUCTS: dict[str, Callable[..., Any]] = {
    "matmul": _matmul,
    "dot": dot,
    "inner": lambda a, b: torch.inner(real(a), real(b)),
    "vdot": _vdot,
    "vecdot": lambda a, b, **_: torch.sum(real(a) * real(b), dim=-1),
    "matvec": lambda a, b, **_: torch.matmul(real(a), real(b)[..., None])[..., 0],
    "vecmat": lambda a, b, **_: torch.matmul(real(a)[..., None, :], real(b))[..., 0, :],
    "outer": lambda a, b, **_: torch.outer(real(a).reshape(-1), real(b).reshape(-1)),
    "multiply.outer": _outer_of(torch.mul),
    "add.outer": _outer_of(torch.add),
    "subtract.outer": _outer_of(torch.sub),
    "tensordot": _tensordot,
    "einsum": _einsum,
    "kron": lambda a, b: torch.kron(real(a), real(b)),
    "multi_dot": lambda items: torch.linalg.multi_dot([real(i) for i in items]),
    "linalg.inv": lambda x: torch.linalg.inv(real(x)),
    "linalg.pinv": lambda x, *_, **__: torch.linalg.pinv(real(x)),
    "linalg.solve": lambda a, b: torch.linalg.solve(real(a), real(b)),
    "linalg.det": lambda x: torch.linalg.det(real(x)),
    "linalg.matrix_power": lambda x, n: torch.linalg.matrix_power(real(x), int(n)),
    "linalg.cholesky": lambda x: torch.linalg.cholesky(real(x)),
    "convolve": _convolve,
    "correlate": _correlate,
    "convolve2d": _convolve,
    "correlate2d": _correlate2d,
}
