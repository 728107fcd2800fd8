"""The registry finds every op, reads descriptions, and holds ops to the rules of straight-line functions."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

import backproof as bp
from backproof.errors import DescriptionError
from backproof.ops.op import Activation, Array, Described, Initializer, Layer, Loss, Op, Optimizer, Schedule
from backproof.ops.registry import all_of, parse
from backproof.program.derivation import Derivation
from backproof.program.formula import read
from tests.ops.harness import variants

EVERYTHING = [thing for kind in (Layer, Activation, Loss, Optimizer, Schedule, Initializer) for thing in variants(kind)]


def test_the_ops_of_the_description_are_there() -> None:
    wanted = "Linear Dropout LayerNorm BatchNorm1d Sigmoid Tanh ReLU LeakyReLU ELU GELU SiLU Softplus Softmax"
    wanted += " MSELoss HalfSquaredError L1Loss HuberLoss BCELoss BCEWithLogitsLoss CrossEntropyLoss"
    wanted += " SGD Adam AdamW RMSprop Adagrad StepLR CosineAnnealingLR ExponentialLR Normal Torch Xavier He"
    assert set(wanted.split()) <= set(all_of(Described))
    assert set(wanted.split()) <= set(dir(bp))


@pytest.mark.parametrize("thing", EVERYTHING, ids=str)
def test_a_description_reads_back_as_the_same_thing(thing: Described) -> None:
    assert parse(str(thing), Described) == thing


@pytest.mark.parametrize("thing", EVERYTHING, ids=str)
def test_the_docstring_says_what_it_is(thing: Described) -> None:
    words = type(thing).__doc__ or ""
    assert len(words) > 40
    if isinstance(thing, Op):
        assert "Shapes:" in words
        assert "Source:" in words


@pytest.mark.parametrize("thing", [thing for thing in EVERYTHING if isinstance(thing, Op)], ids=str)
def test_every_line_of_an_op_has_a_sentence(thing: Op) -> None:
    formulas = (*thing.forward_formulas(), *thing.backward_formulas(), *thing.evaluation_formulas())
    lines = [line for formula in formulas for line in read(formula).lines]
    assert lines or not formulas
    for line in lines:
        assert len(line.sentence) > 10, line.code
        assert not line.sentence.endswith(".")


@pytest.mark.parametrize("thing", [thing for thing in EVERYTHING if isinstance(thing, Optimizer)], ids=str)
def test_every_line_of_an_optimizer_has_a_sentence(thing: Optimizer) -> None:
    for formula in (*thing.formulas(), *thing.step_formulas()):
        assert all(len(line.sentence) > 10 for line in read(formula).lines)


def test_no_name_of_an_op_is_a_constant_of_an_optimizer() -> None:
    ops = [*variants(Layer), *variants(Activation)]
    constants = {name for optimizer in variants(Optimizer) for name in optimizer.constants()} | {"clip_norm"}
    for op, loss in itertools.product(ops, variants(Loss)):
        network = bp.Network([bp.Linear(3, 3), op, bp.Linear(op.outputs(3), 2), bp.Sigmoid()], loss)
        for optimizer in (bp.Adam(), bp.SGD(momentum=0.9, dampening=0.1)):
            derived = Derivation(network, optimizer, bp.StepLR(3), clip_norm=1.0)
            made = {step.name for step in derived.steps} | {tensor.name for tensor in derived.tensors}
            assert not made & constants
            # every name is made by a step, or is data, a parameter, a state or a constant
            known = {"x", "y", "np", "epoch", "generator", "t", "float", "len", "erf", *constants}
            known |= {tensor.name for tensor in derived.tensors} | {state.name for state in derived.states}
            for step in derived.steps:
                assert set(step.reads) <= known, step.code
                known.add(step.name)


@pytest.mark.parametrize(
    ("words", "kind", "message"),
    [
        ("Adam(betas='ab')", Optimizer, "betas must be two numbers"),
        ("Sigmoyd", Op, "Did you mean Sigmoid"),
        ("zzz", Loss, "There are: "),
        ("Linear(4)", Op, "missing"),
        ("Linear(4, __import__('os').getpid())", Op, "plain numbers"),
        ("SGD(momentun=0.9)", Optimizer, "Did you mean momentum"),
        ("os.system('true')", Op, "write a name"),
        ("SGD(", Optimizer, "is not a"),
        ("Dropout(2)", Op, "at most 1"),
        ("Adam(betas=0.9)", Optimizer, "betas"),
        ("Linear(0, 1)", Op, "at least 1"),
        ("Linear(2.5, 1)", Op, "whole number"),
        ("SGD(nesterov=True)", Optimizer, "Nesterov needs"),
    ],
)
def test_descriptions_that_cannot_be_are_refused(words: str, kind: type[Described], message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        parse(words, kind)


def test_an_op_that_is_not_straight_line_is_refused() -> None:
    def branches(z: float) -> float:
        if z > 0:
            z = 0
        return z

    def writes_in_place(z: Array) -> Array:
        z[0] = 1
        return z

    def returns_an_expression(z: float) -> float:
        a = z
        return a + 1

    for function in (branches, writes_in_place, returns_an_expression):
        with pytest.raises(DescriptionError, match=function.__name__):
            read(function)


def test_an_op_of_ones_own_takes_part_without_being_registered() -> None:
    @dataclasses.dataclass(frozen=True)
    class Cube(Activation):
        """Cubes every number."""

        @staticmethod
        def forward(z: Array) -> Array:
            # three times itself
            a = z * z * z
            return a

        @staticmethod
        def backward(d_a: Array, z: Array) -> Array:
            # the derivative of a cube
            d_z = d_a * 3.0 * z * z
            return d_z

    network = bp.Network([bp.Linear(1, 2), Cube(), bp.Linear(2, 1)], bp.MSELoss())
    run = bp.train(network, np.array([[0.5], [-0.5]]), np.array([[1.0], [0.0]]), epochs=3)
    assert "a1 = z1 * z1 * z1" in run.program.source
    assert run.losses[-1] < run.losses[0]
