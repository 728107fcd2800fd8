"""What every op has: formulas, parameters, shapes, and its twin in PyTorch.

The formulas of an op are ordinary functions with straight-line bodies: one assignment a line, no branches, no
in-place writes. The program of a network is the inlining of these bodies, so their lines are the lines that
run and their comments are the sentences that explain them. The rules, which the registry's tests enforce:

- positional arguments are names of the program: the input first, then parameters, buffers, `generator`;
- keyword-only arguments are settings of the op, which become literals in the program;
- a gradient is `d_` plus the name of what it is the gradient of;
- an op may use several functions in a row; the first argument of each is what the one before it returned.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy.typing as npt

from backproof.errors import DataError, DescriptionError

Array = npt.NDArray[Any]
Formula = Callable[..., Any]
Formulas = tuple[Formula, ...]


@dataclass(frozen=True)
class Parameter:
    """An array that an op owns.

    Trained parameters are moved by the optimizer. Buffers (`trained=False`) are moved by the op itself, such as
    the running mean of batch normalisation.
    """

    name: str
    shape: tuple[int, ...]
    torch: str
    """The attribute of the PyTorch module that holds the same numbers."""
    transposed: bool = False
    """PyTorch stores the transpose."""
    initial: float | None = None
    """The number it is filled with at the start; None: the initializer draws it."""
    trained: bool = True


@dataclass(frozen=True)
class Described:
    """Anything that is written as its name and its settings: `Linear(4, 16)`, `SGD(learning_rate=0.1)`."""

    torch_module: ClassVar[str] = "nn"
    torch_arguments: ClassVar[dict[str, str]] = {}
    """Settings whose names differ in PyTorch."""

    def settings(self) -> dict[str, Any]:
        """Every setting by name, in the order in which it is declared."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def __str__(self) -> str:
        return f"{type(self).__name__}({self._arguments({})})"

    def torch(self) -> str:
        """The PyTorch expression that makes the same thing."""
        return f"{self.torch_module}.{type(self).__name__}({self._arguments(self.torch_arguments)})"

    def _arguments(self, renamed: dict[str, str]) -> str:
        words = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.default is dataclasses.MISSING:
                words.append(repr(value))
            elif value != field.default:
                words.append(f"{renamed.get(field.name, field.name)}={value!r}")
        return ", ".join(words)

    def require(self, condition: bool, sentence: str) -> None:
        """Raise DescriptionError with the op's name in front unless the condition holds."""
        if not condition:
            raise DescriptionError(f"{self}: {sentence}")

    def require_number(
        self,
        name: str,
        *,
        above: float | None = None,
        least: float | None = None,
        below: float | None = None,
        most: float | None = None,
        whole: bool = False,
    ) -> None:
        """Raise DescriptionError unless the setting is a number within its bounds."""
        value = getattr(self, name)
        numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not numeric or not math.isfinite(value) or (whole and not isinstance(value, int)):
            kind = "a whole number" if whole else "a number"
            raise DescriptionError(f"{type(self).__name__}: {name} must be {kind}, not {value!r}.")
        bounds = [
            (above is None or value > above, f"above {above}"),
            (least is None or value >= least, f"at least {least}"),
            (below is None or value < below, f"below {below}"),
            (most is None or value <= most, f"at most {most}"),
        ]
        for holds, words in bounds:
            self.require(holds, f"{name} must be {words}, not {value!r}.")


@dataclass(frozen=True)
class Op(Described):
    """One piece of a network with its hand-derived backward."""

    forward: ClassVar[Formula]
    backward: ClassVar[Formula]
    least_rows: ClassVar[int] = 1
    """How many rows a training batch needs at least."""

    def forward_formulas(self) -> Formulas:
        """The functions that compute the op's output while training."""
        return (type(self).forward,)

    def backward_formulas(self) -> Formulas:
        """The functions that compute the gradients from the gradient of the output."""
        return (type(self).backward,)

    def evaluation_formulas(self) -> Formulas:
        """The functions that compute the output when the trained network predicts."""
        return self.forward_formulas()

    def parameters(self) -> tuple[Parameter, ...]:
        """The arrays that the op owns, in the order of its PyTorch twin."""
        return ()

    def outputs(self, features: int) -> int:
        """How many numbers a row has after this op when it had `features` before.

        Raises DescriptionError when the op cannot take so many.
        """
        return features

    def torch_class(self) -> Callable[[], type[Any]] | None:
        """A function that returns a PyTorch module of our own, where PyTorch has none that would do."""
        return None


@dataclass(frozen=True)
class Layer(Op):
    """An op with parameters, or with a part played by chance."""


@dataclass(frozen=True)
class Activation(Op):
    """An op that bends: without one between them, two Linear layers are no more than one."""

    gives_probabilities: ClassVar[bool] = False
    """Whether every output lies between 0 and 1."""


@dataclass(frozen=True)
class Loss(Op):
    """One number that says how far the predictions are from the targets.

    `forward(prediction, y)` returns it and `backward` returns its gradient by the prediction.
    """

    reduction: ClassVar[str] = "mean"
    """Whether the loss of an epoch is the mean or the sum over its batches."""
    takes_probabilities: ClassVar[bool] = False
    """Whether the network's output must lie between 0 and 1."""
    link: ClassVar[str | None] = None
    """The activation that turns the network's output into probabilities, when it gives logits."""

    def torch_loss(self, output: str, y: str) -> str:
        """The PyTorch expression of the loss, given those of the output and the targets."""
        return f"criterion({output}, {y})"

    def check_target(self, y: Array, shape: tuple[int, ...]) -> None:
        """Raise DataError unless targets `y` fit an output of this shape (samples, outputs)."""
        if y.shape != shape:
            hint = ""
            if y.ndim == 1 and shape == (len(y), 1):
                hint = " Write y.reshape(-1, 1): otherwise the difference would be a whole matrix."
            raise DataError(f"{self}: y has shape {y.shape} but the network's output has {shape}.{hint}")

    def is_smooth_at(self, prediction: Array) -> bool:
        """Whether differences of the loss can be trusted at these predictions."""
        del prediction
        return True

    def check_between_0_and_1(self, y: Array) -> None:
        """Raise DataError unless every target can be a probability."""
        if y.size and not (y.min() >= 0 and y.max() <= 1):
            reach = f"from {y.min()} to {y.max()}"
            raise DataError(f"{self}: targets must be between 0 and 1, but they reach {reach}.")


@dataclass(frozen=True)
class Optimizer(Described):
    """How parameters move along their gradients, to the letter as in torch.optim.

    The names of its formulas: `gradient` (first argument, handed from function to function), `w` for the
    parameter, its states, `t` for the number of the step, and its settings as keyword-only arguments.
    """

    torch_module: ClassVar[str] = "optim"
    torch_arguments: ClassVar[dict[str, str]] = {"learning_rate": "lr"}

    def formulas(self) -> Formulas:
        """The functions that move one parameter."""
        raise NotImplementedError

    def states(self) -> dict[str, tuple[str, float]]:
        """State by name: its key in PyTorch's optimizer and the number that it starts from."""
        return {}

    def step_formulas(self) -> Formulas:
        """The functions that run once a step, before any parameter moves."""
        return ()

    def constants(self) -> dict[str, float]:
        """The settings that the formulas read, by the names they have there."""
        return {
            name: value
            for name, value in self.settings().items()
            if isinstance(value, (int, float)) and not isinstance(value, bool)
        }


def count(t: int) -> int:
    """Counts the steps, for optimizers that correct their first ones."""
    # the number of this step, counted from 1
    t = t + 1
    return t


@dataclass(frozen=True)
class Initializer(Described):
    """How the first weights of a Linear layer are drawn, in NumPy, once for every engine."""

    weight: ClassVar[Formula]
    bias: ClassVar[Formula]


@dataclass(frozen=True)
class Schedule(Described):
    """The learning rate of each epoch, with the meaning of torch.optim.lr_scheduler."""

    torch_module: ClassVar[str] = "optim.lr_scheduler"
    rate: ClassVar[Formula]

    def torch(self) -> str:
        """The PyTorch expression, whose first argument is the optimizer."""
        return super().torch().replace("(", "(optimizer, ", 1)
