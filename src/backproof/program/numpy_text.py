"""The NumPy text of a program: what a person would write by hand, and what the numpy engine executes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from backproof.ops.op import Array, Initializer
from backproof.program.derivation import Step
from backproof.program.literals import UNPACK, array_lines, is_packed, packed_expression
from backproof.program.text import Text

if TYPE_CHECKING:
    from backproof.program.program import Program

PHASES = {
    "forward": "forward: from the input to the prediction",
    "loss": "loss: how wrong the prediction is",
    "backward": "backward: how the loss changes with every quantity, from the last to the first",
    "update": "update: every parameter moves against its gradient",
}


def numpy_text(program: Program, *, elide: bool = False) -> Text:
    """The complete program. With `elide`, long arrays are left out and the line numbers stay."""
    text = Text()
    derived = program.derivation
    text.add(f'"""{program.title}, trained by hand with NumPy. Written by backproof."""', "")
    with text.section("imports"):
        imports(text, program, derived.steps)
    text.add()
    warnings = _expected_warnings(derived.steps)
    if warnings:
        text.add("# an infinity on the way to a right number is no error", f"np.seterr({warnings})", "")
    tables(text, program, partial(array, elide=elide))
    text.add()
    with text.section("setup"):
        initial_weights(text, program, elide)
        _optimizer_states(text, program)
    text.add()
    with text.section("constants"):
        for name, value in derived.constants.items():
            text.add(f"{name} = {value!r}")
    numbers(text, program)
    if program.uses_chance:
        text.add("", "# chance: the order of the rows, and what dropout drops")
        text.add(f"generator = np.random.default_rng({program.settings.seed})")
    evaluation, output = derived.evaluation
    if program.data.x_validation is not None:
        text.add("", "")
        with text.section("evaluate"), text.indented("def evaluate(x, y):"):
            text.add('"""The loss on rows that are not learnt from."""')
            text.steps((*evaluation, *derived.loss_steps(output)))
            text.add("return loss")
        text.forget()
        text.add()
    _loop(text, program)
    text.add("", "")
    with text.section("predict"), text.indented("def predict(x):"):
        text.add('"""What the trained network answers to rows of x."""')
        text.add(*(step.code for step in evaluation))
        text.add(f"return {output}")
    if program.data.x_new is not None:
        text.add("", "", "# rows that it has never seen")
        array(text, "x_new", program.data.x_new, elide=elide)
        text.add("print(predict(x_new))")
    return text


def tables(text: Text, program: Program, write: Callable[[Text, str, Array], None]) -> None:
    """Lines that make the data, each array written by `write`."""
    data = program.data
    if program.has_packed:
        text.add("", *UNPACK.split("\n"), "")
    text.add("# the data: a row is a sample")
    suffix = "_train" if program.settings.batch_size else ""
    write(text, f"x{suffix}", data.x)
    write(text, f"y{suffix}", data.y)
    if data.x_validation is not None and data.y_validation is not None:
        text.add("", "# rows that are not learnt from")
        write(text, "x_validation", data.x_validation)
        write(text, "y_validation", data.y_validation)


def numbers(text: Text, program: Program) -> None:
    """Lines that name the numbers of the loop."""
    for name in ("epochs", "batch_size", "patience"):
        value = getattr(program.settings, name)
        if value is not None:
            text.add(f"{name} = {value}")


def _optimizer_states(text: Text, program: Program) -> None:
    derived = program.derivation
    if derived.states:
        text.add("", "# what the optimizer remembers of every parameter")
    for state in derived.states:
        make = f"np.zeros_like({state.tensor.name})"
        if state.initial:
            make = f"np.full_like({state.tensor.name}, {state.initial!r})"
        text.add(f"{state.name} = {make}")
    if derived.counts_steps:
        text.add("t = 0")


def imports(text: Text, program: Program, steps: Iterable[Step], *more: str) -> None:
    """The import statements that the program needs."""
    if program.has_packed:
        text.add("import base64", "import zlib", "")
    text.add("import numpy as np", *more)
    for statement in sorted({statement for step in steps for statement in step.imports}):
        text.add(statement)


def array(text: Text, name: str, value: Array, *, elide: bool = False, maker: str = "np.array") -> None:
    """Lines that give this array its name. PyTorch's default type is the run's; NumPy has to be told float32."""
    if is_packed(value):
        text.add(f"{name} = {packed_expression(value, elide=elide)}")
        return
    dtype = ", dtype=np.float32" if value.dtype == np.float32 and maker == "np.array" else ""
    text.add(*array_lines(f"{name} = {maker}(", value, f"{dtype})"))


def initial_weights(text: Text, program: Program, elide: bool) -> None:
    """Lines that draw the first weights, or state them."""
    settings, derived = program.settings, program.derivation
    names = [tensor.name for tensor in derived.tensors]
    text.add("# the first weights")
    if isinstance(settings.init, Mapping):
        for name in names:
            array(text, name, settings.init[name], elide=elide)
        return
    assert isinstance(settings.init, Initializer)
    text.add(f"random = np.random.RandomState({settings.seed})")
    text.steps(derived.initial(settings.init))
    if settings.dtype != "float64":
        listed = ", ".join(names)
        text.add(f"{listed} = (array.astype(np.{settings.dtype}) for array in ({listed}))")


def _expected_warnings(steps: Iterable[Step]) -> str:
    code = " ".join(step.code for step in steps)
    kinds = ["divide"] if "np.log" in code else []
    kinds += ["over"] if "np.exp(" in code else []
    return ", ".join(f'{kind}="ignore"' for kind in kinds)


def _loop(text: Text, program: Program) -> None:
    settings, derived = program.settings, program.derivation
    tensors = [tensor.name for tensor in derived.tensors]
    # a single name is unpacked from a tuple, too
    names = ", ".join(tensors) + ("," if len(tensors) == 1 else "")
    text.add("", "losses = []")
    if settings.patience:
        text.add('best_loss, best_epoch = float("inf"), 0')
    with text.indented("for epoch in range(epochs):"):
        if settings.batch_size:
            text.add(
                "# the rows in a new order, in batches",
                "order = generator.permutation(len(x_train))",
                "total = 0.0",
            )
            with text.indented("for start in range(0, len(order), batch_size):"):
                text.add("rows = order[start : start + batch_size]")
                text.add("x, y = x_train[rows], y_train[rows]", "")
                _one_step(text, derived.steps)
                text.add("")
                mean = program.network.loss.reduction == "mean"
                text.add(f"total = total + float(loss){' * len(rows)' if mean else ''}")
            text.add(f"losses.append(total{' / len(order)' if mean else ''})")
        else:
            _one_step(text, derived.steps)
            text.add("", "losses.append(float(loss))")
        if program.data.x_validation is not None:
            text.add("validation_loss = float(evaluate(x_validation, y_validation))")
        report(text, program)
        if settings.patience:
            early_stopping(text, program, names)
    if settings.patience:
        text.add("", f"{names} = best")


def report(text: Text, program: Program) -> None:
    """Lines that print the loss every so many epochs."""
    validation = ", validation {validation_loss}" if program.data.x_validation is not None else ""
    with text.indented(f"if epoch % {program.settings.every} == 0:"):
        text.add(f'print(f"epoch {{epoch}}: loss {{losses[-1]}}{validation}")')


def early_stopping(text: Text, program: Program, kept: str) -> None:
    """Lines that stop the loop when the loss has not become better for a while."""
    watched = "validation_loss" if program.data.x_validation is not None else "losses[-1]"
    margin = f" - {program.settings.min_delta!r}" if program.settings.min_delta else ""
    text.add("# stop when nothing has become better for a while, and keep the best")
    with text.indented(f"if {watched} < best_loss{margin}:"):
        text.add(f"best_loss, best_epoch = {watched}, epoch", f"best = {kept}")
    with text.indented("elif epoch - best_epoch >= patience:"):
        text.add("break")


def _one_step(text: Text, steps: Iterable[Step]) -> None:
    with text.section("step"):
        for position, (phase, group) in enumerate(groupby(steps, key=lambda step: step.phase)):
            if position:
                text.add()
            text.add(f"# --- {PHASES[phase]}")
            text.steps(group)
