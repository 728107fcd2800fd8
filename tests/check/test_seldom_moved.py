"""Programs that move a few of their parameters at each step: those of the words, or the user, of one sample."""

from pathlib import Path

import pytest

from backproof.check import check

WORDS = """
import numpy as np
rng = np.random.default_rng(31)
class Word:
    def __init__(self):
        self.center, self.context = rng.normal(0, 0.3, 4), rng.normal(0, 0.3, 4)
words = [Word() for _ in range(12)]
def learn(center, context):
    others = [words[i] for i in rng.choice(12, 3, replace=False)]
    examples = [(context, 1.0)] + [(w, 0.0) for w in others if w not in (center, context)]
    loss, old, change = 0.0, center.center, np.zeros(4)
    for word, target in examples:
        p = 1 / (1 + np.exp(-(word.context @ old)))
        loss -= np.log(p if target else 1 - p)
        error = p - target
        change += error * word.context
        word.context = word.context - 0.08 * error * old
    center.center = old - 0.08 * change
    return loss
mean = 2.0
for epoch in range(6):
    for i in rng.permutation(12):
        for j in (i - 1, i + 1):
            mean = 0.99 * mean + 0.01 * learn(words[i], words[j % 12])
    print(epoch, mean)
"""

RATINGS = """
import random
draw = random.Random(99)
P = [[draw.uniform(-0.3, 0.3) for _ in range(2)] for _ in range(12)]
Q = [[draw.uniform(-0.3, 0.3) for _ in range(2)] for _ in range(10)]
of_user, of_item, mean = [0.0] * 12, [0.0] * 10, [0.0]
ratings = [(u, i, draw.uniform(1, 5)) for u in range(12) for i in range(10)]
def predict(u, i):
    s = mean[0] + of_user[u] + of_item[i]
    for f in range(2):
        s += P[u][f] * Q[i][f]
    return s
for epoch in range(20):
    draw.shuffle(ratings)
    total = 0.0
    for u, i, r in ratings:
        e = r - predict(u, i)
        total += 0.5 * e * e
        mean[0] += 0.03 * e
        of_user[u] += 0.03 * e
        of_item[i] += 0.03 * e
        for f in range(2):
            old = P[u][f]
            P[u][f] += 0.03 * e * Q[i][f]
            Q[i][f] += 0.03 * e * old
    print(epoch, total / len(ratings))
"""

CHANGES = {
    "words": (WORDS, "change += error * word.context", "change += error * old"),
    "ratings": (RATINGS, "P[u][f] += 0.03 * e * Q[i][f]", "P[u][f] += 0.03 * e * old"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_it_is_called_right_and_with_a_mistake_wrong(name: str, tmp_path: Path) -> None:
    text, right, wrong = CHANGES[name]
    path = tmp_path / "network.py"
    path.write_text(text)
    report = check(path, repair=0)
    assert report.verdict == "right", report.reason
    path.write_text(text.replace(right, wrong))
    assert check(path, repair=0).verdict == "wrong"
