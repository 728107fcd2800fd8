"""What runs a program: NumPy executes its text, Numba compiles it, PyTorch runs its twin."""

from __future__ import annotations

from backproof.engines.engine import Engine, Say, silent
from backproof.errors import DescriptionError, MissingLibraryError, nearest
from backproof.program.program import Program

NAMES = {"numpy": "by hand (NumPy)", "compiled": "by hand, compiled", "torch": "by autograd (PyTorch)"}
"""Every engine, and what it does in words."""


def make_engine(
    name: str,
    program: Program,
    *,
    device: str = "cpu",
    say: Say = silent,
    threads: int | None = None,
) -> Engine:
    """The engine of this name, ready to take the program's first step.

    `say` is told, in a sentence, what takes a while or is done otherwise than asked: that the network is being
    compiled, or that Numba is not installed, where NumPy does the same. `threads` may share a step of the compiled
    engine, as many as the machine has unless told otherwise; the result is the same.
    Raises DescriptionError for an unknown name or device, MissingLibraryError where PyTorch is not installed.
    """
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise DescriptionError(f"threads is {threads!r}, but it must be a whole number above 0.")
    if name in ("numpy", "compiled") and device != "cpu":
        raise DescriptionError(f"The {name} engine computes on the cpu; only torch can use the device {device!r}.")
    if name == "compiled":
        try:
            from backproof.engines.compiled import compiled_engine
        except ImportError as error:
            say(f"Numba cannot be used here ({error}): NumPy runs the same lines, more slowly.")
            name = "numpy"
        else:
            return compiled_engine(program, say, threads)
    if name == "numpy":
        from backproof.engines.numpy import NumPyEngine

        return NumPyEngine(program)
    if name == "torch":
        try:
            from backproof.engines.torch import TorchEngine
        except ImportError as error:
            raise MissingLibraryError(
                f"The torch engine needs PyTorch, which cannot be imported here ({error}). "
                "Install it with: pip install torch. Or train by hand alone: --engine numpy."
            ) from None
        return TorchEngine(program, device)
    raise DescriptionError(f"There is no engine called {name!r}.{nearest(str(name), NAMES)}")
