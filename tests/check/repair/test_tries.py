"""How much of an edited program is run."""

from pathlib import Path
from typing import Any, cast

import pytest

from backproof.check.repair.tries import Tries
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source
from tests.check.repair.test_screen import LAYERS, Case

LIMITS = Limits(patience=0.2)


class _Asked(Exception):
    """In the place of a run."""


def test_what_is_written_before_training_is_not_taken_for_updates(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run ends once enough updates are seen, and not before half as much was computed as by these."""

    def run(*_: object, **asked: object) -> None:
        raise _Asked(asked["updates"], asked["fewest"])

    case = Case(LAYERS, tmp_path, sandbox)
    tries = Tries(case.source, [sandbox], fails=False)
    tries.are_of(case.judgement)
    monkeypatch.setattr(sandbox, "run", run)
    with pytest.raises(_Asked) as asked:
        tries.outcome(sandbox, {"network.py": LAYERS}, 0, cast(Any, None))
    updates, fewest = asked.value.args
    assert fewest == case.judgement.training.steps[updates - 1].end // 2


def test_a_run_goes_on_until_so_much_was_computed(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "network.py"
    path.write_text(LAYERS)
    runs = [sandbox.run(read_source(path), updates=4, fewest=fewest) for fewest in (0, 400)]
    lengths = [len(run.trainings[0].trace) for run in runs]
    assert lengths[0] < 400 <= lengths[1]
