"""How long edits are tried after a fix was found."""

import pytest

from backproof.check.repair import patience
from backproof.check.repair.patience import Patience


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize(("took", "tried"), [(0.11, 12), (0.3, 12), (2.0, 3)], ids=["quick", "busy", "long"])
def test_a_dozen_are_tried_after_a_fix_unless_each_takes_long(
    took: float, tried: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(patience, "time", clock)
    patient = Patience(until=1000.0)
    patient.shorten(1.0)
    count = 0
    while patient.allows(1.5):
        count, clock.now, patient.more = count + 1, clock.now + took, patient.more - 1
    assert count == tried
    assert not Patience(until=clock.now - 1).allows(0.0), "the whole time is over"


def test_what_is_much_unlikelier_than_a_fix_is_not_tried() -> None:
    patient = Patience(until=float("inf"))
    assert patient.allows(9.0)
    patient.shorten(1.0)
    assert patient.allows(1.8)
    assert not patient.allows(2.0)


def test_where_little_time_is_left_a_share_of_it_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(patience, "time", clock)
    patient = Patience(until=clock.now + 3.0)
    patient.shorten(1.0)
    while patient.allows(1.5):
        clock.now, patient.more = clock.now + 0.2, patient.more - 1
    assert 101.4 < clock.now < 101.8, "half of what is left, and one more"
