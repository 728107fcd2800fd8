"""How the compiled engine's time grows with rows and with epochs: python -m benchmarks.growth draws growth.png.

A straight line of slope one on these scales is time in proportion.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

import backproof as bp
from backproof.engines import make_engine
from backproof.network import Network
from backproof.program.program import Program
from backproof.settings import Data, Settings
from backproof.training import fit

ROWS = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000)
EPOCHS = (3, 10, 30, 100, 300, 1_000)
NETWORK = Network([bp.Linear(20, 32), bp.Tanh(), bp.Linear(32, 3)], bp.MSELoss())


def seconds(rows: int, epochs: int) -> float:
    """The least of some times that a training takes."""
    chance = np.random.default_rng(0)
    x = chance.normal(size=(rows, 20))
    settings = Settings(optimizer=bp.Adam(0.001), epochs=epochs, batch_size=64)
    program = Program(NETWORK, settings, Data(x, x[:, :3]))
    found = []
    for _ in range(4):
        engine = make_engine("compiled", program)
        started = time.perf_counter()
        fit(engine, program)
        found.append(time.perf_counter() - started)
    return min(found)


def main() -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained", dpi=120)
    axes = figure.subplots(1, 2)
    for axis, counts, what in ((axes[0], ROWS, "rows"), (axes[1], EPOCHS, "epochs")):
        times = [seconds(n, 5) if what == "rows" else seconds(1_000, n) for n in counts]
        slope = float(np.polyfit(np.log(counts), np.log(times), 1)[0])
        told = ", ".join(f"{n}: {1000 * t:.3g} ms" for n, t in zip(counts, times, strict=True))
        print(f"{what}: {told}; slope {slope:.3f}")
        axis.loglog(counts, times, "o-", color="#1f5fa8")
        axis.loglog(counts, times[-1] * np.array(counts) / counts[-1], ":", color="#888888", label="in proportion")
        axis.set_xlabel(what)
        axis.set_ylabel("seconds")
        axis.legend()
    figure.savefig(Path(__file__).parent / "growth.png")


if __name__ == "__main__":
    main()
