"""Why a file could not be judged is told as it is."""

from dataclasses import replace
from pathlib import Path

import pytest

from backproof.check.reporting import reasons
from backproof.check.sandbox import recording as recordings
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source

LIMITS = Limits(patience=0.2)


def test_an_error_after_a_loop_was_left_is_not_the_files(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "slow.py"
    path.write_text("import numpy as np\nprint(np.exp(np.ones(3)).sum())\nraise ValueError('half a list')\n")
    source = read_source(path)
    recording = sandbox.run(source)
    assert "half a list" in reasons.why_not(source, recording, seconds=60)
    cut = replace(recording, end={**recording.end, "cut": True})
    assert "half a list" in reasons.why_not(source, cut, seconds=60), "little was recorded: it is the file's own"
    monkeypatch.setattr(recordings, "_LONG", 1)
    assert "its loops were left before their end" in reasons.why_not(source, cut, seconds=60)
