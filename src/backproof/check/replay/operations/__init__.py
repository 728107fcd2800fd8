"""NumPy's operations in PyTorch: the name under which one is recorded, and a function of tensors that does the same.

What is not here is not followed. Each replayed value is held against the recorded one, so a meaning that differs in
some corner is noticed, not believed.
"""

from collections.abc import Callable
from typing import Any

from backproof.check.replay.operations.elementwise import ELEMENTWISE
from backproof.check.replay.operations.products import PRODUCTS
from backproof.check.replay.operations.reductions import REDUCTIONS
from backproof.check.replay.operations.shapes import SHAPES
from backproof.check.replay.operations.tensors import F64, Tensor, number, real, tensor

__all__ = ["F64", "OPERATIONS", "Tensor", "number", "real", "tensor"]

OPERATIONS: dict[str, Callable[..., Any]] = {**ELEMENTWISE, **PRODUCTS, **REDUCTIONS, **SHAPES}
