"""Every optimizer, schedule and the clipping against torch.optim, step by step."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn, optim

import backproof as bp
from backproof.ops.op import Optimizer, Schedule
from backproof.program.derivation import Derivation
from tests.ops.harness import variants

NETWORK = bp.Network([bp.Linear(3, 2)], bp.MSELoss())


def torch_optimizer(optimizer: Optimizer, parameters: list[torch.Tensor]) -> optim.Optimizer:
    arguments = optimizer.torch().split("(", 1)[1].removesuffix(")")
    rate = "" if "lr=" in arguments else f"lr={optimizer.settings()['learning_rate']}, "
    made: optim.Optimizer = eval(
        f"optim.{type(optimizer).__name__}(parameters, {rate}{arguments})", {"optim": optim, "parameters": parameters}
    )
    return made


@pytest.mark.parametrize("optimizer", variants(Optimizer), ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_twelve_steps_are_pytorchs(optimizer: Optimizer, dtype: str) -> None:
    chance = np.random.default_rng(2)
    derived = Derivation(NETWORK, optimizer)
    names: dict[str, Any] = {"np": np, "t": 0, **derived.constants}
    theirs = {}
    for tensor in derived.trained:
        names[tensor.name] = chance.normal(size=tensor.parameter.shape).astype(dtype)
        theirs[tensor.name] = torch.from_numpy(names[tensor.name].copy()).requires_grad_()
    for state in derived.states:
        names[state.name] = np.full_like(names[state.tensor.name], state.initial)
    reference = torch_optimizer(optimizer, list(theirs.values()))
    for _ in range(12):
        for tensor in derived.trained:
            gradient = chance.normal(size=tensor.parameter.shape).astype(dtype)
            names[f"d_{tensor.name}"] = gradient
            theirs[tensor.name].grad = torch.from_numpy(gradient.copy())
        for step in derived.update:
            exec(step.code, names)
        reference.step()
        for name, value in theirs.items():
            assert names[name].dtype == dtype
            tolerance = 1e-12 if dtype == "float64" else 2e-5
            np.testing.assert_allclose(names[name], value.detach().numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("schedule", variants(Schedule, 4), ids=str)
def test_learning_rates_of_forty_epochs_are_pytorchs(schedule: Schedule) -> None:
    derived = Derivation(NETWORK, bp.SGD(learning_rate=0.3), schedule)
    rate_steps = [step for step in derived.update if step.op == str(schedule)]
    optimizer = optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.3)
    reference = eval(schedule.torch(), {"optim": optim, "optimizer": optimizer})
    for epoch in range(40):
        names: dict[str, Any] = {"np": np, "learning_rate": 0.3, "epoch": epoch}
        for step in rate_steps:
            exec(step.code, names)
        assert names["rate"] == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12, abs=1e-16)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reference.step()


@pytest.mark.parametrize("size", [0.01, 1.0, 50.0])
def test_clipping_is_pytorchs(size: float) -> None:
    chance = np.random.default_rng(4)
    derived = Derivation(NETWORK, bp.SGD(), clip_norm=1.5)
    names: dict[str, Any] = {"np": np, **derived.constants}
    theirs = []
    for tensor in derived.trained:
        names[tensor.name] = np.zeros(tensor.parameter.shape)
        names[f"d_{tensor.name}"] = size * chance.normal(size=tensor.parameter.shape)
        held = nn.Parameter(torch.zeros(tensor.parameter.shape, dtype=torch.float64))
        held.grad = torch.from_numpy(names[f"d_{tensor.name}"].copy())
        theirs.append(held)
    for step in derived.update:
        exec(step.code, names)
    nn.utils.clip_grad_norm_(theirs, max_norm=1.5)
    for tensor, held in zip(derived.trained, theirs, strict=True):
        assert held.grad is not None
        np.testing.assert_allclose(names[f"clipped_{tensor.name}"], held.grad.numpy(), rtol=1e-12)
