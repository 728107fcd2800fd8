"""Where Numba is missing, NumPy runs the same lines, and one sentence says so."""

from __future__ import annotations

import os
import subprocess
import sys

BLOCKED = """
import sys
sys.modules["numba"] = None
sys.modules["llvmlite"] = None
import numpy as np
import backproof as bp
from backproof.engines import make_engine
from backproof.program.program import Program
from backproof.settings import Data, Settings

x = np.linspace(-1, 1, 5)[:, None]
network = bp.Network([bp.Linear(1, 2), bp.Tanh(), bp.Linear(2, 1)], bp.MSELoss())
said = []
engine = make_engine("compiled", Program(network, Settings(), Data(x, x)), say=said.append)
print(engine.name, len(said), said[0].startswith("Numba cannot be used here"))
print(bp.train(network, x, x, epochs=3, engine="compiled").engine)
print(len(bp.sweep(network, x, x, epochs=3, seed=range(4)).table))
from backproof.cli import main
sys.argv = ["backproof", "write", "--to", "compiled"]
main()
"""


def test_a_compiler_that_is_switched_off_is_no_error() -> None:
    command = [sys.executable, "-m", "backproof", "train", "--epochs", "20", "--engine", "compiled"]
    switched_off = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=switched_off)
    assert done.returncode == 0, done.stderr
    assert "NUMBA_DISABLE_JIT switches its compiler off" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_numpy_runs_the_same_lines() -> None:
    done = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["numpy 1 True", "numpy", "4"], done.stderr
    assert done.returncode == 2
    assert "pip install numba" in done.stderr
    assert "Traceback" not in done.stderr
