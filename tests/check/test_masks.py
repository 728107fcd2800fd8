"""Sequences of different lengths, padded: what is not masked is another number in each batch."""

from pathlib import Path

from backproof.check import check

PROGRAM = """
import numpy as np
rng = np.random.default_rng(20)
words = ["".join(rng.choice(list("abcd"), rng.integers(1, 6))) for _ in range(40)]
E, W, b = rng.normal(0, 0.3, (5, 6)), rng.normal(0, 0.3, (6, 5)), np.zeros(5)
for epoch in range(20):
    total = count = 0
    for k in range(0, 40, 10):
        batch = words[k : k + 10]
        seq = np.zeros((10, 1 + max(map(len, batch))), dtype=int)
        for row, word in enumerate(batch):
            seq[row, : len(word)] = ["_abcd".index(c) for c in word]
        x, y = seq[:, :-1], seq[:, 1:]
        mask = (y != 0).astype(float)
        h = np.tanh(E[x])
        o = h @ W + b
        p = np.exp(o - o.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        picked = np.take_along_axis(p, y[:, :, None], -1)[:, :, 0]
        total -= (mask * np.log(picked)).sum()
        count += mask.sum()
        d = (p - np.eye(5)[y]) * mask[:, :, None] / mask.sum()
        back = d @ W.T * (1 - h ** 2)
        dE = np.zeros_like(E)
        np.add.at(dE, x, back)
        E -= 0.8 * np.clip(dE, -0.05, 0.05)
        W -= 0.8 * np.clip(np.einsum("btk,btj->kj", h, d), -0.05, 0.05)
        b -= 0.8 * np.clip(d.sum((0, 1)), -0.05, 0.05)
    print(epoch, np.exp(total / count))
"""


def test_a_mean_of_what_is_not_masked_is_right_though_it_is_clipped(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason
    path.write_text(PROGRAM.replace("* (1 - h ** 2)", "* (1 - h)"))
    assert check(path, repair=0).verdict == "wrong"
