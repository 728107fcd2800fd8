"""A penalty that is told now and then, and weights that decay by its gradient or by another share."""

from pathlib import Path

from backproof.check import check

PROGRAM = """
import numpy as np
rng = np.random.default_rng(4)
X = rng.normal(size=(60, 2))
y = (X[:, 0] * X[:, 1] > 0).astype(int)
reg, epsilon = 0.01, 0.3
def calculate_loss(model):
    a1 = np.tanh(X @ model["W1"] + model["b1"])
    scores = np.exp(a1 @ model["W2"] + model["b2"])
    probs = scores / scores.sum(axis=1, keepdims=True)
    data_loss = -np.log(probs[range(60), y]).mean()
    data_loss += reg / 2 * (np.sum(np.square(model["W1"])) + np.sum(np.square(model["W2"])))
    return data_loss
W1, b1 = rng.normal(size=(2, 6)), np.zeros((1, 6))
W2, b2 = rng.normal(size=(6, 2)) / 3, np.zeros((1, 2))
for i in range(1000):
    a1 = np.tanh(X @ W1 + b1)
    scores = np.exp(a1 @ W2 + b2)
    delta3 = scores / scores.sum(axis=1, keepdims=True)
    delta3[range(60), y] -= 1
    delta3 /= 60
    dW2, db2 = a1.T @ delta3, delta3.sum(axis=0, keepdims=True)
    delta2 = delta3 @ W2.T * (1 - a1 ** 2)
    dW1, db1 = X.T @ delta2, delta2.sum(axis=0)
    dW2 += reg * W2
    dW1 += reg * W1
    W1 += -epsilon * dW1
    b1 += -epsilon * db1
    W2 += -epsilon * dW2
    b2 += -epsilon * db2
    model = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
    if i % 200 == 0:
        print(i, calculate_loss(model))
"""
RIGHT, WRONG = "    dW1 += reg * W1", "    dW1 += reg / 60 * W1"


def test_it_is_the_told_loss_that_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    report = check(path, repair=0)
    assert (report.verdict, report.factor) == ("right", 1.0)


def test_another_share_is_found_and_mended_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    text = PROGRAM.replace(RIGHT, WRONG)
    path.write_text(text)
    report = check(path, repair=10)
    assert report.verdict == "wrong"
    assert text.splitlines()[report.findings[0].line - 1] == WRONG
    assert report.fixes[0].proved
    assert f"+{RIGHT}" in report.fixes[0].diff.splitlines()
