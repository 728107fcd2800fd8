"""The trainings that are timed: the same network, weights, batches and optimizer for every peer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import backproof as bp
from backproof.engines import make_engine
from backproof.network import Network, widths
from backproof.ops.op import Array, Optimizer
from backproof.program.program import Program
from backproof.settings import Data, Settings
from backproof.training import Run, fit
from benchmarks.by_c import c_training, compiler
from benchmarks.by_jax import has_jax, jax_training, jax_trainings

Peer = Callable[[], float]
"""Trains once and gives the last epoch's loss."""


@dataclass(frozen=True)
class Task:
    name: str
    program: Program
    scikit_learn: dict[str, Any]
    """The settings of MLPClassifier or MLPRegressor that come nearest."""

    def peers(self) -> dict[str, Peer]:
        """What is timed, by name. What has to be compiled is compiled in the round that is not counted."""
        program = self.program
        peers: dict[str, Peer] = {"backproof, compiled": lambda: _last(fit(make_engine("compiled", program), program))}
        if compiler():
            peers["C, plain loop"] = c_training(program)
        if has_jax():
            peers["JAX, scan"] = jax_training(program)
        peers["PyTorch, eager"] = pytorch_training(program)
        if compiler():
            peers["PyTorch, compiled"] = pytorch_training(program, compiled=True)
        return peers | {
            "backproof, numpy": lambda: _last(fit(make_engine("numpy", program), program)),
            "backproof, torch": lambda: _last(fit(make_engine("torch", program), program)),
            "scikit-learn, MLP": self.by_scikit_learn,
        }

    def by_scikit_learn(self) -> float:
        """The same training by scikit-learn, as near as it gets: its own first weights and shuffles."""
        import warnings

        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier, MLPRegressor

        data = self.program.data
        kind = MLPClassifier if data.y.ndim == 1 else MLPRegressor
        model = kind(
            alpha=0.0, tol=0.0, n_iter_no_change=10**9, max_iter=self.program.settings.epochs, **self.scikit_learn
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(data.x, data.y if data.y.ndim == 1 else data.y[:, 0])
        return float(model.loss_)


def _last(run: Run) -> float:
    return float(run.losses[-1])


@dataclass(frozen=True)
class Sweep:
    """One program, trained from many seeds."""

    name: str
    program: Program
    seeds: range

    def peers(self) -> dict[str, Peer]:
        program, settings = self.program, self.program.settings
        data = program.data
        peers: dict[str, Peer] = {
            "backproof, sweep": lambda: float(
                np.median(
                    bp.sweep(
                        program.network,
                        data.x,
                        data.y,
                        seed=self.seeds,
                        optimizer=settings.optimizer,
                        epochs=settings.epochs,
                    ).scores
                )
            )
        }
        if compiler():
            each = [
                c_training(Program(program.network, replace(settings, seed=seed), data)) for seed in self.seeds[:20]
            ]
            more = len(self.seeds) // len(each)
            peers["C, plain loop, one after the other"] = lambda: float(
                np.median([train() for train in each for _ in range(more)])
            )
        if has_jax():
            peers["JAX, vmap of scan"] = jax_trainings(program, self.seeds)
        return peers


def pytorch_training(program: Program, *, compiled: bool = False) -> Peer:
    """nn.Sequential and the usual loop, nothing of backproof in it; `compiled`: model and loss by `torch.compile`."""
    import torch
    from torch import nn, optim

    settings, data = program.settings, program.data
    torch.manual_seed(0)
    layers = [eval(op.torch(), {"nn": nn}) for op in program.network.ops]
    model = nn.Sequential(*layers).to(getattr(torch, settings.dtype))
    first = {name: value.clone() for name, value in model.state_dict().items()}
    criterion = eval(program.network.loss.torch(), {"nn": nn})
    x, y = torch.from_numpy(data.x), torch.from_numpy(data.y)

    def loss_of(x: Any, y: Any) -> Any:
        return criterion(model(x), y)

    ready = torch.compile(loss_of) if compiled else loss_of

    def train() -> float:
        model.load_state_dict(first)
        # the op's text is PyTorch's own call, all but its first argument: optim.SGD(lr=0.05, momentum=0.9)
        call = settings.optimizer.torch().replace("(", "(parameters, ", 1)
        optimizer = eval(call, {"optim": optim, "parameters": model.parameters()})
        total = 0.0
        for _ in range(settings.epochs):
            total = 0.0
            order = torch.randperm(len(x))
            size = settings.batch_size or len(x)
            for start in range(0, len(x), size):
                rows = order[start : start + size] if settings.batch_size else slice(None)
                loss = ready(x[rows], y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * min(size, len(x) - start)
        return total / len(x)

    return train


def notebook() -> Task:
    """1-1-1 with sigmoids on five points, 5,000 epochs of full-batch SGD in float64."""
    network = bp.Network([bp.Linear(1, 1), bp.Sigmoid(), bp.Linear(1, 1), bp.Sigmoid()], loss=bp.MSELoss())
    x = np.array([[-2.0], [-1.0], [0.0], [1.0], [2.0]])
    y = np.array([[0.0], [0.0], [0.0], [1.0], [1.0]])
    settings = Settings(optimizer=bp.SGD(learning_rate=0.1), epochs=5000, seed=42)
    near = {"hidden_layer_sizes": (1,), "activation": "logistic", "solver": "sgd", "momentum": 0.0}
    near |= {"learning_rate_init": 0.1, "batch_size": 5}
    return Task("notebook, 1-1-1, 5,000 epochs, float64", Program(network, settings, Data(x, y)), near)


def _classifier(
    name: str,
    x: Array,
    y: Array,
    hidden: list[int],
    *,
    batch: int,
    epochs: int,
    optimizer: Optimizer | None = None,
    dtype: str = "float32",
) -> Task:
    network: Network = widths(x.shape[1], hidden, 10, bp.ReLU(), bp.CrossEntropyLoss())
    chosen = optimizer or bp.Adam()
    settings = Settings(optimizer=chosen, epochs=epochs, batch_size=batch, dtype=dtype, init=bp.Torch(), seed=0)
    near: dict[str, Any] = {"hidden_layer_sizes": tuple(hidden), "batch_size": batch}
    if type(chosen).__name__ == "SGD":
        near |= {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": False, "learning_rate_init": 0.05}
    return Task(name, Program(network, settings, Data(x, y)), near)


def digits(optimizer: Optimizer, words: str, dtype: str) -> Task:
    """scikit-learn's digits, 64-32-10, batches of 32, 20 epochs."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    name = f"digits, 64-32-10, batch 32, 20 epochs, {words}, {dtype}"
    return _classifier(name, x / 16, y, [32], batch=32, epochs=20, optimizer=optimizer, dtype=dtype)


def large() -> Task:
    """As large as MNIST: 60,000 random rows of 784 numbers, 784-256-128-10, Adam, batches of 128, one epoch."""
    chance = np.random.default_rng(0)
    x = chance.random((60_000, 784), dtype=np.float32)
    y = chance.integers(0, 10, 60_000)
    name = "60,000 x 784, 256-128-10, batch 128, 1 epoch, Adam, float32"
    return _classifier(name, x, y, [256, 128], batch=128, epochs=1)


def thousand() -> Sweep:
    """The notebook's training from a thousand seeds."""
    return Sweep("1,000 notebook trainings, 5,000 epochs each, float64", notebook().program, range(1000))


TASKS = (
    notebook,
    lambda: digits(bp.SGD(0.05, momentum=0.9), "SGD with momentum", "float32"),
    lambda: digits(bp.Adam(), "Adam", "float32"),
    lambda: digits(bp.Adam(), "Adam", "float64"),
    large,
    thousand,
)
