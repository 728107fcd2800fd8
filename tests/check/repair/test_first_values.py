"""Values by themselves: which true gradient one is, and edits within a loop that hands values on from turn to turn."""

from pathlib import Path

import pytest
import torch

from backproof.check.cut.parameters import Training
from backproof.check.judge.judge import judge
from backproof.check.locate.locate import locate
from backproof.check.losses.truths import Truths, numbered, truth
from backproof.check.repair.repair import Repair
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source

LIMITS = Limits(patience=0.2)

RECURRENT = """import numpy as np
rng = np.random.default_rng(2)
seq = rng.normal(size=(6, 5, 3))
goal = np.tanh(seq.sum(axis=(1, 2)))
wx, wh = 0.4 * rng.normal(size=(4, 3)), 0.4 * rng.normal(size=(4, 4))
wo = 0.4 * rng.normal(size=4)
for step in range(12):
    for xs, t in zip(seq, goal):
        hs = [np.zeros(4)]
        for x in xs:
            hs.append(np.tanh(wx @ x + wh @ hs[-1]))
        p = wo @ hs[-1]
        loss = (p - t) ** 2
        dp = 2 * (p - t)
        dwo = dp * hs[-1]
        dh = dp * wo
        dwx, dwh = np.zeros_like(wx), np.zeros_like(wh)
        for k in range(len(xs), 0, -1):
            dz = dh * (1 - hs[k] ** 2)
            dwx += np.outer(dz, xs[k - 1])
            dwh += np.outer(dz, hs[k - 1])
            dh = wh.T @ dz
        wo -= 0.05 * dwo
        wx -= 0.05 * dwx
        wh -= 0.05 * dwh
    print(loss)
"""


def test_a_multiple_of_a_true_gradient_is_known_for_what_it_is(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "network.py").write_text(RECURRENT)
    judgement = judge(Training(sandbox.run(read_source(tmp_path / "network.py")).stretches[0]))
    assert judgement.match is not None
    frames, loss = judgement.frames[:3], judgement.match.loss
    truths = Truths(frames, loss)
    true = [truth(frame, loss) for frame in frames]
    places = {place: node for place, node in numbered(frames[0]).items() if node in true[0]}
    found = 0
    for place in places:
        values = {n: -3.0 * true[n][at[place]] for n, at in enumerate(map(numbered, frames)) if place in at}
        if len(values) < 3 or values[0].numel() < 2 or not bool(values[0].any()):
            continue
        found += 1
        assert truths.owner(values).get(place) == pytest.approx(-3.0)
        assert place not in truths.owner(
            {n: v + 0.1 * torch.arange(v.numel()).reshape(v.shape) for n, v in values.items()}
        )
        assert place not in truths.owner({n: (n + 1) * v for n, v in values.items()}), "another factor at each step"
    assert found >= 8


def promised(sandbox: Sandbox, folder: Path, text: str) -> set[str]:
    """What a wrong program becomes by the edits that are promised to help."""
    (folder / "network.py").write_text(text)
    source = read_source(folder / "network.py")
    recording = sandbox.run(source)
    judgement = judge(Training(recording.stretches[0]))
    assert judgement.verdict == "wrong"
    repair = Repair(source, {"network.py": text}, [sandbox], 30.0)
    repair.candidates.rows(judgement, locate(judgement), recording.sites, repair.texts, repair.until)
    assert len(repair.candidates.promised) < 60
    return {edit.apply(text) for _, edit in repair.candidates.promised}


@pytest.mark.slow(but=1)
@pytest.mark.parametrize("wrong", ["dh * (1 - hs[k])", "dh"])
def test_an_edit_within_a_chain_of_turns_is_promised_by_its_first_turn(
    sandbox: Sandbox, tmp_path: Path, wrong: str
) -> None:
    assert RECURRENT in promised(sandbox, tmp_path, RECURRENT.replace("dh * (1 - hs[k] ** 2)", wrong))


def test_an_edit_that_changes_nothing_in_the_first_turn_is_promised_by_the_second(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    handed = RECURRENT.replace("        dh = dp * wo\n", "        dh, far = dp * wo, np.zeros(4)\n")
    handed = handed.replace("dz = dh * (1 - hs[k] ** 2)", "dz = (far + dh) * (1 - hs[k] ** 2)")
    handed = handed.replace("            dh = wh.T @ dz", "            far, dh = wh.T @ dz, np.zeros(4)")
    wrong = handed.replace("(far + dh) * (1 - hs[k] ** 2)", "far + dh * (1 - hs[k] ** 2)")
    assert handed in promised(sandbox, tmp_path, wrong)
