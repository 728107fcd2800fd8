"""Every line of both programs has its sentence, whatever the network and the settings."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import backproof as bp
from backproof.lesson.scaffold import NUMPY, TORCH, explain_line, explain_lines, sentences
from backproof.ops.op import Initializer, Optimizer
from backproof.ops.registry import all_of
from backproof.program.program import Program
from backproof.settings import Data, Settings
from tests.ops.harness import variants

OPTIMIZERS = [[one for one in variants(Optimizer) if type(one) is made][-1] for made in all_of(Optimizer).values()]
OTHERS: list[dict[str, Any]] = [
    {},
    {"batch_size": 8, "patience": 3, "schedule": bp.StepLR(3), "clip_norm": 1.0},
    {"dtype": "float32", "min_delta": 0.1, "patience": 3},
]


def _programs(optimizer: Optimizer) -> Iterator[Program]:
    chance = np.random.default_rng(0)
    layers = (bp.Sigmoid(), bp.Dropout(0.2), bp.GELU(), bp.BatchNorm1d(4), bp.LayerNorm(4))
    initializers = [made() for made in all_of(Initializer).values()]
    for rows, settings, layer, validated in itertools.product((16, 160), OTHERS, layers, (True, False)):
        x, y = chance.normal(size=(rows, 3)), chance.random((rows, 2))
        network = bp.Network([bp.Linear(3, 4), layer, bp.Linear(4, 2)], loss=bp.MSELoss())
        init = initializers[rows % len(initializers)]
        data = Data(x, y, x[:4], y[:4], x[:2]) if validated else Data(x, y, x_new=x[:2])
        yield Program(network, Settings(optimizer=optimizer, init=init, **settings), data)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_every_line_is_explained(optimizer: Optimizer) -> None:
    for program in _programs(optimizer):
        derived = program.derivation
        evaluation, output = derived.evaluation
        steps = [*program.steps, *evaluation, *derived.loss_steps(output)]
        assert isinstance(program.settings.init, Initializer)
        known = sentences((*steps, *derived.initial(program.settings.init)))
        for outline, own in ((program.numpy_outline, NUMPY), (program.torch_outline, TORCH)):
            explained = explain_lines(outline.lines, own, known)
            assert len(explained) > 15
            unknown = [code for code, sentence in explained if "not PyTorch's own" in sentence]
            assert not unknown


def test_a_line_of_the_readers_own_module_stands_by_itself() -> None:
    with pytest.raises(KeyError):
        explain_line("    frobnicate(x)", TORCH)
    ((code, sentence),) = explain_lines(["    frobnicate(x)"], TORCH)
    assert code == "frobnicate(x)"
    assert "not PyTorch's own" in sentence


def test_a_long_line_is_read_at_once() -> None:
    """A pattern that tries every way to split a line of many names would never end."""
    line = ", ".join(f"running_mean{number}" for number in range(60)) + " = (array for array in names)"
    started = time.perf_counter()
    explain_lines([line], NUMPY)
    assert time.perf_counter() - started < 1.0


def test_an_array_over_several_lines_is_shown_as_one() -> None:
    lines = ["x = np.array([", "    [1.0, 2.0],", "    [3.0, 4.0],", "])", "epochs = 3"]
    assert [code for code, _ in explain_lines(lines, NUMPY)] == ["x = np.array([ … ]", "epochs = 3"]
