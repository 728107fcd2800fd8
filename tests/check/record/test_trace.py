"""A record on disk is the record that was written: every value, also of views, however they lie in memory."""

from pathlib import Path

import numpy as np

from backproof.check.record.recorder import Recorder
from backproof.check.record.trace import read_trace, write_trace


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
