"""Where outputs meet targets that are plain numbers."""

from pathlib import Path

from backproof.check.losses.pairs import pairs
from backproof.check.replay.frame import Frame
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source

LIMITS = Limits(patience=0.1)
SCALARS = """import math
w, b = 0.3, 0.1
for x, t in [(0.5, 1), (0.9, 1), (0.2, 1), (0.4, LATER), (0.1, 1), (0.7, LATER)] * 20:
    p = 1 / (1 + math.exp(-(w * x + b)))
    error = p - t
    w -= 0.5 * error * x
    b -= 0.5 * error
"""


def test_a_number_that_is_another_one_at_later_steps_is_a_target(tmp_path: Path, sandbox: Sandbox) -> None:
    found = {}
    for later in (0, 1):
        path = tmp_path / "network.py"
        path.write_text(SCALARS.replace("LATER", str(later)))
        (training,) = sandbox.run(read_source(path)).trainings
        frames = [Frame(training, number) for number in (1, 2)]
        nodes = [frames[0].by_key.get(pair.key, []) for pair in pairs(frames)]
        found[later] = [training.trace.operations[n] for at in nodes for n in at[:1] if n in frames[0].backward]
    assert found == {0: ["subtract"], 1: []}
