"""Before the first step: the data, the activations, the first weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from backproof.lesson.blocks import Block, Chapter, Formula, Heading, Lines, Paragraph, Table, literal, number
from backproof.lesson.chapters import drawings, questions
from backproof.lesson.chapters.summaries import counted, left_out, place_of, summary
from backproof.lesson.pictures import plots
from backproof.lesson.scaffold import NUMPY, as_sentence, explain_lines, sentences
from backproof.lesson.study import Study
from backproof.ops.op import Activation, Array, Initializer
from backproof.program.placement import Placed

MOST_ROWS, MOST_COLUMNS, MOST_MARKS = 6, 8, 40
STEP = 0.001
"""How far an input is moved to try out a slope."""


def data(study: Study) -> Chapter:
    """The arrays that the network is given."""
    program = study.program
    x = program.data.x
    outline = program.numpy_outline
    first, _ = outline.sections["imports"]
    start = outline.sections["setup"][0] - 1
    lines = explain_lines(outline.lines[first - 1 : start], NUMPY)
    blocks: list[Block] = [
        Paragraph(
            f"Each row of `x` is a sample. `x` has {counted(len(x), 'row')} and {counted(x.shape[1], 'column')}: "
            f"what the network is given. {_answers(study)}"
        ),
        Lines(lines),
        _rows(study),
    ]
    if study.columns and any(column.sentence() != "as it is" for column in study.columns):
        blocks.append(_columns(study))
    if program.data.x_validation is not None:
        blocks.append(
            Paragraph(
                f"{counted(len(program.data.x_validation), 'more row')} set aside: the network does not learn from "
                "them. They show how it does on rows that it has not seen."
            )
        )
    return Chapter("Data", tuple(blocks))


def _size(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> str:
    return " × ".join(map(str, array.shape))


def _answers(study: Study) -> str:
    y = study.program.data.y
    if y.ndim == 1:
        return "`y` holds the number of each row's class: the right answers."
    words = f"`y` has {counted(y.shape[1], 'column')}: the right answers."
    if set(np.unique(y).tolist()) == {0.0, 1.0}:
        words += " They are 0 and 1, for no and yes."
    return words


def _rows(study: Study) -> Table:
    x, y, names = study.program.data.x, study.program.data.y, study.input_names
    columns = list(range(min(len(names), MOST_COLUMNS)))
    rows = list(range(min(len(x), MOST_ROWS)))
    if study.observation.sample not in rows:
        rows[-1] = study.observation.sample
    target = study.target
    cells = []
    for row in rows:
        answer = number(y[row]) if y.ndim == 1 else ", ".join(number(value) for value in y[row][:MOST_COLUMNS])
        if (target.classes and y.ndim == 2) or (target.classes and target.classes[int(y[row])] != str(y[row])):
            answer += f" ({literal(target.classes[int(np.reshape(y[row], -1)[0])])})"
        cells.append((str(row), *(number(x[row, column]) for column in columns), answer))
    caption = "The data as the network sees it" + left_out(len(names) - MOST_COLUMNS, len(x) - len(rows))
    return Table(
        ("sample", *(literal(names[column]) for column in columns), literal(target.name)), tuple(cells), caption
    )


def _columns(study: Study) -> Table:
    shown = study.columns[:MOST_COLUMNS]
    rows = [(literal(column.name), column.kind, literal(column.sentence())) for column in shown]
    rest = len(study.columns) - len(shown)
    rows.append((literal(study.target.name), "target", literal(study.target.sentence())))
    caption = "What was done to each column, so that all inputs are of about the same size"
    return Table(
        ("column", "kind", "what was done"), tuple(rows), caption + (f"; {rest} more likewise" if rest else "")
    )


def activations(study: Study) -> Chapter:
    """Every activation once, with its derivative."""
    blocks: list[Block] = [
        Paragraph(
            "An activation is a function that bends. It stands behind a layer of weighted sums. Without one in "
            "between, two layers in a row could do no more than a single one. For learning, its slope is needed as "
            "well: how fast its output changes when its input changes."
        )
    ]
    shown: set[str] = set()
    placed = study.program.derivation.placed
    for place in placed:
        op = place.op
        if not isinstance(op, Activation) or str(op) in shown:
            continue
        shown.add(str(op))
        steps = [step for step in study.observation.steps if step.step.op == str(op)]
        output = next(position for position, step in enumerate(steps) if step.step.name == place.output)
        forward = steps[: output + 1]
        backward = [step for step in steps if step.step.phase == "backward" and place_of(study, step) is place]
        blocks += [Heading(type(op).__name__), Paragraph(summary(op))]
        blocks += [Formula(step.step.name, step.formula) for step in forward]
        blocks.append(Lines(tuple((step.step.code, as_sentence(step.step.sentence)) for step in forward)))
        if backward:
            blocks += [
                Paragraph(
                    "Its derivative turns the gradient of the output into the gradient of the input. Where these "
                    "gradients come from is told in the chapter “Backward”."
                ),
                *(Formula(step.step.name, step.formula) for step in backward),
                Lines(tuple((step.step.code, as_sentence(step.step.sentence)) for step in backward)),
            ]
            reads = backward[-1].step.reads
            blocks.append(questions.activation_or_z(op, place.input, place.output, reads, study))
        if plots.is_elementwise(op):
            given = study.observation.sides.ours.get(place.input, study.observation.x)
            blocks.append(_slope_by_trying(op, place, given, study))
            neuron = given[:MOST_MARKS, study.observation.units[place.input]]
            blocks.append(drawings.activation(op, neuron))
    if not shown:
        blocks.append(
            Paragraph("This network has no activation. Without one, layers of weighted sums give a weighted sum again.")
        )
    return Chapter("Activations and their derivatives", tuple(blocks))


def _slope_by_trying(op: Activation, place: Placed, given: Array, study: Study) -> Paragraph:
    """The slope at the lesson's sample, found without any derivative."""
    observation = study.observation
    z = float(given[observation.position, observation.units[place.input]])
    around = np.array([[z - STEP], [z], [z + STEP]])
    values, slopes = plots.value_and_slope(op, around)
    below, above = float(values[0, 0]), float(values[2, 0])
    tried = (above - below) / (2 * STEP)
    return Paragraph(
        f"That this is the slope can be seen without any derivative. At sample {observation.sample} `{place.input}` "
        f"is {number(z)}. Made smaller and larger by {number(STEP)}, it gives {number(below, 7)} and "
        f"{number(above, 7)}. The difference, divided by {number(2 * STEP)}, is {number(tried)}. The formula gives "
        f"{number(float(slopes[1, 0]))}."
    )


def first_weights(study: Study) -> Chapter:
    """Where the first weights come from."""
    program = study.program
    settings, derived = program.settings, program.derivation
    blocks: list[Block] = [
        Paragraph("Both programs start from the same numbers. These are made once, in NumPy, and handed to both.")
    ]
    outline = program.numpy_outline
    first, last = outline.sections["setup"]
    rows = explain_lines(outline.lines[first - 1 : last], NUMPY, sentences(study.first_steps))
    if not isinstance(settings.init, Mapping):
        blocks.append(Paragraph(_initializer(study)))
    blocks.append(Lines(rows))
    start = study.points[0].moment.snapshot.tensors
    table = [
        (
            f"`{tensor.name}`" + ("" if tensor.trained else " (not trained)"),
            _size(start[tensor.name]),
            *_extent(start[tensor.name]),
        )
        for tensor in derived.tensors
    ]
    blocks.append(Table(("name", "shape", "its numbers"), tuple(table), "The parameters at the start"))
    start_line = outline.sections["constants"][0]
    loop = next(i for i, line in enumerate(outline.lines) if line == "losses = []")
    settings_lines = [line for line in outline.lines[start_line - 1 : loop] if not line.startswith(("def ", " "))]
    blocks += [
        Paragraph("These settings control the training:"),
        Lines(explain_lines(settings_lines, NUMPY)),
        drawings.diagrams(study)[0],
        questions.why_random(study),
    ]
    return Chapter("First weights and settings", tuple(blocks))


def _initializer(study: Study) -> str:
    init = study.program.settings.init
    assert isinstance(init, Initializer)
    return f"The weights are drawn by the initializer `{type(init).__name__.lower()}`. {summary(init)}"


def _extent(array: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[str]:
    flat = array.reshape(-1)
    if flat.size <= 6:
        return (", ".join(number(value) for value in flat),)
    return (
        ", ".join(number(value) for value in flat[:3])
        + f", … and {flat.size - 3} more, from {number(flat.min())} to {number(flat.max())}",
    )
