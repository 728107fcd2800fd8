"""What is looked up gives what was asked for."""

import numpy as np
import pytest
import torch

from backproof.check.repair.derived import Term
from backproof.check.repair.library import Library, sampled

RNG = np.random.default_rng(3)
VALUES = {
    "z": RNG.normal(size=(6, 4)),
    "a": RNG.uniform(size=(6, 4)),
    "w": RNG.normal(size=(4, 5)),
    "e": RNG.normal(size=(6, 5)),
    "b": RNG.normal(size=4),
    "q": RNG.normal(size=(2, 3, 4)),
    "k": RNG.normal(size=(2, 5, 4)),
}


@pytest.mark.parametrize(
    "asked",
    [
        "3 * a * (1 - a)",
        "1 - np.tanh(z) ** 2",
        "np.sign(z)",
        "a + 0 * z + 1",
        "z.mean(axis=0) + 0 * z",
        "z.sum(axis=-1, keepdims=True) + 0 * z",
        "b ** 2 + 0 * z",
        "z * a",
        "-2 * e @ w.T",
        "(z * a).sum(axis=0)",
        "q @ k.transpose(0, 2, 1)",
        "q @ w",
    ],
)
def test_what_is_asked_for_is_found_up_to_a_factor(asked: str) -> None:
    library = Library([Term(text, torch.from_numpy(value)) for text, value in VALUES.items()])
    wanted = eval(asked, {"np": np, **VALUES})
    found = [
        (text, factor)
        for made in (library.forms(wanted.shape), library.products(wanted.shape))
        for text, factor in made.found(sampled(wanted, wanted.shape))
    ]
    assert found
    for text, factor in found:
        assert np.allclose(factor * eval(text, {"np": np, **VALUES}) + 0 * wanted, wanted), text


def test_where_it_makes_no_difference_anything_is_found() -> None:
    library = Library([Term("z", torch.from_numpy(VALUES["z"]))])
    wanted = np.where(VALUES["z"] > 0, VALUES["z"], np.nan)
    texts = {text for text, _ in library.forms(wanted.shape).found(sampled(wanted, wanted.shape))}
    assert {"z", "np.abs(z)"} <= texts
    assert "z ** 2" not in texts
