"""backproof: train one network by hand-derived NumPy and by PyTorch, and prove the two equal.

Everything is imported when it is first used, so that `import backproof` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from backproof import display

if TYPE_CHECKING:
    from backproof.check import check as check
    from backproof.check.report import Report as Report
    from backproof.lesson import Lesson as Lesson
    from backproof.lesson import explain as explain
    from backproof.network import Network as Network
    from backproof.proof import Proof as Proof
    from backproof.proof import prove as prove
    from backproof.sweeps import Sweep as Sweep
    from backproof.sweeps import sweep as sweep
    from backproof.training import Run as Run
    from backproof.training import train as train


def _draw(thing: object) -> str:
    from backproof.check.report import Report

    if isinstance(thing, Report):
        from backproof.check.forms.html import fragment

        return fragment([thing])
    from backproof.lesson.jupyter import as_html

    return as_html(thing)


# things below show themselves by what stands above them
display.draw = _draw

__version__ = "0.1.0"

_PLACES = {
    "Network": "backproof.network",
    "Run": "backproof.training",
    "train": "backproof.training",
    "Proof": "backproof.proof",
    "explain": "backproof.lesson",
    "Lesson": "backproof.lesson",
    "prove": "backproof.proof",
    "Model": "backproof.model",
    "load": "backproof.model",
    "sweep": "backproof.sweeps",
    "Sweep": "backproof.sweeps",
    "check": "backproof.check",
    "Report": "backproof.check.report",
    "BackproofError": "backproof.errors",
}


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext backproof` in a notebook: from then on `%%backproof` checks a cell."""
    from backproof.check.magic import register

    register(shell)


def __getattr__(name: str) -> Any:
    """Import on first use: the functions above, and every op by its name."""
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    if name[:1].isupper():
        from backproof.ops.op import Described
        from backproof.ops.registry import find, names_of

        if name in names_of(Described):
            return find(name, Described)
    raise AttributeError(f"module 'backproof' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Every name, ops included, for completion at the prompt."""
    from backproof.ops.op import Described
    from backproof.ops.registry import names_of

    return sorted([*globals(), *_PLACES, *names_of(Described)])
