"""What runs a program: NumPy executes its text, PyTorch its twin."""

from __future__ import annotations

from backproof.engines.engine import Engine
from backproof.errors import DescriptionError, MissingLibraryError, nearest
from backproof.program.program import Program

NAMES = {"numpy": "by hand (NumPy)", "torch": "by autograd (PyTorch)"}
"""Every engine, and what it does in words."""


def make_engine(name: str, program: Program, *, device: str = "cpu") -> Engine:
    """The engine of this name, ready to take the program's first step.

    Raises DescriptionError for an unknown name or device, MissingLibraryError where PyTorch is not installed.
    """
    if name == "numpy":
        if device != "cpu":
            raise DescriptionError(f"The numpy engine computes on the cpu; only torch can use the device {device!r}.")
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
