"""Whether values are computed from others, asked of many at once: all go along in one walk through a record."""

from collections.abc import Iterator
from dataclasses import dataclass

from backproof.check.record.trace import Trace

_AT_ONCE = 512  # questions that are carried along together, each as one bit of a number


@dataclass(frozen=True)
class Question:
    """Whether any of some `later` nodes is computed from the one at the `start`."""

    start: int
    later: tuple[int, ...]

    @property
    def end(self) -> int:
        return max(self.later)


def descends(trace: Trace, questions: list[Question]) -> list[bool]:
    """The answers to some questions. Each node carries the questions from whose start it is computed, and hands them on
    to what is computed from it."""
    answers = [False] * len(questions)
    asked = [n for n, question in enumerate(questions) if question.later and question.end > question.start]
    for numbers in _overlapping(questions, sorted(asked, key=lambda n: questions[n].start)):
        carried: dict[int, int] = {}
        for bit, number in enumerate(numbers):
            start = questions[number].start
            carried[start] = carried.get(start, 0) | 1 << bit
        starts = carried.copy()
        for node in range(min(starts), max(questions[n].end for n in numbers) + 1):
            bits = starts.get(node, 0)
            for earlier in trace.inputs(node):
                bits |= carried.get(earlier, 0)
            if bits:
                carried[node] = bits
        for bit, number in enumerate(numbers):
            start, later = questions[number].start, questions[number].later
            answers[number] = any(node > start and carried.get(node, 0) >> bit & 1 for node in later)
    return answers


def _overlapping(questions: list[Question], asked: list[int]) -> Iterator[list[int]]:
    """Questions about the same stretch of a record, by their numbers, in the order of their starts."""
    together, end = list[int](), -1
    for number in asked:
        if together and (questions[number].start > end or len(together) == _AT_ONCE):
            yield together
            together, end = [], -1
        together.append(number)
        end = max(end, questions[number].end)
    if together:
        yield together
