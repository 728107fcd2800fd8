"""The pictures of a lesson, each as a page draws it, as a terminal shows it, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from backproof.engines import NAMES
from backproof.lesson.blocks import Picture, number
from backproof.lesson.chapters.summaries import counted
from backproof.lesson.pictures import characters, plots
from backproof.lesson.pictures.diagram import Layer, describe, diagram, layers
from backproof.lesson.study import Point, Study
from backproof.ops.op import Activation, Array
from backproof.ops.registry import find
from backproof.program.literals import element


def losses(study: Study) -> Picture:
    """The loss of both engines."""
    runs = study.proof.runs
    series = {NAMES[name]: (np.arange(len(run.losses)), run.losses) for name, run in runs.items()}
    run = study.run
    positive = all((other.losses > 0).all() for other in runs.values())
    axis = ", on a logarithmic axis" if positive else ""
    together = ""
    if len(runs) > 1:
        apart = float(np.max(np.abs(run.losses - runs["torch"].losses))) if study.same_length else np.inf
        close = apart < 1e-3 * float(np.max(run.losses))
        together = " The two curves coincide." if close else " The two curves part."
    return Picture(
        "The loss of both programs",
        f"The loss over {counted(len(run.losses), 'epoch')}{axis}. It starts at {number(run.losses[0])} and ends at "
        f"{number(run.losses[-1])}.{together}",
        partial(plots.losses, study),
        characters.chart(series, "epoch", logarithmic=True),
    )


def predictions(study: Study) -> Picture:
    """What the trained network answers, against the data."""
    program, target = study.program, study.target
    data, inputs = program.data, program.data.x.shape[1]
    validated = data.x_validation is not None and inputs != 1 and not (inputs == 2 and len(study.columns) in (0, 2))
    x, y = data.x, data.y
    if validated and data.x_validation is not None and data.y_validation is not None:
        x, y = data.x_validation, data.y_validation
    output = study.run.predict(x)
    which = "not learnt from" if validated else "learnt from"
    if target.classes:
        wanted = np.asarray(y).reshape(-1).astype(int)
        found = np.argmax(target.probabilities(output, program.network.loss), axis=1)
        counts = np.zeros((len(target.classes),) * 2, dtype=int)
        np.add.at(counts, (wanted, found), 1)
        right = int(np.trace(counts))
        words = f"Of {counted(len(wanted), 'row')} ({which}), {right} are given their right class."
        text = characters.confusion(counts, target.classes)
    else:
        targets = np.asarray(y, dtype=float).reshape(len(y), -1) * target.scale + target.mean
        link = program.network.loss.link
        answers = (find(link, Activation).forward(output) if link else output) * target.scale + target.mean
        apart = float(np.max(np.abs(answers - targets)))
        words = f"The predictions for {counted(len(targets), 'row')} ({which}) are at most {number(apart)} "
        words += "from the right ones."
        if inputs == 1 and targets.shape[1] == 1:
            column = study.columns[0] if study.columns else None
            across = data.x[:, 0] * getattr(column, "scale", 1.0) + getattr(column, "mean", 0.0)
            series = {"data": (across, targets[:, 0]), "prediction": (across, answers[:, 0])}
            text = characters.chart(series, study.input_names[0], dots="o*")
        else:
            text = characters.chart(
                {"a prediction": (targets.reshape(-1), answers.reshape(-1))}, f"{target.name}; upwards: predicted"
            )
    return Picture("Predictions against the data", words, partial(plots.predictions, study), text)


def diagrams(study: Study) -> tuple[Picture, Picture]:
    """The network at the start and at the end."""
    start, end = study.points[0].moment.snapshot.tensors, study.run.parameters
    columns = columns_of(study)
    largest = {layer.weights: largest_weight(study, layer.weights) for layer in columns if layer.weights}
    labels = labels_of(study)
    text = characters.weights(columns, start, end)
    words = describe(columns)
    return (
        Picture("The network at the start", words, partial(diagram, columns, start, {}, largest, labels), ""),
        Picture("The network at the end", words, partial(diagram, columns, end, {}, largest, labels), text),
    )


def columns_of(study: Study) -> tuple[Layer, ...]:
    """The layers of the network as they are drawn."""
    return layers(study.program.derivation, study.program.data.x.shape[1], study.run.parameters)


def labels_of(study: Study) -> dict[str, tuple[str, ...]]:
    """What the inputs and the outputs are called, where they have names of their own."""
    labels: dict[str, tuple[str, ...]] = {"x": study.input_names} if study.columns else {}
    outputs = study.program.network.outputs(study.program.data.x.shape[1])
    if study.target.classes and outputs == len(study.target.classes):
        labels[columns_of(study)[-1].name] = study.target.classes
    return labels


def largest_weight(study: Study, name: str) -> float:
    """The largest weight of a layer in the whole run, so that all its pictures have one measure."""
    held = [point.moment.snapshot.tensors[name] for point in study.points] + [study.run.parameters[name]]
    return max(float(np.max(np.abs(array))) for array in held) or 1.0


def network_at(study: Study, point: Point, values: Mapping[str, Array]) -> Picture:
    """The network at one step, with what goes through it at the lesson's sample."""
    columns = columns_of(study)
    observation = study.observation
    shown: dict[str, Array | None] = {"x": observation.x[observation.position]}
    shown |= {layer.name: values[layer.name][observation.position] for layer in columns[1:]}
    largest = {layer.weights: largest_weight(study, layer.weights) for layer in columns if layer.weights}
    tensors: Mapping[str, Array] = point.moment.snapshot.tensors
    return Picture(
        f"The network in epoch {point.epoch}",
        describe(columns),
        partial(diagram, columns, tensors, shown, largest, labels_of(study)),
        characters.weights(columns, tensors, tensors),
    )


def gradients(study: Study) -> Picture:
    """The size of every layer's gradient over time."""
    sizes = plots.gradient_sizes(study)
    epochs = [point.epoch for point in study.points]
    series = {name: (np.array(epochs), np.array(values)) for name, values in sizes.items()}
    first = ", ".join(f"`{name}` {number(values[0], 3)}" for name, values in sizes.items())
    return Picture(
        "The size of the gradients, layer by layer",
        f"The root mean square of the gradient of each layer's weights over the epochs. In the first step: {first}.",
        partial(plots.gradients, study),
        characters.chart(series, "epoch", logarithmic=True),
    )


def weight(study: Study, name: str, index: tuple[int, ...]) -> Picture:
    """One weight over time."""
    values = [float(point.moment.snapshot.tensors[name][index]) for point in study.points]
    epochs = np.array([point.epoch for point in study.points])
    label = element(name, index)
    return Picture(
        f"One weight over time: {label}",
        f"The weight `{label}` goes from {number(values[0])} to {number(values[-1])} at the last recorded step.",
        partial(plots.weight_over_time, study, name, index),
        characters.chart({label: (epochs, np.array(values))}, "epoch"),
    )


def activation(op: Activation, marks: Array) -> Picture:
    """An activation with its slope."""
    z = np.linspace(-5, 5, 81)
    value, slope = plots.value_and_slope(op, z[:, None])
    return Picture(
        f"{type(op).__name__} and its slope",
        f"What {type(op).__name__} makes of a number, and its slope there. In the drawing, the slope is dashed, and "
        "the dots are numbers that this run put in.",
        partial(plots.activation, op, marks),
        characters.chart({"value": (z, value[:, 0]), "slope": (z, slope[:, 0])}, "what goes in"),
    )
