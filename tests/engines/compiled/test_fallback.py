"""A line that is beyond the compiler is computed as it is written, among compiled ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

import backproof as bp
from backproof.engines import make_engine
from backproof.engines.compiled.stepper import StepEngine
from backproof.network import Network
from backproof.ops.op import Activation, Array, Optimizer
from tests.engines.compiled.lines import make_program


@dataclass(frozen=True)
class Wave(Activation):
    """Sine, and a cosine that is asked of NumPy in a way that the compiler does not know."""

    torch: ClassVar[str] = "Wave()"  # type: ignore[assignment]

    @staticmethod
    def forward(z: Array) -> Array:
        a = np.einsum("ij->ij", np.sin(z))
        return a

    @staticmethod
    def backward(d_a: Array, z: Array) -> Array:
        # the slope of the sine is the cosine
        slope = np.cos(z)
        d_z = d_a * slope
        return d_z


def trained(engine: str, said: list[str], optimizer: Optimizer) -> bp.Run:
    chance = np.random.default_rng(3)
    x = chance.normal(size=(23, 3))
    network = Network([bp.Linear(3, 4), Wave(), bp.Dropout(0.3), bp.Linear(4, 1)], bp.MSELoss())
    program = make_program(network, x, x[:, :1], epochs=6, batch_size=5, optimizer=optimizer, clip_norm=1.0)
    from backproof.training import fit

    made = make_engine(engine, program, say=said.append)
    assert isinstance(made, StepEngine) == (engine == "compiled")
    return fit(made, program)


def test_it_runs_in_numpy_and_says_so() -> None:
    said: list[str] = []
    ours, numpy = (trained(engine, said, bp.Adam(0.01)) for engine in ("compiled", "numpy"))
    line = 'a1 = np.einsum("ij->ij", np.sin(z1))'
    call = "np.einsum('ij->ij', np.sin(z1))"
    assert [each for each in said if not each.startswith("Compil")] == [
        f"NumPy computes `{line}`: `{call}` is beyond the compiler."
    ]
    np.testing.assert_allclose(ours.losses, numpy.losses, rtol=1e-12)
    for name, array in numpy.parameters.items():
        np.testing.assert_allclose(ours.parameters[name], array, rtol=1e-10)
