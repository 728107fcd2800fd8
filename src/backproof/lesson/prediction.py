"""One prediction of a saved model, from the row of a table to the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backproof.data.columns import Category, encode_columns
from backproof.errors import DataError, ModelError
from backproof.lesson.blocks import (
    Block,
    Chapter,
    Document,
    Formula,
    Heading,
    Lines,
    Paragraph,
    Part,
    Table,
    literal,
    number,
)
from backproof.lesson.chapters.summaries import counted
from backproof.lesson.formulas.substitution import Index, substitute
from backproof.lesson.formulas.symbols import Symbols
from backproof.lesson.lesson import Lesson
from backproof.lesson.scaffold import as_sentence
from backproof.model import Model
from backproof.ops.op import Array, Optimizer
from backproof.ops.registry import find
from backproof.program.derivation import Derivation, namespace

if TYPE_CHECKING:
    import pandas

MOST_CHANGES = 10
SMALL = 0.001
"""A smaller change of a probability is none that a reader would act on."""


def explain_prediction(model: Model, frame: pandas.DataFrame, row: int, where: str = "The table") -> Lesson:
    """A lesson about the prediction for one row of a table, counted from 1 as in the file after its header.

    Raises ModelError for a model without columns, DataError when there is no such row or a column is missing.
    """
    if model.target is None:
        raise ModelError("This model was trained on arrays, not on a table, so it has no columns to explain.")
    if not 1 <= row <= len(frame):
        raise DataError(f"{where} has {len(frame)} rows, so there is no row {row}: row 1 comes after the header.")
    walk = _Walk(model, frame.iloc[[row - 1]].reset_index(drop=True), where)
    document = Document(
        title=f"Row {row}: why the answer is {walk.answer}",
        subtitle=f"{' → '.join(map(str, model.network.ops))}, for {model.target.name}",
        opening=(walk.summary(row),),
        parts=(
            Part(
                "From the row to the answer",
                (walk.inputs(), walk.through_the_network(), walk.decision(), walk.changes()),
            ),
        ),
        names=tuple(walk.names_seen),
    )
    return Lesson(document, walk.symbols)


class _Walk:
    """The way of one row through the trained network."""

    def __init__(self, model: Model, frame: pandas.DataFrame, where: str) -> None:
        assert model.target is not None
        self.model, self.frame, self.target = model, frame, model.target
        self.derived = Derivation(model.network, find("SGD", Optimizer)())
        self.symbols = Symbols(tuple(tensor.name for tensor in self.derived.tensors))
        answers = model.predict(frame, where)
        self.predicted = answers.iloc[0]
        self.answer = self._shown(self.predicted.iloc[0])
        dtype = next(iter(model.parameters.values())).dtype
        self.x = encode_columns(frame, model.columns, where).astype(dtype)
        self.steps, self.output = self.derived.evaluation
        self.values: dict[str, Any] = {**namespace(self.steps), **model.parameters, "x": self.x}
        with np.errstate(all="ignore"):
            for step in self.steps:
                exec(step.code, self.values)
        self.names_seen = ["x", *model.parameters, *(step.name for step in self.steps)]

    @staticmethod
    def _shown(value: Any) -> str:
        return f"{value:.6g}" if isinstance(value, (float, np.floating)) else str(value)

    def summary(self, row: int) -> Block:
        given = ", ".join(f"{column.name} {self._cell(column.name)}" for column in self.model.columns[:12])
        more = f" and {len(self.model.columns) - 12} more columns" if len(self.model.columns) > 12 else ""
        return Paragraph(
            literal(f"Row {row} has {given}{more}. For {self.target.name} the model answers {self.answer}.")
            + " Below is every "
            "step from the row to this answer, with its numbers. Nothing else plays a part."
        )

    def _cell(self, name: str) -> str:
        value = self.frame[name].iloc[0]
        missing = self.frame[name].isna().iloc[0]
        return "(missing)" if missing else self._shown(value)

    def inputs(self) -> Chapter:
        rows = []
        position = 0
        for column in self.model.columns:
            numbers = self.x[0, position : position + column.width]
            position += column.width
            if isinstance(column, Category):
                ones = [word for word, value in zip(column.categories, numbers, strict=True) if value]
                words = (
                    f"1 for {ones[0]}, 0 for {counted(column.width - 1, 'other')}" if ones else "0 for every known word"
                )
                rows.append(tuple(map(literal, (column.name, self._cell(column.name), column.sentence(), words))))
            else:
                shown = map(literal, (column.name, self._cell(column.name), column.sentence()))
                rows.append((*shown, number(float(numbers[0]))))
        return Chapter(
            "What the network is given",
            (
                Paragraph(
                    "A network computes with numbers only. Each column of the row becomes one input, or one for "
                    "each of its words, in the way that was learnt from the training rows."
                ),
                Table(("column", "in the row", "what is done", "what the network is given"), tuple(rows)),
            ),
        )

    def through_the_network(self) -> Chapter:
        blocks: list[Block] = [
            Paragraph(
                "The inputs go through the network, op by op. Of each layer one neuron is written out: the one with "
                "the largest number. Of a long sum the four largest terms are shown, and the rest with its total."
            )
        ]
        op = ""
        before: dict[str, Any] = {**namespace(self.steps), **self.model.parameters, "x": self.x}
        for step in self.steps:
            if step.op != op:
                blocks.append(Heading(step.op))
                op = step.op
            value = np.asarray(self.values[step.name])
            index = self._index(value)
            blocks += [
                Lines(((step.code, as_sentence(step.sentence)),)),
                Formula(step.name, substitute(step.code, before, index)),
                Paragraph(self._result(step.name, value, index)),
            ]
            before[step.name] = value
        return Chapter("Through the network", tuple(blocks))

    def _index(self, value: Array) -> Index:
        return (0, int(np.argmax(value[0]))) if value.ndim == 2 else tuple(0 for _ in value.shape)

    def _result(self, name: str, value: Array, index: Index) -> str:
        if value.size == 1:
            return f"So `{name}` is {number(float(value[index]), 8)}."
        shown = ", ".join(number(float(part)) for part in value[0][:8])
        more = f", and {value.shape[1] - 8} more" if value.shape[1] > 8 else ""
        return f"That is neuron {index[1]}: {number(float(value[index]), 8)}. All neurons of `{name}`: {shown}{more}."

    def decision(self) -> Chapter:
        output = np.asarray(self.values[self.output])
        loss, target = self.model.network.loss, self.target
        if target.is_number:
            raw = float(output[0, 0])
            words = f"The network's answer is {number(raw, 8)}."
            if target.scale != 1 or target.mean != 0:
                words += (
                    f" In training the target had its mean, {number(target.mean)}, taken off and was divided by "
                    f"{number(target.scale)}. So it is multiplied and the mean is added again: {number(raw, 8)} · "
                    f"{number(target.scale, 8)} + {number(target.mean, 8)} = "
                    f"{number(raw * target.scale + target.mean, 8)}."
                )
            return Chapter("The answer", (Paragraph(words),))
        probabilities = target.probabilities(output, loss)[0]
        link = f"{loss.link} turns the network's output into probabilities. " if loss.link else ""
        single = output.shape[1] == 1
        rows = [
            (
                literal(label),
                number(float(output[0, 0 if single else k])) if not (single and k == 0) else "",
                number(float(p), 6),
            )
            for k, (label, p) in enumerate(zip(target.classes, probabilities, strict=True))
        ]
        best = int(np.argmax(probabilities))
        return Chapter(
            "The answer",
            (
                Paragraph(
                    f"{link}The class with the largest probability is the answer: {literal(target.classes[best])}."
                ),
                Table((literal(target.name), f"`{self.output}`", "probability"), tuple(rows)),
            ),
        )

    def changes(self) -> Chapter:
        """What the answer would be if one input were another."""
        before = self._score(self.x)
        found: list[tuple[float, str, str, float, str]] = []
        position = 0
        for column in self.model.columns:
            for offset in range(column.width):
                other = self.x.copy()
                if isinstance(column, Category):
                    if other[0, position + offset]:
                        continue
                    other[0, position : position + column.width] = 0
                    other[0, position + offset] = 1
                    words = f"were {column.categories[offset]}"
                else:
                    other[0, position] += 1
                    words = f"were larger by {column.scale:.6g}"
                    if self.frame[column.name].isna().iloc[0]:
                        words += f" than {column.fill:.6g}, the median that stands for the missing number"
                after = self._score(other)
                found.append((abs(after - before), column.name, words, after, self._answer(other)))
            position += column.width
        found.sort(key=lambda change: -change[0])
        what = literal(f"the probability of {self.answer}" if self.target.classes else self.target.name)
        shown = found[:MOST_CHANGES]
        rows: list[tuple[str, ...]] = [
            (literal(f"{name} {words}"), number(after, 6), number(after - before, 4))
            for _, name, words, after, _ in shown
        ]
        headings = ["if", f"then {what}", "change"]
        if self.target.classes:
            rows = [(*row, literal(answer)) for row, (*_, answer) in zip(rows, shown, strict=True)]
            headings.append("and the answer")
        small: list[Block] = []
        if self.target.classes and found and found[0][0] < SMALL:
            small.append(
                Paragraph("None of these changes matters: the model is sure, and one column does not sway it.")
            )
        rest = f"; {len(found) - MOST_CHANGES} smaller changes are left out" if len(found) > MOST_CHANGES else ""
        return Chapter(
            "What would change the answer",
            (
                Paragraph(
                    f"Now {what} is {number(before, 6)}. The model was asked again, each time with one column "
                    "changed and all others as they are. A number was made larger by its standard deviation in the "
                    "training rows."
                ),
                Table(tuple(headings), tuple(rows), f"The largest changes come first{rest}"),
                *small,
            ),
        )

    def _answer(self, x: Array) -> str:
        """What the model answers to these inputs."""
        return self._shown(self.target.decode(self.model.outputs(x), self.model.network.loss)[0])

    def _score(self, x: Array) -> float:
        """The number that the answer hangs on: the probability of the answered class, or the answered number."""
        output = self.model.outputs(x)
        if self.target.is_number:
            return float(self.target.decode(output, self.model.network.loss)[0])
        best = list(self.target.classes).index(str(self.predicted.iloc[0]))
        return float(self.target.probabilities(output, self.model.network.loss)[0, best])
