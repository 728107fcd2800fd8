"""Every operation that is replayed gives what NumPy gives,
in value and in shape; gradients are those of differences."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.signal
import scipy.special
import torch

from backproof.check.replay.operations import OPERATIONS, tensor

Array = np.ndarray[Any, Any]

_CHANCE = np.random.default_rng(11)
V, V2 = _CHANCE.normal(size=4), _CHANCE.normal(size=4)
M, M2, N = _CHANCE.normal(size=(3, 4)), _CHANCE.normal(size=(3, 4)), _CHANCE.normal(size=(4, 2))
C3 = _CHANCE.normal(size=(2, 3, 4))
SQUARE = _CHANCE.normal(size=(3, 3)) + 3 * np.eye(3)
COLUMN, ROW = _CHANCE.normal(size=(3, 1)), _CHANCE.normal(size=(1, 4))
SCALAR = np.array(0.7)
P = _CHANCE.random((3, 4)) * 0.8 + 0.1
WHOLE = np.array([[2, -1, 3], [0, 5, -4]])
FLAGS, FLAGS2 = M > 0, M2 > 0


@dataclass(frozen=True)
class Example:
    """Arguments of an operation; `numpy` is the function that it must equal, if its name is not NumPy's."""

    arguments: tuple[Any, ...]
    keywords: dict[str, Any] = field(default_factory=dict)


def ex(*arguments: Any, **keywords: Any) -> Example:
    return Example(arguments, keywords)


def alike(names: str, examples: list[Example]) -> dict[str, list[Example]]:
    return dict.fromkeys(names.split(), examples)


ANY = [ex(V), ex(M), ex(C3), ex(SCALAR)]
POSITIVE = [ex(np.abs(V)), ex(P), ex(np.abs(C3)), ex(np.array(0.3))]
PAIRS = [
    ex(V, V2),
    ex(M, M2),
    ex(M, V),
    ex(M, COLUMN),
    ex(ROW, COLUMN),
    ex(C3, M),
    ex(M, 2.5),
    ex(2.5, M),
    ex(M, SCALAR),
    ex(M, 3),
]
REDUCED = [
    *ANY[:3], ex(M, axis=0), ex(M, axis=1), ex(M, 0), ex(M, axis=-1, keepdims=True), ex(M, axis=0, keepdims=True),
    ex(C3, axis=(0, 2)), ex(C3, axis=(1, 2), keepdims=True), ex(C3, axis=1), ex(M, keepdims=True), ex(V, axis=0),
    ex(SCALAR), ex(M, axis=None),
]  # fmt: skip
WHOLES = [ex(WHOLE), ex(WHOLE, axis=0), ex(FLAGS), ex(FLAGS, axis=1)]
LISTED = [ex(M), ex(V), ex([V, V2]), ex([[1.5, 2.0], [3.0, 4.0]]), ex([1.5, 2.5]), ex(M, dtype=float)]

EXAMPLES: dict[str, list[Example]] = {
    **alike("add subtract multiply", [*PAIRS, ex(WHOLE, WHOLE), ex(FLAGS, M)]),
    **alike("divide true_divide", [*PAIRS, ex(WHOLE, 2), ex(1, M)]),
    **alike("maximum minimum fmax fmin hypot logaddexp", [*PAIRS, ex(0, M), ex(M, 0.0)]),
    "power": [ex(M, 2), ex(M, 3), ex(np.abs(M), 0.5), ex(2.0, M), ex(np.abs(M), M2), ex(np.abs(M), V), ex(M, 2.0),
        ex(np.abs(M), -1.5), ex(WHOLE, 2)],
    "float_power": [ex(M, 2), ex(M, 3), ex(np.abs(M), 0.5)],
    "floor_divide": [ex(M, 0.3), ex(M, M2), ex(WHOLE, 2)],
    "remainder": [ex(M, 0.3), ex(M, -0.3), ex(M, M2), ex(WHOLE, 3)],
    **alike("negative positive", ANY),
    "matmul": [ex(M, N), ex(M, V), ex(V, M.T), ex(V, V2), ex(C3, N), ex(C3, V), ex(C3, C3.transpose(0, 2, 1)),
        ex(V, N), ex(WHOLE, WHOLE.T)],
    "dot": [ex(M, N), ex(M, V), ex(V, N), ex(V, V2), ex(C3, N), ex(C3, V), ex(2.0, M), ex(M, SCALAR),
        ex(M, C3.transpose(0, 2, 1)), ex(C3, C3.transpose(0, 2, 1))],
    "vecdot": [ex(V, V2), ex(M, M2), ex(C3, C3)],
    "matvec": [ex(M, V), ex(C3, V)],
    "vecmat": [ex(V, M.T), ex(V, C3.transpose(0, 2, 1))],
    **alike("multiply.outer add.outer subtract.outer", [ex(V, V2), ex(M, V), ex(V, 2.0)]),
    "linalg.matrix_power": [ex(SQUARE, 3), ex(SQUARE, 0)],
    "linalg.cholesky": [ex(SQUARE @ SQUARE.T)],
    "inner": [ex(V, V2), ex(M, V), ex(M, M2), ex(V, M)],
    "vdot": [ex(V, V2), ex(M, M2)],
    "outer": [ex(V, V2), ex(M, V), ex(COLUMN, ROW)],
    "tensordot": [ex(M, N, 1), ex(M, M2), ex(M, M2, axes=([0], [0])), ex(C3, M, axes=([1, 2], [0, 1])),
        ex(V, V2, axes=0), ex(M, N, axes=(1, 0))],
    "einsum": [ex("ij,jk->ik", M, N), ex("ij,ij->", M, M2), ex("bij,jk->bik", C3, N), ex("ij->ji", M),
        ex("i,j", V, V2), ex("ij,ij->i", M, M2)],
    "kron": [ex(V, V2), ex(M, N), ex(V, M)],
    "multi_dot": [ex([M, N, N.T]), ex([M, N])],
    **alike("exp exp2 expm1 square absolute abs sin cos tan sinh cosh tanh arctan atan arcsinh cbrt reciprocal", ANY),
    **alike("sign floor ceil rint trunc isnan isfinite erf expit", ANY),
    **alike("fabs sinc deg2rad radians rad2deg degrees erfc ndtr log_expit", ANY),
    **alike("log log2 log10 log1p sqrt gammaln psi entr", POSITIVE),
    **alike("arcsin arccos arctanh logit", [ex(P), ex(np.array(0.3))]),
    "arccosh": [ex(P + 1)],
    **alike("arctan2 copysign logaddexp2", PAIRS),
    "xlog1py": [ex(P, P), ex(np.zeros(3), np.zeros(3))],
    "huber": [ex(0.5, M), ex(np.abs(V), M)],
    "select": [ex([FLAGS, FLAGS2], [M, M2]), ex([FLAGS, FLAGS2], [M, M2], -1.0)],
    "softmax": [ex(V), ex(M), ex(M, axis=1), ex(M, axis=0)],
    "log_softmax": [ex(V), ex(M), ex(M, axis=1), ex(M + 800, axis=1), ex(M * 400, axis=1)],
    "logsumexp": [ex(V), ex(M), ex(M, axis=1), ex(M, axis=0, keepdims=True), ex(M, axis=1, b=P)],
    "xlogy": [ex(P, P), ex(FLAGS * 1.0, P), ex(np.zeros(3), np.zeros(3))],
    "clip": [ex(M, -0.5, 0.5), ex(M, 0, None), ex(M, None, 0.3), ex(M, a_min=-0.2, a_max=0.2),
        ex(C3, M - 0.1, M + 0.1), ex(M, -0.1, V), ex(V, 0.5, -0.5)],
    "where": [ex(FLAGS, M, M2), ex(FLAGS, M, 0), ex(FLAGS, 1.0, 0.0), ex(FLAGS, V, COLUMN), ex(FLAGS, 0.1, M)],
    **alike("round around", [*ANY, ex(M, 2), ex(M * 100, -1), ex(M, decimals=1)]),
    "heaviside": [ex(M, 0.5), ex(np.array([-1.0, 0.0, 2.0]), 0.5), ex(np.array([-1.0, 0.0, 2.0]), 1)],
    **alike("sum mean", [*REDUCED, *WHOLES, ex(C3, axis=-1), ex(C3, (0, 1)), ex(M, dtype=np.float64)]),
    "average": [*REDUCED, ex(M, axis=1, weights=V), ex(V, weights=np.abs(V2))],
    "nansum": [*REDUCED, ex(np.array([1.0, np.nan, 2.0]))],
    "prod": [*REDUCED, ex(WHOLE)],
    **alike("std var", [*REDUCED, ex(M, axis=0, ddof=1), ex(V, ddof=1), ex(WHOLE, axis=0)]),
    **alike("max amax min amin", [*REDUCED, *WHOLES[:2], ex(M, axis=1, initial=0.0)]),
    "nanmean": [*REDUCED, ex(np.array([1.0, np.nan, 2.0]))],
    "ptp": [ex(M), ex(M, axis=0), ex(M, 1)],
    "median": [ex(V), ex(M), ex(M, axis=0), ex(M, 1), ex(M, axis=1, keepdims=True), ex(M, keepdims=True)],
    "sort": [ex(V), ex(M), ex(M, axis=0), ex(M, axis=None)],
    "diff": [ex(V), ex(M), ex(M, axis=0), ex(V, 2)],
    **alike("add.reduce multiply.reduce maximum.reduce minimum.reduce logaddexp.reduce",
        [ex(V), ex(M), ex(M, 1), ex(M, axis=1, keepdims=True), ex(C3), ex(M, axis=None)]),
    **alike("add.accumulate multiply.accumulate maximum.accumulate minimum.accumulate logaddexp.accumulate",
        [ex(V), ex(M), ex(M, axis=1), ex(C3, -1)]),
    "add.reduceat": [ex(V, [0, 2]), ex(M, np.array([0, 1]), axis=0), ex(M, [0, 3, 1], axis=1), ex(V, [1, 1, 3])],
    "cumprod": [ex(V), ex(M), ex(M, axis=0), ex(M, 1)],
    "cumsum": [ex(V), ex(M), ex(M, axis=0), ex(M, 1), ex(C3, axis=-1)],
    **alike("argmax argmin", [ex(V), ex(M), ex(M, axis=0), ex(M, 1), ex(C3, axis=-1), ex(M, axis=1, keepdims=True)]),
    "pysum": [ex([V, V2]), ex([1.5, 2.5]), ex([1.5, 2.5], 4.0), ex(V), ex(M)],
    "linalg.norm": [ex(V), ex(M), ex(M, axis=0), ex(M, axis=1, keepdims=True), ex(V, 1), ex(M, "fro"), ex(M, 2),
        ex(M, 1), ex(V, np.inf), ex(C3), ex(M, ord=2, axis=1), ex(M, axis=None, keepdims=True)],
    **alike("linalg.inv linalg.det", [ex(SQUARE)]),
    "linalg.pinv": [ex(SQUARE), ex(M)],
    "linalg.solve": [ex(SQUARE, COLUMN), ex(SQUARE, M), ex(SQUARE, COLUMN[:, 0])],
    "reshape": [ex(M, (4, 3)), ex(M, -1), ex(C3, (2, -1)), ex(M, (4, 3), order="F"), ex(V, (-1, 1)),
        ex(M, (2, -1), "F"), ex(M, 12), ex(M, [2, 6])],
    "transpose": [ex(M), ex(C3), ex(C3, (1, 0, 2)), ex(C3, axes=(2, 0, 1)), ex(V), ex(C3, [2, 1, 0])],
    "permute_dims": [ex(C3, (1, 0, 2))],
    "ravel": [ex(M), ex(C3), ex(M, order="F"), ex(M, "F"), ex(V)],
    "flatten": [ex(M), ex(C3), ex(M, order="F"), ex(M, "F")],
    "squeeze": [ex(COLUMN), ex(ROW), ex(COLUMN, axis=1), ex(C3[:1]), ex(C3[:1, :1], axis=(0, 1)), ex(V),
        ex(np.ones((1, 1)))],
    "expand_dims": [ex(V, 0), ex(V, axis=1), ex(M, -1), ex(C3, 2), ex(M, axis=1), ex(M, axis=(0, 1)),
        ex(M, axis=(0, 3)), ex(M, axis=-2)],
    "swapaxes": [ex(C3, 0, 2), ex(M, 0, 1), ex(C3, -1, -2)],
    "moveaxis": [ex(C3, 0, 2), ex(C3, [0, 1], [1, 0]), ex(C3, -1, 0)],
    "rollaxis": [ex(C3, 2), ex(C3, 2, 1), ex(C3, 0, 3), ex(C3, 1, 2)],
    "atleast_1d": ANY,
    "atleast_2d": ANY,
    "copy": ANY,
    **alike("array asarray asanyarray ascontiguousarray", LISTED),
    **alike("matrix asmatrix", [ex(M), ex(V), ex([[1.5, 2.0]])]),
    "astype": [ex(M, float), ex(WHOLE, float), ex(FLAGS, float), ex(FLAGS, int)],
    "float": [ex(SCALAR), ex(2.5)],
    "real": ANY,
    "nan_to_num": [ex(np.array([1.0, np.nan, -2.0])), *ANY],
    "stack_list": [ex([1.5, 2.5, 3.5, 4.5], (2, 2)), ex([1.5], ()), ex([SCALAR, SCALAR], (2,))],
    "concatenate": [ex([M, M2]), ex((M, M2), axis=1), ex([V, V2]), ex([M, V], axis=None), ex([C3, C3], 2),
        ex([M, M2], -1)],
    "stack": [ex([V, V2]), ex([V, V2], axis=1), ex([M, M2], -1), ex((M, M2), 1)],
    **alike("vstack", [ex([V, V2]), ex([M, V]), ex((M, ROW)), ex([C3, C3])]),
    "dstack": [ex([V, V2]), ex([M, M2]), ex([C3, C3])],
    "matrix_transpose": [ex(M), ex(C3)],
    "hstack": [ex([V, V2]), ex([M, COLUMN]), ex((M, M2)), ex([C3, C3])],
    "column_stack": [ex([V, V2]), ex([M, COLUMN]), ex([M, COLUMN[:, 0]])],
    "append": [ex(V, V2), ex(M, M2, axis=0), ex(M, COLUMN, 1), ex(V, 2.5), ex(M, V)],
    "r_": [ex((V, V2)), ex((1.0, V)), ex((M, M2)), ex(V), ex((V, slice(0, 3)))],
    "c_": [ex((V, V2)), ex((M, COLUMN)), ex((COLUMN[:, 0], M)), ex(V), ex((C3, C3))],
    "delete": [ex(M, 0), ex(M, 1, axis=1), ex(V, [0, 2]), ex(M, -1, axis=0), ex(V, slice(1, 3))],
    "insert": [ex(M, 0, 1.0, axis=1), ex(V, 2, 5.0), ex(M, 1, V, axis=0), ex(M, 4, 1.0, axis=1),
        ex(M, -1, 2.0, axis=1), ex(V, 4, 1.5), ex(M, 0, 1, 1)],
    "resize": [ex(V, (4, 1)), ex(V, 6), ex(M, (2, 2)), ex([2.0, 0.5], (2, 3)), ex([SCALAR, SCALAR], (2, 1))],
    "repeat": [ex(V, 3), ex(M, 2, axis=0), ex(M, 2, axis=1), ex(M, 2), ex(COLUMN, 5, 1), ex(V, [1, 0, 2, 3])],
    "tile": [ex(V, 3), ex(V, (2, 3)), ex(M, (2, 1)), ex(COLUMN, (1, 5)), ex(C3, 2), ex(C3, (2, 2))],
    "broadcast_to": [ex(V, (3, 4)), ex(COLUMN, (3, 4)), ex(SCALAR, (2,)), ex(V, (2, 3, 4)), ex(SCALAR, 3)],
    "pad": [ex(V, 2), ex(M, ((1, 0), (2, 1))), ex(M, 1), ex(C3, ((0, 0), (1, 1), (2, 2)), "constant"), ex(M, (1, 2)),
        ex(M, 1, constant_values=3), ex(M, 1, mode="constant", constant_values=(0, 0)),
        ex(V, (1, 2), constant_values=(5, 5)), ex(M, 1, constant_values=(2, 3)), ex(M, 2, "edge"),
        ex(M, ((1, 2), (2, 1)), mode="reflect"), ex(V, 2, "wrap"), ex(V, (2, 1), "symmetric")],
    "roll": [ex(V, 1), ex(M, 1), ex(M, -1, axis=0), ex(M, 2, 1)],
    "flip": [ex(V), ex(M), ex(M, 0), ex(M, axis=1), ex(C3, (0, 2))],
    "fliplr": [ex(M), ex(C3)],
    "flipud": [ex(M), ex(V)],
    "rot90": [ex(M), ex(M, 2), ex(M, k=-1), ex(C3, 1, (1, 2)), ex(C3, 1, axes=(0, 2))],
    "diag": [ex(V), ex(M), ex(M, 1), ex(V, k=-1)],
    "diagflat": [ex(V), ex(M), ex(V, 1), ex(COLUMN)],
    "diagonal": [ex(M), ex(SQUARE), ex(M, 1), ex(C3), ex(C3, axis1=1, axis2=2)],
    "trace": [ex(SQUARE), ex(M), ex(M, offset=1)],
    **alike("triu tril", [ex(M), ex(M, 1), ex(SQUARE, k=-1)]),
    "take": [ex(V, [2, 0]), ex(M, [1, 1], axis=0), ex(M, np.array([3, 0]), 1), ex(M, [5, 7]), ex(V, 2),
        ex(M, 2, axis=1), ex(M, [-1], axis=1), ex(V, [[0, 1], [2, -1]])],
    "take_along_axis": [ex(M, np.argsort(M, axis=1), 1), ex(M, np.argmax(M, axis=0)[None], axis=0)],
    "convolve": [ex(V, V2), ex(V, V2[:3], "same"), ex(V, V2[:2], "same"), ex(V, V2[:2], mode="valid"),
        ex(V, V2[:3], "valid"), ex(V[:2], V2, "same"), ex(V[:2], V2, "valid")],
    "correlate": [ex(V, V2[:3]), ex(V, V2[:3], "same"), ex(V, V2[:2], "same"), ex(V, V2[:2], "full"), ex(V, V2),
        ex(V[:2], V2, "full")],
    **alike("convolve2d correlate2d", [ex(C3[0], M[:2, :2]), ex(C3[0], M[:2, :2], "valid"),
        ex(C3[0], M[:3, :3], "same"), ex(C3[0], M[:2, :2], mode="same"), ex(C3[0], M[:2, :3], "same")]),
    **alike("less less_equal greater greater_equal equal not_equal", [*PAIRS, ex(WHOLE, 2), ex(WHOLE, WHOLE),
        ex(M, M)]),
    **alike("logical_and logical_or logical_xor", [ex(FLAGS, FLAGS2), ex(FLAGS, FLAGS2[0]), ex(FLAGS, True)]),
    **alike("bitwise_and bitwise_or", [ex(FLAGS, FLAGS2), ex(WHOLE, WHOLE)]),
    "logical_not": [ex(FLAGS), ex(M)],
    "invert": [ex(FLAGS), ex(WHOLE)],
    **alike("any all", [ex(FLAGS), ex(FLAGS | True), ex(FLAGS & False), ex(FLAGS, axis=0), ex(FLAGS, 1)]),
}  # fmt: skip
WITHOUT = {
    "asfarray": "NumPy 2 has none",
    "row_stack": "NumPy 2.5 has none; it is vstack's",
}


def _flatten(x: Any, *arguments: Any, **keywords: Any) -> Any:
    return np.asarray(x).flatten(*arguments, **keywords)


REFERENCES: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(getattr(np, name.split(".")[0]), name.split(".")[1])
        for name in EXAMPLES
        if name.endswith((".reduce", ".accumulate", ".reduceat", ".outer"))
    },
    **{
        name: getattr(scipy.special, name)
        for name in "erfc ndtr gammaln psi log_expit logit entr huber xlog1py".split()
    },
    "linalg.matrix_power": np.linalg.matrix_power,
    "linalg.cholesky": np.linalg.cholesky,
    "multi_dot": np.linalg.multi_dot,
    "erf": scipy.special.erf,
    "expit": scipy.special.expit,
    "softmax": scipy.special.softmax,
    "log_softmax": scipy.special.log_softmax,
    "logsumexp": scipy.special.logsumexp,
    "xlogy": scipy.special.xlogy,
    "pysum": sum,
    "linalg.norm": np.linalg.norm,
    "linalg.inv": np.linalg.inv,
    "linalg.pinv": np.linalg.pinv,
    "linalg.solve": np.linalg.solve,
    "linalg.det": np.linalg.det,
    "flatten": _flatten,
    "astype": lambda x, kind: np.asarray(x).astype(kind),
    "float": float,
    "real": np.real,
    "stack_list": lambda items, shape: np.array(items).reshape(shape),
    **dict.fromkeys(("matrix", "asmatrix"), np.atleast_2d),
    "c_": lambda parts: np.c_[parts],
    "r_": lambda parts: np.r_[parts],
    "convolve2d": scipy.signal.convolve2d,
    "correlate2d": scipy.signal.correlate2d,
}


def _tensors(value: Any) -> Any:
    """What the replay hands to an operation: recorded arrays as tensors,
    alone or in lists; the rest as it is written."""
    if isinstance(value, np.ndarray):
        return tensor(value)
    if isinstance(value, list | tuple) and any(isinstance(item, np.ndarray) for item in value):
        return type(value)(_tensors(item) for item in value)
    return value


def _rows() -> list[Any]:
    rows = []
    for name, examples in EXAMPLES.items():
        for number, example in enumerate(examples):
            rows.append(pytest.param(name, example, id=f"{name}-{number}"))
    return rows


@pytest.mark.parametrize(("name", "example"), _rows())
def test_an_operation_gives_what_numpy_gives(name: str, example: Example) -> None:
    reference = REFERENCES.get(name) or getattr(np, name)
    wanted = np.asarray(reference(*example.arguments, **example.keywords))
    keywords = {key: _tensors(value) for key, value in example.keywords.items()}
    made = OPERATIONS[name](*(_tensors(argument) for argument in example.arguments), **keywords)
    found = made.numpy() if isinstance(made, torch.Tensor) else np.asarray(made)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found.astype(float), wanted.astype(float), rtol=1e-12, atol=1e-14)


def test_every_operation_has_an_example() -> None:
    assert {name for name in OPERATIONS if not EXAMPLES.get(name)} == WITHOUT.keys()


SMOOTH = """
add:3 subtract:2 multiply:3 divide:2 power:1 power:4 matmul:0 matmul:5 dot:4 dot:9 inner:2 outer:0 tensordot:3
einsum:2 kron:1 multi_dot:0 exp:2 log:1 sqrt:1 tanh:1 expit:1 erf:1 arctan:1 cbrt:1 reciprocal:1 softmax:2 logsumexp:2
log_softmax:2 logaddexp:1 maximum:1 clip:0 where:0 sum:8 mean:6 prod:4 std:4 var:15 max:4 amin:3 cumsum:2
linalg.norm:2 linalg.inv:0 linalg.solve:1 reshape:3 transpose:2 concatenate:1 stack:2 vstack:1 hstack:1 column_stack:2
append:1 insert:2 repeat:1 tile:2 pad:1 roll:2 flip:3 rot90:0 diag:1 trace:0 triu:0 take:1 convolve:1 correlate:0
convolve2d:1 correlate2d:1 c_:1 xlogy:0 hypot:1 square:1 absolute:1 average:4 linalg.det:0 moveaxis:0
take_along_axis:0 diagonal:0 pysum:0 logaddexp.reduce:2 add.reduceat:2 logaddexp.accumulate:1 maximum.accumulate:1
multiply.outer:1 sort:2 diff:2 cumprod:1 median:3 arctan2:1 arcsin:0 gammaln:1 logit:0 huber:0 log_expit:1 matvec:1
vecmat:1 pad:8 average:15 add.reduce:2 minimum.reduce:1 linalg.matrix_power:0 entr:1 xlog1py:0 sinc:1
""".split()
"""Which examples are differentiated."""


def _real_positions(arguments: tuple[Any, ...]) -> list[int]:
    return [n for n, a in enumerate(arguments) if isinstance(a, np.ndarray) and a.dtype.kind == "f"]


@pytest.mark.parametrize("which", SMOOTH)
def test_the_gradient_is_that_of_central_differences(which: str) -> None:
    name, _, number = which.partition(":")
    example = EXAMPLES[name][int(number)]
    reference = REFERENCES.get(name) or getattr(np, name)
    flat = list(example.arguments)
    listed = isinstance(flat[0], list | tuple)
    parts = list(flat[0]) if listed else flat
    weights: Array | None = None

    def called(of: list[Any]) -> Any:
        if not listed:
            return reference(*of, **example.keywords)
        return reference(tuple(of) if name in ("c_", "r_") else of, *flat[1:], **example.keywords)

    def value(of: list[Any]) -> float:
        nonlocal weights
        made = np.asarray(called(of))
        if weights is None:
            weights = np.random.default_rng(2).normal(size=made.shape)
        return float(np.sum(weights * made))

    value(parts)
    real = _real_positions(tuple(parts))
    watched = [torch.tensor(p, requires_grad=True) if n in real else _tensors(p) for n, p in enumerate(parts)]
    keywords = {key: _tensors(v) for key, v in example.keywords.items()}
    container = tuple(watched) if name in ("c_", "r_") else watched
    made = OPERATIONS[name](container, *flat[1:], **keywords) if listed else OPERATIONS[name](*watched, **keywords)
    torch.sum(torch.tensor(weights) * made).backward()  # type: ignore[no-untyped-call]
    step = 1e-6
    for position in real:
        wanted = np.zeros_like(parts[position])
        for where in np.ndindex(wanted.shape):
            moved = [np.array(p) if isinstance(p, np.ndarray) else p for p in parts]
            moved[position][where] += step
            above = value(moved)
            moved[position][where] -= 2 * step
            wanted[where] = (above - value(moved)) / (2 * step)
        found = watched[position].grad
        assert found is not None, position
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-6, atol=1e-7)


def test_a_constant_has_no_gradient() -> None:
    x = torch.tensor([0.3, -1.7], dtype=torch.float64, requires_grad=True)
    for name in ("sign", "floor", "ceil", "rint", "round", "trunc"):
        assert not OPERATIONS[name](x).requires_grad


def test_an_extreme_shares_its_gradient_among_equals() -> None:
    x = torch.tensor([2.0, 2.0, 1.0], dtype=torch.float64, requires_grad=True)
    OPERATIONS["max"](x).backward()
    assert x.grad is not None
    assert math.isclose(float(x.grad.sum()), 1.0)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError):
        tensor(np.array(["a"]))
