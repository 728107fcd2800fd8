"""A record on disk is the record that was written: every value, also of views, however they lie in memory."""

from pathlib import Path

import numpy as np

from backproof.check.record.recorder import Recorder
from backproof.check.record.trace import read_trace, trace_of, write_trace


def test_views_come_back_as_they_were_and_their_memory_is_written_once(tmp_path: Path) -> None:
    rows = np.arange(12.0).reshape(3, 4)
    columns = np.asfortranarray(np.arange(12.0, 24.0).reshape(3, 4))
    values = [rows.T, rows[::-1, 1:], columns, columns.T, columns[:, 2], rows, rows[1:2, :1]]
    recorder = Recorder()
    for value in values:
        recorder.leaf(value)
    write_trace(recorder, tmp_path, "record")
    found = read_trace(tmp_path, "record").values
    assert [value.tolist() for value in found] == [value.tolist() for value in values]
    # rows once, columns in its own order once, and what of columns is seen otherwise
    assert (tmp_path / "record.bin").stat().st_size <= 5 * 128


def test_a_value_that_was_overwritten_later_comes_back_as_it_was(tmp_path: Path) -> None:
    recorder = Recorder()
    weights = np.arange(6.0)
    recorder.leaf(weights)
    recorder.encode(weights[2:])
    recorder.memory.before_writing(weights)
    weights[:] = 0
    write_trace(recorder, tmp_path, "record")
    found = read_trace(tmp_path, "record").values
    assert found[0].tolist() == [0, 1, 2, 3, 4, 5]
    assert found[1].tolist() == [2, 3, 4, 5]


def test_a_look_at_what_was_recorded_so_far_changes_nothing_in_it(tmp_path: Path) -> None:
    """The paths of calls of a trace may be joined; those of the log have to be the ones that it knows."""
    recorder = Recorder()
    recorder.leaf(np.arange(3.0))
    seen = trace_of(recorder)
    seen.call_paths.append((0, 5))
    seen.paths[:] = [1]
    write_trace(recorder, tmp_path, "record")
    found = read_trace(tmp_path, "record")
    assert found.paths == [0]
    assert max(found.paths) < len(found.call_paths)
