"""What is computed from what, asked of many values at once, is what a walk back from each of them finds."""

from hypothesis import given
from hypothesis import strategies as st

from backproof.check.cut import descent
from backproof.check.cut.descent import Question, descends
from backproof.check.record.memory import Ref
from backproof.check.record.trace import Trace


def _trace(inputs: list[list[int]]) -> Trace:
    count = len(inputs)
    arguments = [tuple(Ref(earlier) for earlier in earlier_ones) for earlier_ones in inputs]
    return Trace(["add"] * count, [0] * count, arguments, [0.0] * count, [0] * count, [(-1, -1)], frozenset())


def _is_computed_from(inputs: list[list[int]], node: int, start: int) -> bool:
    return node > start and any(
        earlier == start or _is_computed_from(inputs, earlier, start) for earlier in inputs[node]
    )


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    count = draw(st.integers(1, 14))
    return [draw(st.lists(st.integers(0, n - 1), max_size=2)) if n else [] for n in range(count)]


@given(graphs(), st.data())
def test_the_walk_finds_what_looking_back_finds(inputs: list[list[int]], data: st.DataObject) -> None:
    node = st.integers(0, len(inputs) - 1)
    asked = data.draw(st.lists(st.builds(Question, node, st.lists(node, max_size=3).map(tuple)), max_size=6))
    wanted = [any(_is_computed_from(inputs, later, q.start) for later in q.later) for q in asked]
    assert descends(_trace(inputs), asked) == wanted


def test_more_questions_than_go_along_at_once() -> None:
    count = descent._AT_ONCE + 3
    inputs = [[] if n < count else [n - count] for n in range(2 * count)]
    asked = [Question(n, (count + n,)) for n in range(count)]
    assert all(descends(_trace(inputs), asked))
    assert not any(descends(_trace(inputs), [Question(n, (count + n + 1,)) for n in range(count - 1)]))
