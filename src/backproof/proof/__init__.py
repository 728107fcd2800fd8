"""Two engines side by side: every named quantity of a step, compared from a common state."""

from __future__ import annotations

from backproof.proof.proof import Proof, prove

__all__ = ["Proof", "prove"]
