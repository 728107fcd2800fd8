"""The same training by JAX: one compiled scan over all steps, for networks of Linear layers."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

from backproof.engines.numpy import first_arrays, first_arrays_by_seed
from backproof.ops.op import Array
from backproof.program.program import Program


def has_jax() -> bool:
    return importlib.util.find_spec("jax") is not None


def _precision(name: str, value: bool) -> None:
    """Set one of JAX's switches (its function for that has no types)."""
    import jax

    switch: Callable[[str, bool], None] = jax.config.update
    switch(name, value)


def _names(program: Program) -> list[str]:
    return [tensor.name for tensor in program.derivation.trained]


def _epochs(program: Program) -> Callable[..., Any]:
    """A function of first parameters, data and orders: the losses of all steps."""
    import jax
    import jax.numpy as jnp

    own = program.settings.optimizer.settings()
    adam = type(program.settings.optimizer).__name__ == "Adam"
    momentum = own.get("momentum", 0.0)
    kinds = [type(op).__name__ for op in program.network.ops]

    def forward(parameters: list[Any], x: Any) -> Any:
        index = 0
        for kind in kinds:
            if kind == "Linear":
                x = x @ parameters[index] + parameters[index + 1]
                index += 2
            else:
                x = jax.nn.sigmoid(x) if kind == "Sigmoid" else jax.nn.relu(x)
        return x

    def loss(parameters: list[Any], x: Any, y: Any) -> Any:
        output = forward(parameters, x)
        if y.ndim == 1:
            return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(output), y[:, None], axis=1))
        return jnp.mean((output - y) ** 2)

    def update(state: Any, gradients: list[Any], t: Any) -> Any:
        parameters, m, v = state
        rate = own["learning_rate"]
        if adam:
            (b1, b2), eps = own["betas"], own["eps"]
            m = [b1 * a + (1 - b1) * g for a, g in zip(m, gradients, strict=True)]
            v = [b2 * a + (1 - b2) * g * g for a, g in zip(v, gradients, strict=True)]
            c1, c2 = 1 - b1**t, 1 - b2**t
            new = [w - rate * (a / c1) / (jnp.sqrt(b / c2) + eps) for w, a, b in zip(parameters, m, v, strict=True)]
            return new, m, v
        if momentum:
            m = [momentum * a + g for a, g in zip(m, gradients, strict=True)]
            gradients = m
        return [w - rate * g for w, g in zip(parameters, gradients, strict=True)], m, v

    def train(parameters: list[Any], x: Any, y: Any, rows: Any) -> Any:
        zeros = [jnp.zeros_like(w) for w in parameters]

        def step(carry: Any, chosen: Any) -> Any:
            state, t = carry
            a, b = (x, y) if rows.shape[1] == 0 else (x[chosen], y[chosen])
            found, gradients = jax.value_and_grad(loss)(state[0], a, b)
            t = t + 1
            return (update(state, gradients, t), t), found

        start = (parameters, zeros, zeros), jnp.zeros((), parameters[0].dtype)
        return jax.lax.scan(step, start, rows)[1]

    return train


def _rows(program: Program) -> Array:
    """The row numbers of every step. The last batch is left out where it is smaller: a scan has one shape."""
    settings, count = program.settings, len(program.data.x)
    if settings.batch_size is None:
        return np.zeros((settings.epochs, 0), np.int64)
    generator = np.random.default_rng(settings.seed)
    whole = count - count % settings.batch_size
    orders = [generator.permutation(count)[:whole].reshape(-1, settings.batch_size) for _ in range(settings.epochs)]
    return np.concatenate(orders)


def jax_training(program: Program) -> Callable[[], float]:
    """A function that trains the program by JAX and gives the mean loss of the last epoch's steps."""
    import jax

    _precision("jax_enable_x64", program.settings.dtype == "float64")
    first = first_arrays(program)
    parameters = [jax.numpy.asarray(first[name]) for name in _names(program)]
    x, y = jax.numpy.asarray(program.data.x), jax.numpy.asarray(program.data.y)
    train = jax.jit(_epochs(program))

    def run() -> float:
        _precision("jax_enable_x64", program.settings.dtype == "float64")
        rows = jax.numpy.asarray(_rows(program))
        losses = np.asarray(train(parameters, x, y, rows).block_until_ready())
        return float(losses.reshape(program.settings.epochs, -1)[-1].mean())

    return run


def jax_trainings(program: Program, seeds: range) -> Callable[[], float]:
    """A function that trains the program from many seeds at once, by vmap, and gives the median of the last losses."""
    import jax

    _precision("jax_enable_x64", program.settings.dtype == "float64")
    draw = first_arrays_by_seed(program)
    x, y = jax.numpy.asarray(program.data.x), jax.numpy.asarray(program.data.y)
    train = jax.jit(
        jax.vmap(
            lambda parameters: _epochs(program)(parameters, x, y, jax.numpy.zeros((program.settings.epochs, 0)))[-1]
        )
    )

    def run() -> float:
        _precision("jax_enable_x64", program.settings.dtype == "float64")
        firsts = [draw(seed) for seed in seeds]
        stacked = [jax.numpy.asarray(np.stack([first[name] for first in firsts])) for name in _names(program)]
        return float(np.median(np.asarray(train(stacked).block_until_ready())))

    return run
