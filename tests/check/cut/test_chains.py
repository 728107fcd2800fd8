"""A chain of very many updates, as an endless loop makes one, takes a time that is in proportion to them."""

import time

from backproof.check.cut.chains import chains_of
from tests.check.recorded import Run


def test_a_value_that_is_counted_up_without_end_is_read_in_time() -> None:
    seconds = []
    for turns in (4_000, 32_000):
        loop = f"for _ in range({turns}):\n    x = x + 1\n    y = x * x\n"
        trace = Run("import numpy as np\nx = np.ones(3)\n" + loop).trace
        readers, took = trace.readers, []
        for _ in range(3):
            begun = time.perf_counter()
            (chain,) = chains_of(trace, readers)
            took.append(time.perf_counter() - begun)
        seconds.append(min(took))
        assert len(chain.updates) == turns
    assert seconds[1] < 24 * seconds[0], "eight times as many take eight times as long, and not sixty-four"


def updates_of(text: str) -> list[int]:
    trace = Run("import numpy as np\nx = np.ones(3)\n" + text).trace
    return sorted(len(chain.updates) for chain in chains_of(trace, trace.readers))


def test_two_lines_that_move_what_was_read_move_one_value() -> None:
    turns = "    for j in range(2):\n        x[j] -= 0.2 * np.tanh(x).sum()\n"
    loop = "for i in range(4):\n    x[i % 3] -= 0.1 * np.tanh(x).sum()\n" + turns
    assert updates_of(loop) == [12]


def test_a_line_that_adds_a_share_of_a_value_to_its_gradient_moves_another_one() -> None:
    loop = "for i in range(6):\n    g = np.tanh(x)\n    g += 0.1 * x\n    x += -0.1 * g\n"
    assert updates_of(loop) == [6]


def test_a_line_that_adds_in_both_passes_moves_what_it_moves_at_the_later_steps_from_the_first_one_on() -> None:
    text = """
import numpy as np
def add(a, b):
    return a + b
rng = np.random.default_rng(2)
b, w, s = rng.normal() - 0.5, rng.normal() * 0.5, np.exp(rng.normal())
for i in range(6):
    h = add(w * 0.7, b)
    d = add(s * h, 0.1) - 0.5
    s = add(s, -0.1 * d * h)
    w = add(w, -0.1 * d * s * 0.7)
    b = add(b, -0.1 * d * s)
"""
    trace = Run(text).trace
    chains = [chain for chain in chains_of(trace, trace.readers) if len(chain.updates) == 6]
    began = [chain.versions[0] for chain in chains]
    assert sorted(trace.operations[node] for node in began if node is not None) == ["exp", "multiply", "subtract"]


def test_weights_that_are_put_into_one_vector_and_cut_out_of_it_again_move_with_it() -> None:
    text = """
def weights():
    return np.concatenate((w.ravel(), v.ravel()))
w, v = np.ones((2, 3)), np.ones((3, 1))
for i in range(5):
    new = weights() - 0.1 * np.concatenate((np.tanh(w).ravel(), np.tanh(v).ravel()))
    w, v = np.reshape(new[:6], (2, 3)), np.reshape(new[6:], (3, 1))
"""
    assert updates_of(text) == [5]
