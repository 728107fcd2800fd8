"""A function that is called a sigmoid, and is one, is not what is wrong."""

from pathlib import Path

import pytest

from backproof.check.judge.judge import judge
from backproof.check.locate.apt_activations import lines_of_activations
from backproof.check.locate.following import Following
from backproof.check.replay.values import Reading
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source

LIMITS = Limits(patience=0.2)
TEXT = """import numpy as np

rng = np.random.default_rng(0)
x, y = rng.normal(size=(6, 3)), np.eye(6)[:, :2]
w = rng.normal(size=(3, 2))
NAMED


for step in range(5):
    p = NAME(x @ w)
    print(np.sum((p - y) ** 2))
    w = w - 0.1 * x.T @ (y - p)
"""
FORMS = {
    "sigmoid": "1 / (1 + np.exp(-z))",
    "my_softmax": "np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)",
    "ReLU": "z * (z > 0)",
    "tanh": "(np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))",
}


def _lines(name: str, form: str, folder: Path, sandbox: Sandbox, *, other: bool = False) -> set[int]:
    file = folder / "network.py"
    file.write_text(TEXT.replace("NAMED", f"def {name}(z):\n    return {form}").replace("NAME", name))
    source = read_source(file)
    recording = sandbox.run(source)
    following = Following(judge(recording.trainings[0]))
    found = lines_of_activations(following, Reading({"network.py": source.text}, recording.sites))
    assert not found.apt & found.other
    return {line for _, line in (found.other if other else found.apt)}


@pytest.mark.parametrize("name", FORMS)
def test_what_gives_what_its_name_says(name: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert _lines(name, FORMS[name], tmp_path, sandbox) == {7}


@pytest.mark.parametrize("name", FORMS)
def test_what_is_called_something_else_or_gives_something_else(name: str, tmp_path: Path, sandbox: Sandbox) -> None:
    assert _lines("squash", FORMS[name], tmp_path, sandbox) == set()
    assert _lines(name, FORMS[name].replace("z", "(-z)"), tmp_path, sandbox) == set()


@pytest.mark.parametrize("name", FORMS)
def test_what_gives_something_else_than_its_name_says(name: str, tmp_path: Path, sandbox: Sandbox) -> None:
    mirrored = FORMS[name].replace("z", "(-z)")
    assert _lines(name, mirrored, tmp_path, sandbox, other=True) == {7}
    assert _lines(name, FORMS[name], tmp_path, sandbox, other=True) == set()
    assert _lines(f"{name}_grad", mirrored, tmp_path, sandbox, other=True) == set(), "a slope is something else"
