"""Before the first step: the data, the activations, the first weights."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import numpy as np

from backproof.lesson import pictures
from backproof.lesson.blocks import Block, Chapter, Formula, Heading, Lines, Paragraph, Table, number
from backproof.lesson.chapters import drawings, questions
from backproof.lesson.scaffold import NUMPY, as_sentence, explain_lines
from backproof.lesson.study import Study
from backproof.ops.op import Activation
from backproof.ops.registry import names_of
from backproof.program.numpy_text import PHASES

MOST_ROWS, MOST_COLUMNS, MOST_MARKS = 6, 8, 40


def data(study: Study) -> Chapter:
    """The arrays that the network is given."""
    program = study.program
    x, y = program.data.x, program.data.y
    outline = program.numpy_outline
    first, last = outline.sections["imports"]
    imports = explain_lines(outline.lines[first - 1 : last], NUMPY)
    start = outline.sections["setup"][0] - 1
    lines = explain_lines(outline.lines[last:start], NUMPY)
    answers = f"`y` holds {len(y)} numbers, each the number of a class" if y.ndim == 1 else f"`y` is {_size(y)}"
    blocks: list[Block] = [
        Paragraph(
            f"A row is a sample. `x` is {_size(x)} (samples × inputs): what the network is given. {answers}: what it "
            "should answer."
        ),
        Lines(imports),
        Lines(lines),
        _rows(study),
    ]
    if study.columns and any(column.sentence() != "as it is" for column in study.columns):
        blocks.append(_columns(study))
    if program.data.x_validation is not None:
        blocks.append(
            Paragraph(
                f"{len(program.data.x_validation)} more rows are set aside. The network does not learn from them, so "
                "they tell how it does on what it has not seen."
            )
        )
    return Chapter("Data", tuple(blocks))


def _size(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> str:
    return " × ".join(map(str, array.shape))


def _rows(study: Study) -> Table:
    x, y, names = study.program.data.x, study.program.data.y, study.input_names
    columns = list(range(min(len(names), MOST_COLUMNS)))
    rows = list(range(min(len(x), MOST_ROWS)))
    if study.observation.sample not in rows:
        rows[-1] = study.observation.sample
    left_out = []
    if len(names) > MOST_COLUMNS:
        left_out.append(f"{len(names) - MOST_COLUMNS} more inputs")
    if len(x) > len(rows):
        left_out.append(f"{len(x) - len(rows)} more rows")
    target = study.target
    cells = []
    for row in rows:
        answer = number(y[row]) if y.ndim == 1 else ", ".join(number(value) for value in y[row][:MOST_COLUMNS])
        if target.classes:
            answer += f" ({target.classes[int(np.reshape(y[row], -1)[0])]})"
        cells.append((str(row), *(number(x[row, column]) for column in columns), answer))
    caption = "The data as the network sees it" + (f"; left out: {' and '.join(left_out)}" if left_out else "")
    return Table(("sample", *(names[column] for column in columns), target.name), tuple(cells), caption)


def _columns(study: Study) -> Table:
    shown = study.columns[:MOST_COLUMNS]
    rows = [(column.name, column.kind, column.sentence()) for column in shown]
    rest = len(study.columns) - len(shown)
    rows.append((study.target.name, "target", study.target.sentence()))
    caption = "What was done to each column, so that all inputs are of about the same size"
    return Table(
        ("column", "kind", "what was done"), tuple(rows), caption + (f"; {rest} more likewise" if rest else "")
    )


def activations(study: Study) -> Chapter:
    """Every activation once, with its derivative."""
    blocks: list[Block] = [
        Paragraph(
            "Between two layers of weighted sums stands an activation: a function that bends. Without one, two layers "
            "in a row could do no more than a single one. For learning, its slope is needed as well: how fast its "
            "output changes when its input changes."
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
        slope_name = f"d_{place.input}"
        forward = steps[: output + 1]
        backward = [step for step in steps if step.step.phase == "backward" and step.step.name == slope_name][:1]
        blocks += [Heading(type(op).__name__), Paragraph(_summary(op))]
        blocks += [Formula(step.step.name, step.formula) for step in forward]
        blocks.append(Lines(tuple((step.step.code, as_sentence(step.step.sentence)) for step in forward)))
        if backward:
            blocks += [
                Paragraph("And its derivative, which takes the gradient of its output to that of its input:"),
                *(Formula(step.step.name, step.formula) for step in backward),
                Lines(tuple((step.step.code, as_sentence(step.step.sentence)) for step in backward)),
            ]
            reads = backward[0].step.reads
            blocks.append(questions.activation_or_z(op, place.input, place.output, reads, study))
        if pictures.is_elementwise(op):
            given = study.observation.sides.ours.get(place.input, study.observation.x)
            neuron = given[:MOST_MARKS, study.observation.units[place.input]]
            blocks.append(drawings.activation(op, neuron))
    if not shown:
        blocks.append(Paragraph("This network has no activation: it can draw straight lines only."))
    return Chapter("Activations and their derivatives", tuple(blocks))


def _summary(op: Activation) -> str:
    return (
        (inspect.getdoc(type(op)) or "").split("\n\n")[0].replace("\n", " ").replace("Shapes: any, kept.", "").strip()
    )


def first_weights(study: Study) -> Chapter:
    """Where the first weights come from."""
    program = study.program
    settings, derived = program.settings, program.derivation
    blocks: list[Block] = [
        Paragraph(
            "Learning starts from weights that know nothing. They are drawn once, in NumPy, and handed to both "
            "programs, so that both start from the same numbers."
        )
    ]
    outline = program.numpy_outline
    first, last = outline.sections["setup"]
    rows = explain_lines(outline.lines[first - 1 : last], NUMPY, study.first_steps)
    if not isinstance(settings.init, Mapping):
        blocks.append(Paragraph(_initializer(study)))
    blocks.append(Lines(rows))
    start = study.points[0].moment.snapshot.tensors
    table = [
        (f"`{tensor.name}`", _size(start[tensor.name]), *_extent(start[tensor.name]))
        for tensor in derived.tensors
    ]  # fmt: skip
    blocks.append(Table(("name", "shape", "its first numbers"), tuple(table), "The first numbers of every parameter"))
    start_line = outline.sections["constants"][0]
    loop = next(i for i, line in enumerate(outline.lines) if line == "losses = []")
    blocks += [
        Paragraph("These numbers say how the training goes:"),
        Lines(_settings_lines(outline.lines[start_line - 1 : loop])),
        drawings.diagrams(study)[0],
        questions.why_random(study),
    ]
    return Chapter("First weights and settings", tuple(blocks))


def _settings_lines(lines: list[str]) -> tuple[tuple[str, str], ...]:
    plain = [line for line in lines if not line.startswith(("def ", " ")) and line not in PHASES]
    return explain_lines(plain, NUMPY)


def _initializer(study: Study) -> str:
    init = study.program.settings.init
    words = (inspect.getdoc(type(init)) or "").split("\n\n")[0].replace("\n", " ")
    known = type(init).__name__ in names_of(type(init).__mro__[1])
    return f"The first weights are called `{type(init).__name__.lower()}`: {words}" if known else words


def _extent(array: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[str]:
    flat = array.reshape(-1)
    if flat.size <= 6:
        return (", ".join(number(value) for value in flat),)
    return (
        ", ".join(number(value) for value in flat[:3])
        + f", … and {flat.size - 3} more, from {number(flat.min())} to {number(flat.max())}",
    )
