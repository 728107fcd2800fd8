"""What edits are worth by the lines that they change."""

from pathlib import Path

from backproof.check.edits import Editor, edits_of
from backproof.check.judge.judge import judge
from backproof.check.repair.known_lines import lines_of_starts
from backproof.check.repair.placing import Row
from backproof.check.repair.worth import without_beginnings
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source

LIMITS = Limits(patience=0.2)
SATURATED = """import numpy as np
rng = np.random.default_rng(70)
speed = rng.uniform(10, 40, 45)
brake = 0.02 * speed ** 2 + 0.3 * speed + rng.normal(size=45)
F = np.stack([speed / 40, (speed / 40) ** 2, np.ones(45)], axis=1)
def loss(w):
    return np.log(np.cosh(F @ w - brake)).mean()
def slope(w):
    return F.T @ np.tanh(F @ w) / 45
w = np.array([0.0, 0.0, brake.mean()])
for k in range(100):
    w = w - 4.0 / (1 + 0.01 * k) * slope(w)
    print(loss(w))
"""


def test_no_gradient_is_mended_by_where_it_begins(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(SATURATED)
    recording = sandbox.run(read_source(path))
    starts = lines_of_starts(judge(recording.trainings[0]), recording.sites)
    assert starts == {("network.py", 10)}
    editor = Editor(SATURATED)
    statements = [statement for line in (9, 10) if (statement := editor.statement_at(line)) is not None]
    rows = [Row(e.cost, "network.py", e, s) for s in statements for e in edits_of(editor, s)]
    kept = list(without_beginnings(rows, starts))
    assert {row.edit.kind for row in kept if row.edit.line == 9} >= {"sign", "variable", "missing term"}
    assert not {row.edit.kind for row in kept if row.edit.line == 10} & {"sign", "variable", "missing term"}
