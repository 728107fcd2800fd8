"""Texts are weighed by what they keep of a line."""

import pytest
import torch

from backproof.check.repair.chain_rule import Known, as_factor, negated, slopes, turned
from backproof.check.repair.evaluated import Evaluation
from backproof.check.repair.likeness import has_idle_factor, likeness


def test_what_keeps_more_of_a_line_is_more_like_it() -> None:
    own = "np.dot(W2, delta2) * tanh_slope(h)"
    texts = ["np.dot(W2, delta2) * (1 - h ** 2)", "np.dot(W2, delta2)", "W2.dot(delta2) * h * (1 - h)", "t - o"]
    assert sorted(texts, key=lambda text: likeness(own, text), reverse=True) == texts


def test_the_order_of_the_factors_does_not_matter() -> None:
    own = "slope(z) * (t - o)"
    assert likeness(own, "(t - o) * o * (1 - o)") > likeness(own, "(o - t) * o * (1 - o)")


def test_a_factor_that_is_one_everywhere_is_idle() -> None:
    h = torch.tensor([0.5, 2.0])
    evaluation = Evaluation([Known("d", (torch.tensor([1.0, -3.0]),)), Known("h", (h,))])
    assert has_idle_factor("d * (h > 0)", evaluation)
    assert has_idle_factor("(h > 0) * d", evaluation)
    assert not has_idle_factor("d * (h > 1)", evaluation)
    assert not has_idle_factor("d", evaluation)


@pytest.mark.parametrize(
    ("text", "turned_round"),
    [
        ("2 * (y - p) / n", "2 * (p - y) / n"),
        ("out - y", "y - out"),
        ("np.dot(d, W.T)", "-np.dot(d, W.T)"),
        ("-error", "error"),
        ("(a - b) * (c - d)", "-(a - b) * (c - d)"),
        ("a + b", "-(a + b)"),
    ],
)
def test_a_text_times_minus_one(text: str, turned_round: str) -> None:
    assert negated(text) == turned_round
    known = {name: float(number) for number, name in enumerate(["y", "p", "n", "out", "error", "a", "b", "c", "d"], 2)}
    if "dot" not in text:
        assert eval(negated(text), known) == -eval(text, known)


def test_slopes_are_those_of_autograd() -> None:
    z = torch.linspace(-2, 2, 7, dtype=torch.float64, requires_grad=True)
    for value, form in ((torch.sigmoid(z), "a * (1 - a)"), (torch.tanh(z), "(1 - a ** 2)")):
        (true,) = torch.autograd.grad(value.sum(), z)
        found = {one.text: one.values[0] for one in slopes([Known("a", (value.detach(),))])}
        torch.testing.assert_close(found[form], true)
    (true,) = torch.autograd.grad(torch.sigmoid(z).sum(), z)
    found = {one.text: one.values[0] for one in slopes([Known("z", (z.detach(),))])}
    torch.testing.assert_close(found["np.exp(-z) / (1 + np.exp(-z)) ** 2"], true)


def test_texts_are_put_together_as_python_reads_them() -> None:
    assert as_factor("a - b") == "(a - b)"
    assert as_factor("(a - b)") == "(a - b)"
    assert turned(Known("a + b", (torch.ones(2, 3),))).text == "(a + b).T"
    assert turned(Known("W.T", (torch.ones(2, 3),))).text == "W"
