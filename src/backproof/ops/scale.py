"""The scale and shift that every normalising layer ends with."""

from __future__ import annotations

import numpy as np

from backproof.ops.op import Array, Parameter


def scale(normalized: Array, gain: Array, shift: Array) -> Array:
    """Multiply by `gain` and add `shift`, feature by feature."""
    # the network may choose another scale and another centre for each feature
    scaled = normalized * gain + shift
    return scaled


def scale_backward(d_scaled: Array, normalized: Array, gain: Array) -> tuple[Array, Array, Array]:
    """The gradients of `gain`, `shift` and what they were applied to."""
    # the gain multiplies the normalized numbers, summed over the samples
    d_gain = np.sum(d_scaled * normalized, axis=0)
    # the shift is added to every sample, so its gradient is the sum over the samples
    d_shift = np.sum(d_scaled, axis=0)
    # the gradient passes through the scale
    d_normalized = d_scaled * gain
    return d_normalized, d_gain, d_shift


def scale_parameters(features: int) -> tuple[Parameter, ...]:
    """`gain` and `shift` of this many features, PyTorch's `weight` and `bias`."""
    return (
        Parameter("gain", (features,), torch="weight", initial=1.0),
        Parameter("shift", (features,), torch="bias", initial=0.0),
    )
