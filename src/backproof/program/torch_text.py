"""The PyTorch text of a program: a module, a loss, an optimizer and the loop, as a person would write them."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from backproof.ops.op import Array
from backproof.program.literals import is_packed, packed_expression
from backproof.program.numpy_text import array, early_stopping, imports, initial_weights, numbers, report, tables
from backproof.program.text import Text

if TYPE_CHECKING:
    from backproof.program.program import Program


def torch_text(program: Program, *, elide: bool = False) -> Text:
    """The complete program. With `elide`, long arrays are left out and the line numbers stay."""
    text = Text()
    settings, data = program.settings, program.data
    text.add(f'"""{program.title}, trained by PyTorch\'s autograd. Written by backproof."""', "")
    with text.section("imports"):
        imports(text, program, (), "import torch", "from torch import nn, optim")
    text.add()
    if settings.dtype == "float64":
        text.add("# twice PyTorch's usual digits, as NumPy has them", "torch.set_default_dtype(torch.float64)", "")
    tables(text, program, partial(_tensor, elide=elide))
    text.add()
    if program.uses_chance:
        text.add(
            "# chance, from the generator that the NumPy program uses: the order of the rows, and what dropout drops"
        )
        text.add(f"generator = np.random.default_rng({settings.seed})", "")
    with text.section("classes"):
        _classes(text, program)
    text.add("", "")
    with text.section("model"):
        text.add("model = Network()")
    text.add()
    _first_weights(text, program, elide)
    with text.section("criterion"):
        text.add(f"criterion = {program.network.loss.torch()}")
    with text.section("optimizer"):
        text.add(f"optimizer = {_optimizer(program)}")
        if settings.schedule:
            text.add(f"scheduler = {settings.schedule.torch()}")
    numbers(text, program)
    _loop(text, program)
    if data.x_new is not None:
        text.add("", "# rows that it has never seen")
        _tensor(text, "x_new", data.x_new, elide=elide)
        text.add("model.eval()")
        with text.indented("with torch.no_grad():"):
            text.add("print(model(x_new))")
    return text


def _tensor(text: Text, name: str, value: Array, *, elide: bool) -> None:
    if is_packed(value):
        text.add(f"{name} = torch.from_numpy({packed_expression(value, elide=elide)})")
        return
    array(text, name, value, maker="torch.tensor")


def _optimizer(program: Program) -> str:
    """`optim.SGD(model.parameters(), lr=0.1)`; the learning rate is written even where it is the default."""
    optimizer = program.settings.optimizer
    arguments = optimizer.torch().split("(", 1)[1]
    rate = "" if "lr=" in arguments else f", lr={optimizer.settings()['learning_rate']!r}"
    separator = "" if arguments == ")" else ", "
    return f"optim.{type(optimizer).__name__}(model.parameters(){rate}{separator}{arguments}"


def _classes(text: Text, program: Program) -> None:
    written = set()
    for place in program.derivation.placed:
        load = place.op.torch_class()
        if load and (own := load()) not in written:
            written.add(own)
            text.add("", *textwrap.dedent(inspect.getsource(own)).rstrip().split("\n"), "")
    with text.indented("\nclass Network(nn.Module):"):
        with text.indented("def __init__(self):"):
            text.add("super().__init__()")
            for place in program.derivation.placed:
                text.add(f"self.{place.attribute} = {place.op.torch()}")
        text.add()
        with text.indented("def forward(self, x):"):
            for place in program.derivation.placed:
                text.add(f"{place.output} = self.{place.attribute}({place.input})")
            text.add(f"return {program.derivation.output}")


def _first_weights(text: Text, program: Program, elide: bool) -> None:
    """Lines that draw the first weights in NumPy and hand them to the model, transposed where PyTorch wants it."""
    initial_weights(text, program, elide)
    given = isinstance(program.settings.init, Mapping)
    text.add("")
    with text.indented("with torch.no_grad():"):
        for tensor in program.derivation.tensors:
            if tensor.parameter.initial is None or given:
                turned = ".T" if tensor.parameter.transposed else ""
                text.add(
                    f"model.{tensor.attribute}.{tensor.parameter.torch}.copy_(torch.from_numpy({tensor.name}{turned}))"
                )
    text.add()


def _loop(text: Text, program: Program) -> None:
    settings = program.settings
    validates = program.data.x_validation is not None
    text.add("", "losses = []")
    if settings.patience:
        text.add('best_loss, best_epoch = float("inf"), 0')
    with text.indented("for epoch in range(epochs):"):
        if settings.batch_size:
            text.add("order = torch.from_numpy(generator.permutation(len(x_train)))", "total = 0.0")
            with text.indented("for start in range(0, len(order), batch_size):"):
                text.add(
                    "rows = order[start : start + batch_size]",
                    "x, y = x_train[rows], y_train[rows]",
                )
                _one_step(text, program)
                mean = program.network.loss.reduction == "mean"
                text.add(f"total = total + loss.item(){' * len(rows)' if mean else ''}")
            text.add(f"losses.append(total{' / len(order)' if mean else ''})")
        else:
            _one_step(text, program)
            text.add("losses.append(loss.item())")
        if settings.schedule:
            text.add("scheduler.step()")
        if validates:
            with text.section("evaluate"):
                text.add("model.eval()")
                with text.indented("with torch.no_grad():"):
                    output = program.network.loss.torch_loss("model(x_validation)", "y_validation")
                    text.add(f"validation_loss = ({output}).item()")
                text.add("model.train()")
        report(text, program)
        if settings.patience:
            early_stopping(text, program, "{name: value.clone() for name, value in model.state_dict().items()}")
    if settings.patience:
        text.add("", "model.load_state_dict(best)")


def _one_step(text: Text, program: Program) -> None:
    with text.section("gradients"):
        text.add("output = model(x)", f"loss = {program.network.loss.torch_loss('output', 'y')}")
        text.add("optimizer.zero_grad()", "loss.backward()")
    with text.section("update"):
        if program.settings.clip_norm:
            text.add(f"nn.utils.clip_grad_norm_(model.parameters(), max_norm={program.settings.clip_norm!r})")
        text.add("optimizer.step()")
