"""The functions of compiled programs against NumPy in higher precision, at ordinary places and at the ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from backproof.engines.compiled import functions
from backproof.engines.compiled.runtime import OPTIONS
from backproof.ops.op import Array

ULPS = 4


def computed(name: str, z: Array) -> Array:
    function: Any = getattr(functions, f"{name}_{z.dtype}")

    @njit(**OPTIONS)  # type: ignore[untyped-decorator]
    def through(z: Any, found: Any) -> None:
        for place in range(z.size):
            found[place] = function(z[place])

    found = np.empty_like(z)
    through(z, found)
    return found


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "low", "high"), [("exp", -80, 80), ("expm1", -80, 80), ("tanh", -30, 30)])
def test_exponentials(name: str, low: float, high: float, dtype: str) -> None:
    chance = np.random.default_rng(0)
    z = np.concatenate([chance.uniform(low, high, 4000), chance.uniform(-1, 1, 4000), 10 ** chance.uniform(-30, 0, 99)])
    z = z.astype(dtype)
    wanted = getattr(np, name)(z.astype(np.longdouble))
    apart = np.abs(computed(name, z) - wanted) / np.abs(wanted)
    assert apart.max() < ULPS * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_logarithm(dtype: str) -> None:
    chance = np.random.default_rng(1)
    low, high = (-300, 300) if dtype == "float64" else (-37, 38)
    z = np.concatenate([10 ** chance.uniform(low, high, 4000), chance.uniform(0.5, 2, 4000)]).astype(dtype)
    z = np.append(z, np.finfo(dtype).smallest_subnormal)
    wanted = np.log(z.astype(np.longdouble))
    apart = np.abs(computed("log", z) - wanted) / np.maximum(np.abs(wanted), 1e-30)
    assert apart.max() < ULPS * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ["exp", "expm1", "tanh", "log"])
def test_the_ends(name: str, dtype: str) -> None:
    z = np.array([np.nan, np.inf, -np.inf, 1e4, -1e4, 0.0, 1.0, -1.0], dtype)
    with np.errstate(all="ignore"):
        wanted = getattr(np, name)(z)
    np.testing.assert_allclose(computed(name, z), wanted, rtol=float(ULPS * np.finfo(dtype).eps))
