"""What was recorded stays as it was, and a view is read anew after somebody wrote below it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backproof.check.record.memory import Memory, Ref, layout, owner
from tests.check.recorded import Run


def values(run: Run, operation: str) -> list[Any]:
    return [v for v, o in zip(run.trace.values, run.trace.operations, strict=True) if o == operation]


WRITES = [
    "a += 1", "a *= 2", "a[:] = 7", "a[0] = 7", "a[0, 1] -= 3", "a.fill(9)", "np.add(a, 5, out=a)", "np.exp(a, a)",
    "np.add.at(a, [0], 5)", "a.T[0] = 5", "a[0][1] = 8", "a.ravel()[2] = 4", "b = a[1]; b *= 3",
    "for row in a: row += 1", "a.sort(axis=0)", "np.copyto(a, 3)", "a[a > 0] = 0", "np.fill_diagonal(a, 9)",
    "np.random.shuffle(a)", "a[::-1] *= 2",
]  # fmt: skip


@pytest.mark.parametrize("write", WRITES)
def test_a_recorded_value_stays_when_its_array_is_written(write: str) -> None:
    run = Run(
        f"import numpy as np\nx = np.array([[1.0, 2.0], [3.0, 0.5]])\na = x * 10\ny = a + 1\n{write}\nz = a * 1\n"
    )
    assert np.array_equal(values(run, "multiply")[0], np.array([[10.0, 20.0], [30.0, 5.0]]))
    assert np.array_equal(values(run, "add")[0], np.array([[11.0, 21.0], [31.0, 6.0]]))


@pytest.mark.parametrize("write", WRITES)
def test_a_leaf_stays_when_it_is_written(write: str) -> None:
    run = Run(f"import numpy as np\na = np.array([[1.0, 2.0], [3.0, 0.5]])\ny = a + 1\n{write}\nz = a * 1\n")
    assert np.array_equal(run.trace.values[run.first(1.0)], np.array([[1.0, 2.0], [3.0, 0.5]]))


@pytest.mark.parametrize("write", WRITES)
def test_after_writing_the_present_value_is_the_one_that_is_read(write: str) -> None:
    run = Run(
        f"import numpy as np\nx = np.array([[1.0, 2.0], [3.0, 0.5]])\na = x * 10\n{write}\nz = a * 1\nt = a.T - 0\n"
    )
    node = run.nodes["z"]
    assert node is not None
    (read,) = run.trace.inputs(node)
    assert np.array_equal(run.trace.values[read], run.names["a"])
    assert np.array_equal(values(run, "subtract")[-1], run.names["a"].T)


def test_parts_may_lie_between_each_other_in_memory() -> None:
    run = Run("import numpy as np\na = np.arange(400.0).reshape(4, 10, 10)\na[:, :3, ::2] = a[:, 1::3, 1::2] * 1\n")
    wanted = np.arange(400.0).reshape(4, 10, 10)
    wanted[:, :3, ::2] = wanted[:, 1::3, 1::2] * 1
    assert np.array_equal(run.names["a"], wanted)
    run = Run("import numpy as np\na = np.ones((4, 9, 9))\na[:, :4, :5] = a[:, 1::2, ::2]\n")
    assert run.names["a"].sum() == 324


def test_the_owner_of_a_view_is_found() -> None:
    a = np.zeros((3, 4))
    assert owner(a[1:].T[0]) is a
    assert owner(a) is a


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_layout_of_a_view_finds_its_elements(order: Any) -> None:
    a = np.arange(12.0).reshape(3, 4).copy(order=order)
    memory = np.lib.stride_tricks.as_strided(a, (12,), (8,))
    for view in (a[1:], a.T, a[:, ::2], a[::-1], a[2, 1:], a.T[1:3, ::-1]):
        offset, shape, strides, own = layout(view, a)
        assert shape == view.shape
        assert own == tuple(s // 8 for s in a.strides)
        for where in np.ndindex(view.shape):
            assert memory[offset + sum(i * s for i, s in zip(where, strides, strict=True))] == view[where]


def _memory() -> tuple[Memory, list[Any]]:
    kept: list[Any] = []

    def made(_: str, __: tuple[Any, ...], value: Any) -> int:
        kept.append(value)
        return len(kept) - 1

    return Memory(kept, made), kept


def test_a_stranger_has_no_node() -> None:
    memory, _ = _memory()
    assert memory.array(np.zeros(2)) is None
    assert memory.scalar(1.5) is None


def test_a_view_of_a_known_array_is_made_from_it() -> None:
    memory, kept = _memory()
    a = np.arange(4.0)
    kept.append(a)
    memory.keep(a, 0)
    view = a[1:]
    assert memory.array(view) == 1
    assert memory.array(view) == 1
    assert kept[1] is view


def test_a_number_is_known_by_identity() -> None:
    memory, kept = _memory()
    a = float("2.5")
    kept.append(a)
    memory.keep(a, 0)
    assert memory.scalar(a) == 0
    assert memory.scalar(float("2.5")) is None


def test_what_is_changed_by_a_stranger_is_a_stranger() -> None:
    memory, kept = _memory()
    a = np.arange(4.0)
    kept.append(a)
    memory.keep(a, 0)
    view = a[:2]
    assert memory.array(view) is not None
    memory.changed(a)
    assert memory.array(a) is None
    assert memory.array(view) is None


def test_a_view_that_is_written_into_changes_its_owner() -> None:
    memory, kept = _memory()
    a = np.arange(4.0)
    kept.append(a)
    memory.keep(a, 0)
    view = a[:2]
    memory.before_writing(view)
    view *= 5
    kept.append(view)
    memory.written(view, 1)
    whole = memory.array(a)
    assert whole not in (None, 0)
    assert memory.array(view) not in (None, 0, 1, whole), "it is a part of the whole, as other parts are"
    assert np.array_equal(kept[0], np.arange(4.0))


def test_a_node_s_number_is_a_number() -> None:
    assert Ref(3) == 3
    assert isinstance(Ref(3), int)
