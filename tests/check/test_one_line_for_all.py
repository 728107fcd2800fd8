"""A bag of arrays with arithmetic: one line adds for the parameters, the momentum and the mean of the weights."""

from pathlib import Path

from backproof.check import check

PROGRAM = """
import numpy as np
rng = np.random.default_rng(3)
class P:
    def __init__(self, **kw): self.__dict__.update(kw)
    def __mul__(self, a): return P(**{k: a * v for k, v in vars(self).items()})
    __rmul__ = __mul__
    def __add__(self, o): return P(**{k: v + vars(o)[k] for k, v in vars(self).items()})
    def __sub__(self, o): return self + (-1) * o
x = rng.normal(size=(40, 2)); y = x[:, :1] * x[:, 1:]
p = P(w=rng.normal(size=(2, 5)), b=np.zeros(5), v=rng.normal(size=(5, 1)))
avg, mom = 1.0 * p, 0.0 * p
for i in range(200):
    h = np.tanh(x @ p.w + p.b)
    e = h @ p.v - y
    d = 2 * e / len(x)
    back = d @ p.v.T * (1 - h ** 2)
    mom = 0.9 * mom + P(w=x.T @ back, b=back.sum(0), v=h.T @ d)
    p = p - 0.05 * mom
    avg = 0.995 * avg + 0.005 * p
    if i % 50 == 0: print(i, (e ** 2).mean())
"""


def test_it_is_known_what_is_trained(tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(PROGRAM)
    report = check(path, repair=0)
    assert (report.verdict, report.parameters) == ("right", 3), report.reason
    path.write_text(PROGRAM.replace("(1 - h ** 2)", "(1 - h)"))
    assert check(path, repair=0).verdict == "wrong"
