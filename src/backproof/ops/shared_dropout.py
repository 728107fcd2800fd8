"""The one PyTorch module that PyTorch lacks: dropout whose masks another library can draw as well.

This file imports PyTorch; it is read when a network with Dropout meets the torch engine.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn


class SharedDropout(nn.Module):
    """nn.Dropout with masks from a NumPy generator, so that both programs drop the same numbers."""

    def __init__(self, p: float, generator: np.random.Generator) -> None:
        super().__init__()
        self.p = p
        self.generator = generator

    def forward(self, a: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return a
        mask = torch.from_numpy(self.generator.random(tuple(a.shape)) >= self.p).to(a.device)
        return a * mask * (1.0 / (1.0 - self.p) if self.p < 1 else 0.0)
