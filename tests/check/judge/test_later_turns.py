"""Looks at later turns of a loop: what was not seen from its beginning accuses nobody."""

from dataclasses import replace
from pathlib import Path

from backproof.check import check
from backproof.check.cut.turns import trainings_of
from backproof.check.report import Verdict
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source

LIMITS = Limits(patience=0.2)
LINE = """import numpy as np

x = np.random.default_rng(0).normal(size=(9, 3))
w = np.ones(3)
for step in range(9):
    w = w - 0.1 * x.T @ (x @ w - 1)
"""
# of both tables one is moved at each word, and the other after some
WORDS = """import numpy as np

# skip-gram with negative sampling
np.random.seed(1)
text = "we are what we repeatedly do excellence then is not an act but a habit we do what we are".split()
words = sorted(set(text))
ids = [words.index(t) for t in text]
V, D = len(words), 10
W_in = (np.random.rand(V, D) - 0.5) / D
W_out = np.random.randn(V, D) * 0.1
alpha = 0.1

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

for epoch in range(10):
    loss = 0
    for pos, center in enumerate(ids):
        for off in (-2, -1, 1, 2):
            if not 0 <= pos + off < len(ids):
                continue
            ctx = ids[pos + off]
            others = [w for w in range(V) if w != ctx]
            negs = np.random.choice(others, 3, replace=False)
            h = W_in[center]
            neu1e = np.zeros(D)
            for word, label in [(ctx, 1)] + [(w, 0) for w in negs]:
                p = sigmoid(np.dot(W_out[word], h))
                loss -= np.log(p) if label == 1 else np.log(1 - p)
                g = p - label
                neu1e += g * W_out[word]
                W_out[word] -= alpha * g * h
            W_in[center] -= alpha * neu1e
    print(epoch, loss)
"""


def test_a_look_that_begins_between_two_tables_moves(tmp_path: Path) -> None:
    file = tmp_path / "network.py"
    file.write_text(WORDS)
    assert check(file, repair=0).verdict is Verdict.RIGHT


def test_a_step_that_was_not_seen_from_its_beginning_is_none(tmp_path: Path, sandbox: Sandbox) -> None:
    """A later turn may be the second sample of a batch."""
    file = tmp_path / "network.py"
    file.write_text(LINE)
    (trace,) = sandbox.run(read_source(file)).stretches
    (whole,), (late,) = trainings_of(trace), trainings_of(replace(trace, late=True))
    assert late.steps == whole.steps[1:]
