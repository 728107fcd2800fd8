"""The likeliest edits are looked at first, and all others at once where these promise nothing."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from backproof.check.edits import Edit
from backproof.check.repair import gains
from backproof.check.repair.gains import Gains
from backproof.check.repair.placing import Row

ROWS = [Row(float(n), "network.py", Edit(0, 1, str(n), 1, "variable", 1.0)) for n in range(50)]


class Seen:
    """Promises what it is told to promise of some edits."""

    def __init__(self, promised: dict[str, float], wrong: int = 9) -> None:
        self.promised = promised
        found = SimpleNamespace(evidence=range(wrong + 1))
        self.following = SimpleNamespace(aims=[SimpleNamespace(found=found, before=1)])
        self.seconds = 8.0
        self.looks: list[tuple[int, float, bool]] = []

    def promising(self, rows: list[Row], _: object, *, alone: bool) -> dict[tuple[str, Edit], float]:
        self.looks.append((len(rows), self.seconds, alone))
        return {(r.file, r.edit): self.promised[r.edit.text] for r in rows if r.edit.text in self.promised}


def looked(seen: Seen, monkeypatch: pytest.MonkeyPatch, *, dead: bool = False) -> Gains:
    monkeypatch.setattr(gains, "_FIRST", 20)
    return Gains(cast(Any, seen), ROWS, {"network.py": "a = b\n"}, {}, {}, dead=dead, turned=False)


def test_where_the_likeliest_promise_something_the_others_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen({"7": 2.0, "40": 101.0})
    made = looked(seen, monkeypatch)
    assert [edit.text for _, edit in made.look()] == ["7"]
    assert [(count, alone) for count, _, alone in seen.looks] == [(20, True)]
    assert {edit.text for _, edit in made.look()} == {"7", "40"}
    assert [(count, alone) for count, _, alone in seen.looks] == [(20, True), (30, False)]


def test_where_they_do_not_all_others_are_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen({"40": 101.0})
    assert [edit.text for _, edit in looked(seen, monkeypatch).look()] == ["40"]
    assert [(count, alone) for count, _, alone in seen.looks] == [(20, True), (30, False)]
    assert sum(seconds for _, seconds, _ in seen.looks) < 1.5 * 8.0, "both together take little longer than one look"


def test_where_something_does_not_reach_the_loss_there_is_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen({"7": 2.0})
    assert not looked(seen, monkeypatch, dead=True).look()
    assert [(count, alone) for count, _, alone in seen.looks] == [(50, False)]


def test_it_is_a_look_at_the_likeliest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gains, "_OF_DEAD", 30)
    seen = Seen({"7": 101.0, "40": 101.0})
    made = looked(seen, monkeypatch, dead=True)
    assert [edit.text for _, edit in made.look()] == ["7"]
    assert not made.left
    assert [(count, alone) for count, _, alone in seen.looks] == [(30, False)]


@pytest.mark.parametrize(("promised", "looks"), [(101.0, [10]), (2.0, [10, 20])], ids=["all", "a part"])
def test_a_few_are_enough_where_one_of_them_makes_all_right(
    promised: float, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gains, "_LIKELIEST", 10)
    seen = Seen({"7": promised})
    assert [edit.text for _, edit in looked(seen, monkeypatch).look()] == ["7"]
    assert [count for count, _, _ in seen.looks] == looks


@pytest.mark.parametrize(("wrong", "looks"), [(2, [10]), (3, [10, 20])], ids=["all", "a part"])
def test_one_edit_at_several_lines_is_enough_if_it_makes_all_right(
    wrong: int, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gains, "_LIKELIEST", 10)
    alike = [Row(0.0, "network.py", Edit(n, n + 1, "same", n, "axis", 1.0)) for n in (3, 5)]
    seen = Seen({"same": 1.0}, wrong)
    monkeypatch.setattr(gains, "_FIRST", 20)
    Gains(cast(Any, seen), [*alike, *ROWS], {"network.py": "a = b\n"}, {}, {}, dead=False, turned=False).look()
    assert [count for count, _, _ in seen.looks] == looks
