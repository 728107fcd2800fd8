"""The same training as a plain C loop, for networks of Linear layers: what a careful person would write, no more.

The text has the sizes of the network in it. It is compiled by the system's C compiler with -O3 -march=native
-ffast-math; where there is no compiler, there is no such peer.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from backproof.engines.numpy import first_arrays
from backproof.ops.op import Array
from backproof.program.program import Program

_ACTIVATIONS = {"Sigmoid": ("1 / (1 + EXP(-z))", "a * (1 - a)"), "ReLU": ("z > 0 ? z : 0", "(a > 0)")}
_TINY_IS_ZERO = (
    "#ifdef __SSE__",
    "#include <xmmintrin.h>",
    "#define TINY_IS_ZERO unsigned before = _mm_getcsr(); _mm_setcsr(before | 0x8040);",
    "#define AS_BEFORE _mm_setcsr(before);",
    "#else",
    "#define TINY_IS_ZERO",
    "#define AS_BEFORE",
    "#endif",
)
"""What -ffast-math does for a whole program, for the training alone."""


def compiler() -> str | None:
    """The C compiler of this machine, if it has one."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def c_training(program: Program) -> Callable[[], float]:
    """A function that trains the program by C and gives the loss of the last epoch."""
    path = Path(tempfile.mkdtemp()) / "training.c"
    path.write_text(c_source(program))
    library = path.with_suffix(".so")
    compiled = path.with_suffix(".o")
    flags = ["-O3", "-march=native", "-ffast-math", "-fPIC"]
    subprocess.run([str(compiler()), *flags, "-c", str(path), "-o", str(compiled)], check=True)
    # linked without -ffast-math, with which loading the library would set tiny numbers to 0 in the other peers, too
    subprocess.run([str(compiler()), "-shared", str(compiled), "-o", str(library), "-lm"], check=True)
    function = ctypes.CDLL(str(library)).train
    function.restype = ctypes.c_double
    data, settings = program.data, program.settings
    x, y = np.ascontiguousarray(data.x), np.ascontiguousarray(data.y)
    first = first_arrays(program)
    names = [name for tensor in program.derivation.trained for name in [tensor.name]]

    def run() -> float:
        arrays = {name: first[name].copy() for name in names}
        orders = _orders(program)
        pointers = [_pointer(array) for array in (x, y, orders, *arrays.values())]
        return float(function(*pointers, ctypes.c_long(settings.epochs)))

    return run


def _orders(program: Program) -> Array:
    if program.settings.batch_size is None:
        return np.zeros(1, np.int64)
    generator = np.random.default_rng(program.settings.seed)
    return np.concatenate([generator.permutation(len(program.data.x)) for _ in range(program.settings.epochs)])


def _pointer(array: Array) -> Any:
    return array.ctypes.data_as(ctypes.c_void_p)


def c_source(program: Program) -> str:
    """The C text of the training: Linear layers with Sigmoid or ReLU, MSELoss or CrossEntropyLoss, SGD or Adam."""
    data, settings = program.data, program.settings
    real = "double" if settings.dtype == "float64" else "float"
    linear = [place for place in program.derivation.placed if type(place.op).__name__ == "Linear"]
    sizes = [data.x.shape[1], *(place.op.settings()["out_features"] for place in linear)]
    kinds = [type(op).__name__ for op in program.network.ops]
    acts = [kinds[i + 1] if i + 1 < len(kinds) and kinds[i + 1] in _ACTIVATIONS else "" for i, kind in enumerate(kinds)
            if kind == "Linear"]  # fmt: skip
    labels = data.y.ndim == 1
    batch = program.rows_a_step
    count, layers = len(data.x), len(linear)
    out = [
        "#include <math.h>", "#include <string.h>", *_TINY_IS_ZERO, f"typedef {real} real;",
        f"#define EXP {'exp' if real == 'double' else 'expf'}", f"#define LOG {'log' if real == 'double' else 'logf'}",
        f"#define SQRT {'sqrt' if real == 'double' else 'sqrtf'}",
        f"static real x[{batch}][{sizes[0]}];",
        f"static {'long' if labels else 'real'} y[{batch}]{'' if labels else f'[{sizes[-1]}]'};",
    ]  # fmt: skip
    for layer in range(layers):
        a, b = sizes[layer], sizes[layer + 1]
        out += [
            f"static real a{layer + 1}[{batch}][{b}], d{layer + 1}[{batch}][{b}], dw{layer}[{a}][{b}], db{layer}[{b}];"
        ]
        out += [f"static real m{layer}[{a}][{b}], v{layer}[{a}][{b}], mb{layer}[{b}], vb{layer}[{b}];"]
    arguments = ", ".join(f"real (*w{k})[{sizes[k + 1]}], real *b{k}" for k in range(layers))
    target = "const long *all_y" if labels else f"const real (*all_y)[{sizes[-1]}]"
    out += [f"double train(const real (*all_x)[{sizes[0]}], {target}, const long *orders, {arguments}, long epochs) {{"]
    for k in range(layers):
        out += [f"  memset(m{k}, 0, sizeof m{k}); memset(v{k}, 0, sizeof v{k}); memset(mb{k}, 0, sizeof mb{k});"]
        out += [f"  memset(vb{k}, 0, sizeof vb{k});"]
    shuffled = settings.batch_size is not None
    out += ["  TINY_IS_ZERO double whole = 0; long t = 0;", "  for (long e = 0; e < epochs; e++) { whole = 0;"]
    out += [f"  for (long s = 0; s < {count}; s += {batch}) {{ long n = {count} - s < {batch} ? {count} - s : {batch};"]
    place = f"orders[e * {count} + s + i]" if shuffled else "i"
    copy = "y[i] = all_y[r];" if labels else "memcpy(y[i], all_y[r], sizeof y[i]);"
    out += [f"    for (long i = 0; i < n; i++) {{ long r = {place}; memcpy(x[i], all_x[r], sizeof x[i]); {copy} }}"]
    before = "x"
    for k in range(layers):
        a, b, now = sizes[k], sizes[k + 1], f"a{k + 1}"
        out += [f"    for (long i = 0; i < n; i++) {{ for (int j = 0; j < {b}; j++) {now}[i][j] = b{k}[j];"]
        out += [f"      for (int k = 0; k < {a}; k++) {{ real f = {before}[i][k];"]
        out += [f"        for (int j = 0; j < {b}; j++) {now}[i][j] += f * w{k}[k][j]; }} }}"]
        if acts[k]:
            value = _ACTIVATIONS[acts[k]][0]
            out += [f"    for (long i = 0; i < n; i++) for (int j = 0; j < {b}; j++) {{ real z = {now}[i][j];"]
            out += [f"      {now}[i][j] = {value}; }}"]
        before = now
    out += _loss(program, layers, sizes[-1], acts[-1])
    for k in reversed(range(layers)):
        a, b = sizes[k], sizes[k + 1]
        before = f"a{k}" if k else "x"
        out += [f"    memset(dw{k}, 0, sizeof dw{k}); memset(db{k}, 0, sizeof db{k});"]
        out += [f"    for (long i = 0; i < n; i++) {{ for (int k = 0; k < {a}; k++) {{ real f = {before}[i][k];"]
        out += [f"      for (int j = 0; j < {b}; j++) dw{k}[k][j] += f * d{k + 1}[i][j]; }}"]
        out += [f"      for (int j = 0; j < {b}; j++) db{k}[j] += d{k + 1}[i][j]; }}"]
        if k:
            slope = _ACTIVATIONS[acts[k - 1]][1] if acts[k - 1] else "1"
            out += [f"    for (long i = 0; i < n; i++) for (int k = 0; k < {a}; k++) {{ real sum = 0, a = a{k}[i][k];"]
            out += [
                f"      for (int j = 0; j < {b}; j++) sum += d{k + 1}[i][j] * w{k}[k][j];",
                f"      d{k}[i][k] = sum * {slope}; }}",
            ]
    out += ["    t++;", *_update(program, layers, sizes), "  } }", f"  AS_BEFORE return whole / {count}; }}"]
    return "\n".join(out) + "\n"


def _loss(program: Program, layers: int, outputs: int, activation: str) -> list[str]:
    a, d = f"a{layers}", f"d{layers}"
    if program.data.y.ndim == 1:
        return [
            f"    for (long i = 0; i < n; i++) {{ real top = {a}[i][0], sum = 0;",
            f"      for (int j = 1; j < {outputs}; j++) if ({a}[i][j] > top) top = {a}[i][j];",
            f"      for (int j = 0; j < {outputs}; j++) {{ {d}[i][j] = EXP({a}[i][j] - top); sum += {d}[i][j]; }}",
            f"      whole += LOG(sum) - ({a}[i][y[i]] - top);",
            f"      for (int j = 0; j < {outputs}; j++) {d}[i][j] = ({d}[i][j] / sum - (j == y[i])) / n; }}",
        ]
    slope = _ACTIVATIONS[activation][1] if activation else "1"
    return [
        f"    for (long i = 0; i < n; i++) for (int j = 0; j < {outputs}; j++) {{",
        f"      real a = {a}[i][j], error = a - y[i][j]; whole += error * error / {outputs};",
        f"      {d}[i][j] = 2 * error / (n * {outputs}) * {slope}; }}",
    ]


def _update(program: Program, layers: int, sizes: list[int]) -> list[str]:
    optimizer = program.settings.optimizer
    own = optimizer.settings()
    out = []
    if type(optimizer).__name__ == "Adam":
        beta1, beta2 = own["betas"]
        out += [f"    real c1 = 1 - pow({beta1}, t), c2 = 1 - pow({beta2}, t);"]
        rule = (
            "{m} = (real){b1} * {m} + (real)(1 - {b1}) * {g}; {v} = (real){b2} * {v} + (real)(1 - {b2}) * {g} * {g};"
            " {w} -= (real){lr} * ({m} / c1) / (SQRT({v} / c2) + (real){eps});"
        )
        words = {"b1": beta1, "b2": beta2, "lr": own["learning_rate"], "eps": own["eps"]}
    elif own.get("momentum"):
        rule = "{m} = (real){mu} * {m} + {g}; {w} -= (real){lr} * {m};"
        words = {"mu": own["momentum"], "lr": own["learning_rate"]}
    else:
        rule, words = "{w} -= (real){lr} * {g};", {"lr": own["learning_rate"]}
    for k in range(layers):
        a, b = sizes[k], sizes[k + 1]
        weight = rule.format(m=f"m{k}[k][j]", v=f"v{k}[k][j]", g=f"dw{k}[k][j]", w=f"w{k}[k][j]", **words)
        bias = rule.format(m=f"mb{k}[j]", v=f"vb{k}[j]", g=f"db{k}[j]", w=f"b{k}[j]", **words)
        out += [f"    for (int k = 0; k < {a}; k++) for (int j = 0; j < {b}; j++) {{ {weight} }}"]
        out += [f"    for (int j = 0; j < {b}; j++) {{ {bias} }}"]
    return out
