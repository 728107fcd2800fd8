"""What is known to make all right is tried, though the time for a search is over."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from backproof.check.repair.repair import _GRACE, Repair
from backproof.check.sandbox.sandbox import Limits, Sandbox
from backproof.check.source import read_source

LIMITS = Limits(patience=0.1)


@pytest.mark.parametrize(("whole", "longer"), [([0], _GRACE), ([], 0.0)])
def test_a_search_is_a_little_longer_where_an_edit_is_known_to_help(
    whole: list[int], longer: float, sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "network.py"
    path.write_text("x = 1\n")
    source = read_source(path)
    repair = Repair(source, {source.run_name: source.text}, [sandbox], seconds=-0.5)
    queue = cast(Any, SimpleNamespace(whole=whole))
    end = repair._end(queue, repair.until)
    assert end == pytest.approx(repair.until + longer)
    assert (end > time.monotonic()) is bool(whole)
