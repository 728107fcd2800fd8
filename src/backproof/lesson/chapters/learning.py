"""The loop around the step, and what came of it: losses, predictions, gradients over time."""

from __future__ import annotations

import numpy as np

from backproof.engines import make_engine
from backproof.lesson.blocks import (
    Block,
    Chapter,
    Code,
    Frame,
    Frames,
    Lines,
    Listing,
    Paragraph,
    Table,
    literal,
    number,
)
from backproof.lesson.chapters import drawings
from backproof.lesson.chapters.preparation import MOST_COLUMNS
from backproof.lesson.chapters.summaries import counted, left_out
from backproof.lesson.pictures.plots import is_elementwise, value_and_slope
from backproof.lesson.scaffold import NUMPY, explain_lines
from backproof.lesson.study import Point, Study
from backproof.ops.op import Activation, Array

MOST_FRAMES = 7
MOST_PREDICTIONS = 6


def loop(study: Study) -> Chapter:
    """The training loop."""
    program, run = study.program, study.run
    outline = program.numpy_outline
    steps = {step.code for step in program.steps}
    start = next(i for i, line in enumerate(outline.lines) if line == "losses = []")
    end = outline.sections["predict"][0] - 1
    lines = [line for line in outline.lines[start:end] if line.strip() not in steps]
    settings = program.settings
    blocks: list[Block] = [
        Paragraph(
            "One step changes little. So the lines above, forward, loss, backward and update, stand in a loop and "
            f"are run again and again: here for {counted(len(run.losses), 'epoch')}."
        ),
        Lines(explain_lines(lines, NUMPY)),
    ]
    if "evaluate" in outline.sections:
        first, last = outline.sections["evaluate"]
        blocks.append(Code("\n".join(outline.lines[first - 1 : last])))
    if run.stopped_early:
        blocks.append(
            Paragraph(
                f"Training stopped early, after epoch {len(run.losses) - 1}, because nothing had become better for "
                f"{settings.patience} epochs. The parameters of epoch {run.best_epoch} were kept."
            )
        )
    headings, columns = ["epoch"], []
    for name, words in (("numpy", "loss by hand"), ("torch", "loss by autograd")):
        if name in study.proof.runs:
            headings.append(words)
            columns.append(study.proof.runs[name].losses)
    if run.validation_losses is not None:
        headings.append("validation loss")
        columns.append(run.validation_losses)
    last = min(len(column) for column in columns) - 1
    epochs = sorted({*range(0, last + 1, settings.every), last})
    rows = tuple((str(epoch), *(number(column[epoch], 6) for column in columns)) for epoch in epochs)
    blocks.append(Table(tuple(headings), rows, "The loss, epoch by epoch; the picture of it is at the beginning"))
    blocks.append(
        Paragraph(
            "A falling loss is a good sign, but it is not a proof. A network with a wrong line in its backward pass "
            "often learns all the same. It may learn more slowly. It may learn something else. That is why every "
            "line is compared with PyTorch's."
        )
    )
    return Chapter("The training loop", tuple(blocks))


def testing(study: Study) -> Chapter:
    """What the trained network answers."""
    program = study.program
    outline = program.numpy_outline
    first, last = outline.sections["predict"]
    x, y, which = program.data.x_new, None, "the new rows"
    if x is None and program.data.x_validation is not None:
        x, y, which = program.data.x_validation, program.data.y_validation, "rows that were set aside"
    if x is None:
        x, y, which = program.data.x, program.data.y, "rows that it has learnt from"
    evaluation, _ = program.derivation.evaluation
    same = evaluation == program.derivation.forward
    kept = study.run.best_epoch is not None
    blocks: list[Block] = [
        Paragraph(
            ("The trained network predicts with the forward lines alone." if same else PREDICTS_OTHERWISE)
            + " There is no loss, no gradient and no update. The parameters are "
            + (
                f"those of epoch {study.run.best_epoch}, the best."
                if kept
                else "the ones that the training ended with."
            )
        ),
        Code("\n".join(outline.lines[first - 1 : last])),
        Lines(explain_lines([outline.lines[first - 1], *outline.lines[last:]], NUMPY)),
        _predictions(study, x, y, which),
        *_reading(study),
        *drawings.diagrams(study)[1:],
    ]
    return Chapter("Testing", tuple(blocks))


PREDICTS_OTHERWISE = (
    "The trained network predicts with forward lines of its own. Nothing is dropped, and what was normalised over a "
    "batch is normalised with the running numbers."
)


def _reading(study: Study) -> list[Block]:
    """How to read an answer, where the targets are 0 and 1."""
    y = study.program.data.y
    ends = study.program.derivation.placed[-1].op
    if y.ndim == 1 or set(np.unique(y).tolist()) != {0.0, 1.0} or not getattr(ends, "gives_probabilities", False):
        return []
    return [Paragraph("The right answers are 0 or 1. A prediction above 0.5 is nearer to 1, so it says: rather yes.")]


def _predictions(study: Study, x: Array, y: Array | None, which: str) -> Table:
    names, target, loss = study.input_names, study.target, study.program.network.loss
    columns = list(range(min(len(names), MOST_COLUMNS)))
    answers = {name: run.predict(x[:MOST_PREDICTIONS]) for name, run in study.proof.runs.items()}
    decoded = target.decode(answers["numpy"], loss) if target.classes or target.scale != 1 or target.mean else None
    rows = []
    for position, row in enumerate(x[:MOST_PREDICTIONS]):
        cells = [number(row[column]) for column in columns]
        for output in answers.values():
            cells.append(", ".join(number(value, 8) for value in output[position][:MOST_COLUMNS]))
        if decoded is not None:
            cells.append(literal(str(decoded[position])) if target.classes else number(float(decoded[position])))
        if y is not None:
            cells.append(_right(study, y[position]))
        rows.append(tuple(cells))
    what = "outputs (logits)" if loss.link and target.classes else "predicted"
    words = {"numpy": f"{what} by hand", "torch": f"{what} by autograd"}
    headings = (*(literal(names[column]) for column in columns), *(words[name] for name in answers))
    if decoded is not None:
        headings += (literal(f"predicted {target.name}"),)
    if y is not None:
        headings += (literal(f"right {target.name}"),)
    more = left_out(len(names) - MOST_COLUMNS, len(x) - MOST_PREDICTIONS)
    scaled = "; inputs are shown as the network is given them" if study.columns else ""
    return Table(headings, tuple(rows), f"What the network predicts for {which}{scaled}{more}")


def _right(study: Study, y: Array) -> str:
    """A right answer, in the target's own words or units."""
    target = study.target
    values = np.reshape(y, -1)
    if target.classes:
        return literal(target.classes[int(values[0])])
    return ", ".join(number(float(value) * target.scale + target.mean) for value in values[:MOST_COLUMNS])


def vanishing(study: Study) -> Chapter:
    """What vanishing looks like in these numbers."""
    ours = study.observation.sides.ours
    placed = study.program.derivation.placed
    rows = []
    for place in reversed(placed):
        gradient = ours.get(f"d_{place.output}")
        if gradient is not None:
            size = float(np.sqrt(np.mean(np.square(gradient))))
            rows.append((f"`d_{place.output}`", str(place.op), number(size)))
    items = []
    for place in placed:
        if isinstance(place.op, Activation) and is_elementwise(place.op) and place.input in ours:
            _, slope = value_and_slope(place.op, ours[place.input])
            items.append(
                f"`{place.output}`, {place.op}: the slopes at this step lie between {number(slope.min())} and "
                f"{number(slope.max())}, and are {number(float(slope.mean()))} on average."
            )
    blocks: list[Block] = [
        Paragraph(
            "On its way back the gradient is multiplied, at every layer, by weights and by the slope of the "
            "activation. Where these factors are below 1 it shrinks, and where they are above 1 it grows. If it "
            "shrinks from layer to layer it vanishes: then the first layers learn slowly."
        ),
        Table(
            ("gradient", "of the output of", "root mean square"),
            tuple(rows),
            f"The size of the gradient on its way back, at step {study.observation.moment.number}",
        ),
    ]
    if items:
        blocks.append(Listing(tuple(items)))
    if any(type(place.op).__name__ == "Sigmoid" for place in placed):
        blocks.append(
            Paragraph(
                "The slope of a sigmoid is a (1 − a). That is at most 1/4, in the middle, and next to nothing at "
                "both ends. So every sigmoid takes three quarters of the gradient away, or more. That is why deep "
                "networks seldom use it between their layers."
            )
        )
    if any(type(place.op).__name__ == "ReLU" for place in placed):
        blocks.append(
            Paragraph(
                "The slope of a ReLU is 1 or 0. It takes nothing from the gradients that it lets pass, and "
                "everything from the others."
            )
        )
    blocks.append(drawings.gradients(study))
    return Chapter("Vanishing gradients", tuple(blocks))


def watching(study: Study) -> Chapter:
    """The network at some moments of its training."""
    frames = tuple(_frame(study, point) for point in _chosen(study.points))
    return Chapter(
        "Watch it learn",
        (
            Paragraph(
                f"The network at some moments of its training, with sample {study.observation.sample} going through "
                "it. Choose a moment and see what has changed."
            ),
            Frames(frames),
        ),
    )


def _chosen(points: tuple[Point, ...]) -> list[Point]:
    """A few moments, dense at the start."""
    if len(points) <= MOST_FRAMES:
        return list(points)
    total = points[-1].number
    wanted = [0.0, *np.geomspace(max(1.0, total / 1000), total, MOST_FRAMES - 1)]
    numbers = np.array([point.number for point in points])
    picked = sorted({int(np.argmin(np.abs(numbers - goal))) for goal in wanted})
    return [points[position] for position in picked]


def _frame(study: Study, point: Point) -> Frame:
    """The lesson's own batch goes through the network as it was at this moment, so that all frames can be compared."""
    observation = study.observation
    engine = make_engine("numpy", study.program)
    engine.restore(point.moment.snapshot)
    values = engine.quantities(observation.x, observation.y, point.epoch)
    rows = []
    for name in dict.fromkeys(step.name for step in study.program.steps if step.phase != "update"):
        value = values[name]
        rows.append((f"`{name}`", number(float(value[observation.index_of(name, value)]))))
    return Frame(
        f"epoch {point.epoch}" + (f", step {point.number}" if study.program.settings.batch_size else ""),
        drawings.network_at(study, point, values),
        Table(("name", "its number"), tuple(rows), f"Sample {observation.sample}, before step {point.number}"),
    )
