"""The proof holds for right programs, whatever the network, and names the line that a mutation breaks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import backproof as bp
from backproof.errors import TrainingError
from backproof.network import Network
from backproof.ops.activations.sigmoid import Sigmoid
from backproof.ops.layers.layer_norm import LayerNorm
from backproof.ops.layers.linear import Linear
from backproof.ops.losses.mse_loss import MSELoss
from backproof.ops.op import Activation, Array, Loss, Op, Optimizer
from backproof.ops.optimizers.adam import Adam
from backproof.proof import Proof
from tests.ops.harness import variants

Notebook = tuple[Network, Array, Array]


@pytest.fixture(scope="module")
def long_proof() -> Proof:
    """The notebook's 5,000 epochs."""
    network = bp.Network([bp.Linear(1, 1), bp.Sigmoid(), bp.Linear(1, 1), bp.Sigmoid()], loss=bp.MSELoss())
    x, y = np.array([[-2.0], [-1.0], [0.0], [1.0], [2.0]]), np.array([[0.0], [0.0], [0.0], [1.0], [1.0]])
    return bp.prove(network, x, y, optimizer=bp.SGD(learning_rate=0.1), epochs=5000, seed=42)


def test_the_notebooks_proof_holds_and_its_runs_stay_together(long_proof: Proof) -> None:
    assert long_proof.holds
    for name, ours in long_proof.runs["numpy"].parameters.items():
        np.testing.assert_allclose(ours, long_proof.runs["torch"].parameters[name], rtol=1e-12, atol=0)
    assert long_proof.drift is not None
    assert long_proof.drift < 1e-12


def test_the_table_has_every_quantity_at_the_first_sampled_and_last_steps(long_proof: Proof) -> None:
    table = long_proof.table
    steps = set(table["step"])
    assert {0, 1, 2, 4999} <= steps
    assert len(steps) >= 6
    wanted = "z1 a1 z2 a2 loss d_a2 d_z2 d_w2 d_b2 d_a1 d_z1 d_w1 d_b1 w1 b1 w2 b2".split()
    for step in steps:
        assert set(wanted) <= set(table["quantity"][table["step"] == step])
    text = str(long_proof)
    assert "exact" in text
    assert "ulps" in text
    assert all(name in text for name in wanted)


def test_the_referee_looks_at_every_element_of_a_small_network(long_proof: Proof) -> None:
    assert long_proof.referee.checked == 2 * 4
    assert 0 < long_proof.referee.largest < 1e-6


@st.composite
def tasks(draw: st.DrawFn) -> tuple[Network, Array, Array, dict[str, Any]]:
    """Whole networks: depth, widths, activations, loss, optimizer, batches, dtype."""
    loss = draw(st.sampled_from(variants(Loss)))
    rows, width = draw(st.integers(4, 12)), draw(st.integers(1, 4))
    inputs = width
    ops: list[Op] = [draw(st.sampled_from(variants(Activation)))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(0, 3))):
        hidden = draw(st.integers(1, 5))
        ops.append(Linear(width, hidden, bias=draw(st.booleans())))
        extra = draw(st.sampled_from(["", "BatchNorm1d", "LayerNorm", "Dropout"]))
        if extra:
            ops.append(bp.Dropout(0.4) if extra == "Dropout" else getattr(bp, extra)(hidden))
        ops.append(draw(st.sampled_from(variants(Activation))))
        width = hidden
    outputs = draw(st.integers(1, 3))
    ops.append(Linear(width, outputs))
    if type(loss).__name__ == "BCELoss":
        ops.append(Sigmoid())
    chance = np.random.default_rng(draw(st.integers(0, 2**31)))
    x = chance.normal(size=(rows, inputs))
    y: Array = chance.random((rows, outputs))
    if type(loss).__name__ == "CrossEntropyLoss":
        y = chance.integers(0, outputs, rows)
    batch = draw(st.sampled_from([None, rows, rows - 2 if rows % (rows - 2) != 1 else rows]))
    return (
        Network(ops, loss),
        x,
        y,
        {
            "optimizer": draw(st.sampled_from(variants(Optimizer))),
            "batch_size": batch,
            "epochs": draw(st.integers(1, 6)),
            "seed": draw(st.integers(0, 1000)),
            "init": draw(st.sampled_from(["normal", "torch", "xavier", "he"])),
            "clip_norm": draw(st.sampled_from([None, 0.5])),
            "schedule": draw(st.sampled_from([None, bp.StepLR(2), bp.CosineAnnealingLR(3), bp.ExponentialLR(0.8)])),
            "dtype": draw(st.sampled_from(["float64", "float64", "float32"])),
        },
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(tasks())
def test_the_proof_holds_for_every_network(task: tuple[Network, Array, Array, dict[str, Any]]) -> None:
    network, x, y, training = task
    try:
        proof = bp.prove(network, x, y, **training)
    except TrainingError:
        # learning rates and momenta are drawn too, and some make the loss grow without end
        return
    assert proof.holds, str(proof)


def mutated(monkeypatch: pytest.MonkeyPatch, op: type[Any], name: str, function: Any) -> None:
    monkeypatch.setattr(op, name, staticmethod(function))


def test_a_wrong_sign_in_an_activation_is_named(monkeypatch: pytest.MonkeyPatch, notebook: Notebook) -> None:
    def backward(d_a: Array, a: Array) -> Array:
        d_z = d_a * a * (a - 1.0)
        return d_z

    mutated(monkeypatch, Sigmoid, "backward", backward)
    proof = bp.prove(*notebook, optimizer=bp.SGD(0.1), epochs=20, seed=42)
    assert not proof.holds
    assert proof.first_failure is not None
    failed, held = proof.first_failure
    assert failed.step.code == "d_z2 = d_a2 * a2 * (a2 - 1.0)"
    assert held is not None
    assert held.name == "d_a2"
    # only wrong lines are named: what follows from right lines on PyTorch's values is right
    assert {row.name for row in proof.rows if not row.holds} == {"d_z1", "d_z2"}
    assert proof.referee.failures
    assert "d_z2" in str(proof)


@pytest.mark.parametrize("factor", [1 + 1e-6, 1 - 1e-4, 2.0])
def test_a_small_wrong_factor_is_found(monkeypatch: pytest.MonkeyPatch, notebook: Notebook, factor: float) -> None:
    source = f"def backward(error):\n    d_prediction = {2 * factor!r} * error / error.size\n    return d_prediction\n"
    import linecache

    linecache.cache["mutant"] = (len(source), None, source.splitlines(keepends=True), "mutant")
    names: dict[str, Any] = {"__name__": __name__}
    exec(compile(source, "mutant", "exec"), names)
    mutated(monkeypatch, MSELoss, "backward", names["backward"])
    proof = bp.prove(*notebook, epochs=5, seed=42)
    assert proof.first_failure is not None
    assert proof.first_failure[0].name == "d_a2"


def test_a_weight_gradient_without_transpose_order_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def backward(d_z: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
        d_w = x.T @ d_z
        d_b = np.sum(d_z, axis=0)
        d_x = d_z @ w
        return d_x, d_w, d_b

    mutated(monkeypatch, Linear, "backward", backward)
    # a square weight hides the missing transpose from every shape
    network = Network([Linear(2, 2), bp.Tanh(), Linear(2, 2)], bp.MSELoss())
    x = np.random.default_rng(0).normal(size=(6, 2))
    proof = bp.prove(network, x, x**2, epochs=4)
    assert proof.first_failure is not None
    assert proof.first_failure[0].name == "d_a1"
    assert proof.referee.failures


def test_a_norm_that_ignores_the_mean_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def backward(d_normalized: Array, normalized: Array, inverse_deviation: Array) -> Array:
        through_variance = np.mean(d_normalized * normalized, axis=1, keepdims=True)
        d_x = inverse_deviation * (d_normalized - normalized * through_variance)
        return d_x

    mutated(monkeypatch, LayerNorm, "backward", backward)
    network = Network([Linear(2, 4), bp.LayerNorm(4), bp.Tanh(), Linear(4, 1)], bp.MSELoss())
    x = np.random.default_rng(0).normal(size=(6, 2))
    proof = bp.prove(network, x, x[:, :1], epochs=3)
    assert {row.name for row in proof.rows if not row.holds} == {"d_z1"}


def test_a_wrong_forward_line_inside_an_op_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def forward(x: Array, *, eps: float) -> Array:
        mean = np.mean(x, axis=1, keepdims=True)
        centered = x - mean
        variance = np.mean(centered * centered, axis=1, keepdims=True)
        inverse_deviation = 1.0 / (np.sqrt(variance) + eps)
        normalized = centered * inverse_deviation
        return normalized

    mutated(monkeypatch, LayerNorm, "forward", forward)
    network = Network([Linear(2, 4), bp.LayerNorm(4, eps=0.1), bp.Tanh(), Linear(4, 1)], bp.MSELoss())
    x = np.random.default_rng(0).normal(size=(6, 2))
    proof = bp.prove(network, x, x[:, :1], epochs=3)
    assert proof.first_failure is not None
    assert proof.first_failure[0].step.phase == "forward"


def test_an_epsilon_in_the_wrong_place_of_an_optimizer_is_named(
    monkeypatch: pytest.MonkeyPatch, notebook: Notebook
) -> None:
    def adapt(
        m: Array, w: Array, v: Array, t: int, *, learning_rate: float, beta1: float, beta2: float, eps: float
    ) -> Array:
        m_hat = m / (1.0 - beta1**t)
        v_hat = v / (1.0 - beta2**t)
        w = w - learning_rate * m_hat / np.sqrt(v_hat + eps)
        return w

    mutated(monkeypatch, Adam, "adapt", adapt)
    proof = bp.prove(*notebook, optimizer=bp.Adam(0.01), epochs=5, seed=42)
    assert proof.first_failure is not None
    assert proof.first_failure[0].name == "w1"
    # the gradients themselves are right
    assert not proof.referee.failures


def test_rounding_that_training_amplifies_is_no_difference() -> None:
    # steps far too long for a smooth landing: a chaotic training that drives the free runs apart
    chance = np.random.default_rng(1)
    x, y = chance.normal(size=(20, 3)), chance.normal(size=(20, 2))
    network = Network([Linear(3, 20), bp.Tanh(), Linear(20, 20), bp.Tanh(), Linear(20, 2)], bp.MSELoss())
    proof = bp.prove(network, x, y, optimizer=bp.SGD(0.2), epochs=400, seed=0)
    assert proof.holds, str(proof)
    assert proof.drift is not None
    assert proof.drift > 1e-9


def test_corners_prove_nothing_and_are_counted() -> None:
    # with zero biases, the row of zeros sits on ReLU's corner for every hidden neuron
    network = Network([Linear(2, 3), bp.ReLU(), Linear(3, 1)], bp.MSELoss())
    x, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([[0.0], [1.0], [1.0], [0.0]])
    proof = bp.prove(network, x, y, epochs=5, seed=1)
    assert proof.holds, str(proof)
    assert proof.referee.on_kinks > 0


@pytest.mark.parametrize("first", [bp.Dropout(0.2), bp.GELU(), bp.Softmax(), bp.SiLU(), bp.BatchNorm1d(3)], ids=str)
def test_networks_need_not_begin_with_a_linear_layer(first: Op) -> None:
    x = np.random.default_rng(0).normal(size=(8, 3))
    assert bp.prove(Network([first, Linear(3, 1)], bp.MSELoss()), x, x[:, :1], epochs=3).holds


@pytest.mark.parametrize("size", [1.0, 10.0, 100.0, 1000.0])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_saturated_probabilities_are_pytorchs_and_no_case_for_differences(size: float, dtype: str) -> None:
    chance = np.random.default_rng(0)
    x = chance.normal(size=(40, 4))
    y: Array = chance.integers(0, 2, (40, 1)).astype(float)
    weights = {"w1": size * chance.choice([-1.0, 1.0], (4, 1)), "b1": np.zeros(1)}
    network = Network([Linear(4, 1), Sigmoid()], bp.BCELoss())
    proof = bp.prove(network, x, y, init=weights, epochs=3, optimizer=bp.SGD(1e-4), dtype=dtype)
    assert proof.holds, str(proof)
    assert proof.referee.points == (2 if size == 1 else 0)
    assert ("cannot judge" in str(proof)) == (size > 1)
    trained = bp.prove(network, x, (x[:, :1] > 0) * 1.0, epochs=500, optimizer=bp.Adam(1.0), dtype=dtype)
    assert trained.holds, str(trained)


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("loss", [bp.BCEWithLogitsLoss(), bp.CrossEntropyLoss()], ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_confident_logits_lose_digits_and_stay_pytorchs(loss: Loss, dtype: str) -> None:
    chance = np.random.default_rng(95)
    classes = isinstance(loss, type(bp.CrossEntropyLoss()))
    for rows, size in ((1, 1000.0), (6, 20.0), (6, 1.0)):
        x = chance.normal(size=(rows, 2)) * size
        y: Array = (x[:, 0] > 0).astype(int) if classes else (x[:, :1] > 0).astype(float)
        network = Network([Linear(2, 2 if classes else 1)], loss)
        for optimizer in (bp.Adagrad(0.1), bp.SGD(1.0 / size)):
            proof = bp.prove(network, x, y, optimizer=optimizer, epochs=300, seed=95, dtype=dtype, clip_norm=1.0)
            assert proof.holds, str(proof)


def test_dead_gradients_are_no_proof_of_wrong() -> None:
    network = Network([Linear(1, 2), bp.BatchNorm1d(2), bp.Sigmoid(), Linear(2, 1)], bp.MSELoss())
    x = np.linspace(-1, 1, 8)[:, None]
    # the bias before a normalisation has a gradient of zero, and rounding noise in its place
    for dtype in ("float64", "float32"):
        proof = bp.prove(network, x, x**2, epochs=30, optimizer=bp.Adam(0.05), dtype=dtype)
        assert proof.holds, str(proof)
