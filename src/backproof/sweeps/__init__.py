"""Sweeps: many independent trainings of networks that differ in some settings, and what came of each."""

from backproof.sweeps.sweep import Sweep, sweep

__all__ = ["Sweep", "sweep"]
