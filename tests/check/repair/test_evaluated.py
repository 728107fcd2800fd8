"""What a text gives where its names have other values."""

import numpy as np
import pytest
import torch

from backproof.check.repair.chain_rule import Known
from backproof.check.repair.evaluated import Evaluation

RNG = np.random.default_rng(2)
A, B, W = (torch.tensor(RNG.normal(size=shape)) for shape in ((4, 3), (4, 3), (3, 2)))
KNOWN = [
    Known("a", (A, 2 * A)),
    Known("self.b", (B, -B)),
    Known("cache['W']", (W, W + 1)),
    Known("(np.exp(a))", (torch.exp(A), torch.exp(2 * A))),
]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a * (1 - self.b ** 2)", "a * (1 - b ** 2)"),
        ("np.dot(a, cache['W'])", "a @ W"),
        ("(a @ cache['W']).T / len(a)", "(a @ W).T / 4"),
        ("self.b.sum(axis=0, keepdims=True) / a.shape[0]", "b.sum(0, keepdims=True) / 4"),
        ("np.exp(a) * rate", "np.exp(a) * 0.5"),
        ("np.where(a > 0, 1, 0.1)", "(a > 0) + 0.1 * (a <= 0)"),
    ],
)
def test_an_expression_of_arrays_is_computed(text: str, same: str) -> None:
    made = Evaluation(KNOWN, {"rate": 0.5}).of(text)
    assert len(made) == 2
    for value, a, b, w in zip(made, *(one.values for one in KNOWN[:3]), strict=True):
        np.testing.assert_allclose(
            value.numpy(), eval(same, {"np": np, "a": a.numpy(), "b": b.numpy(), "W": w.numpy()})
        )


@pytest.mark.parametrize(
    "text",
    [
        "a @ a",  # does not fit
        "c * a",  # is not known
        "a *",  # is no expression
        "f(a)",
        "__import__('os').getcwd()",
        "open('x')",
        "a.tofile('x')",
        "np.save('x', a)",
        "np.load.__globals__",
        "(lambda: a)()",
        "[x for x in a]",
        "a * 9 ** 9 ** 9",  # what would never end, or fill the memory
        "len(a) ** len(a)",
        "a ** 1000",
        "a * len('x' * 10 ** 12)",
        "np.sum((1,) * 10 ** 12)",
        "a * (1 << 10 ** 12)",
    ],
)
def test_what_is_none_gives_nothing(text: str) -> None:
    assert Evaluation(KNOWN).of(text) == ()


def test_a_column_and_a_row_are_not_too_long_for_each_other() -> None:
    column, row = torch.ones(8000, 1, dtype=torch.float64), torch.ones(1, 8000, dtype=torch.float64)
    assert Evaluation([Known("c", (column,)), Known("r", (row,))]).of("c * r") == ()
    assert Evaluation([Known("c", (column[:50],)), Known("r", (row[:, :50],))]).of("c * r")[0].shape == (50, 50)
    wide = torch.ones(100, 100, dtype=torch.float64)
    assert Evaluation([Known("w", (wide,))]).of("np.outer(w, w)") == ()
    assert Evaluation([Known("w", (wide,))]).of("np.dot(w, w)")[0].shape == (100, 100)
