"""Where all fail that were to make everything right, it is asked again what else helps."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

from backproof.check.edits import Edit
from backproof.check.repair.placing import Row
from backproof.check.repair.queue import Queue


def row(name: str) -> Row:
    return Row(1.0, "network.py", Edit(0, 1, name, 1, "variable", 1.0, name))


ROWS = [row(name) for name in ("whole", "whole too", "a", "b", "c", "d")]
HELPS = row("helps")


class Asked:
    """What promises the first two edits to make all right, and without them another one to help."""

    def __init__(self) -> None:
        self.promised: dict[tuple[str, Edit], float] = {}
        self.without: list[set[str]] = []

        self.more: Callable[[], list[Row]] | None = None

    def rows(
        self,
        *_: object,
        late_alone: bool = False,
        without: set[tuple[str, Edit]] = frozenset(),  # type: ignore[assignment]
    ) -> list[Row]:
        assert not late_alone
        self.without.append({edit.text for _, edit in without})
        self.promised = {(r.file, r.edit): 102.0 for r in ROWS[:2]} if not without else {(HELPS.file, HELPS.edit): 1.0}
        return [HELPS, *ROWS[2:]] if without else list(ROWS)


class InStages(Asked):
    """What promises one edit to help, and another one once the rest is looked at."""

    def rows(self, *_: object, **__: object) -> list[Row]:
        self.promised, self.more = {(ROWS[2].file, ROWS[2].edit): 1.0}, self.rest
        return ROWS[2:]

    def rest(self) -> list[Row]:
        self.promised[HELPS.file, HELPS.edit] = 1.0
        return [HELPS, *ROWS[2:]]


def queue(asked: Asked, seconds: float) -> Queue:
    state = SimpleNamespace(judgement=None, suspicion=None, sites=None, texts={})
    return Queue(cast(Any, asked), cast(Any, state), time.monotonic() + seconds, ())


def test_it_is_asked_again_once_behind_all_that_were_to_make_all_right() -> None:
    asked = Asked()
    found = queue(asked, 60.0)
    assert [r.edit.text for r in found] == ["whole", "whole too", "a", "b", "helps", "a", "b", "c", "d"]
    assert asked.without == [set(), {"whole", "whole too"}]
    assert found.promised[HELPS.file, HELPS.edit] == 1.0
    assert [r.edit.text for r in found][4] == "helps", "the new order is kept"
    assert len(asked.without) == 2


def test_it_is_not_asked_again_where_one_of_them_is_enough_or_no_time_is_left() -> None:
    asked = Asked()
    rows = iter(queue(asked, 60.0))
    assert [next(rows).edit.text for _ in range(4)] == ["whole", "whole too", "a", "b"]
    assert len(asked.without) == 1
    assert [r.edit.text for r in queue(asked, -1.0)] == [r.edit.text for r in ROWS]


def test_the_rest_is_looked_at_where_what_promised_something_led_to_nothing() -> None:
    found = queue(InStages(), 60.0)
    assert [r.edit.text for r in found] == ["a", "b", "c", "helps", "a", "b", "c", "d"]
    assert found.promised[HELPS.file, HELPS.edit] == 1.0
    assert [r.edit.text for r in found] == ["helps", "a", "b", "c", "d"]


def test_the_rest_is_not_looked_at_where_that_was_enough() -> None:
    found = queue(InStages(), 60.0)
    found.enough = True
    assert [r.edit.text for r in found] == ["a", "b", "c", "d"]
    assert (HELPS.file, HELPS.edit) not in found.promised
