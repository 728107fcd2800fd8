"""One training step: forward, loss, backward, update."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np

from backproof.lesson.blocks import Block, Cards, Chain, Chapter, Formula, Heading, Link, Paragraph, Table, number
from backproof.lesson.chapters import drawings, questions
from backproof.lesson.chapters.summaries import counted, heading, place_of
from backproof.lesson.formulas.expression import Expression, Name, Operation
from backproof.lesson.observation import Explained
from backproof.lesson.pictures.plots import is_elementwise, value_and_slope
from backproof.lesson.study import Study
from backproof.ops.op import Activation
from backproof.program.literals import element
from backproof.program.placement import Placed


def _by_op(study: Study, steps: list[Explained]) -> list[Block]:
    """The steps under headings of their ops."""
    found: list[Block] = []

    def title(explained: Explained) -> str:
        place = place_of(study, explained)
        return heading(study, place) if place else explained.step.op

    for words, group in groupby(steps, key=title):
        found += [Heading(words), Cards(tuple(group))]
    return found


def _phase(study: Study, phase: str) -> list[Explained]:
    return [explained for explained in study.observation.steps if explained.step.phase == phase]


def forward(study: Study) -> Chapter:
    """From the input to the prediction."""
    observation, output = study.observation, study.program.derivation.output
    moment = observation.moment
    blocks: list[Block] = [
        Paragraph(
            "Forward means: from the input to the prediction. All samples go through the network together, from the "
            f"first op to the last. The last name, `{output}`, is the network's output."
        ),
        Paragraph(
            f"The numbers shown are those of sample {observation.sample}. Before this step, "
            f"{counted(moment.number, 'step')} {'has' if moment.number == 1 else 'have'} been taken, so the "
            "parameters are no longer the first ones."
            if moment.number
            else f"The numbers shown are those of sample {observation.sample}. The parameters are still the first ones."
        ),
    ]
    widest = max(study.hidden_widths, default=1)
    if widest > 1 or study.program.data.x.shape[1] > 1:
        blocks.append(
            Paragraph(
                "Of each layer one neuron is shown: the one whose weighted sum has the largest gradient at this "
                "sample. Of a long sum the four largest terms are written out. The other terms are given as their "
                "number and their sum."
            )
        )
    return Chapter("Forward", (*blocks, *_by_op(study, _phase(study, "forward"))))


def loss(study: Study) -> Chapter:
    """How wrong the prediction is."""
    opening = Paragraph(
        "The loss is one number that says how wrong the predictions of all samples are. The smaller it is, the "
        "better. Everything that follows asks how to make it smaller."
    )
    return Chapter(
        "Loss", (opening, *_all_samples(study), *_by_op(study, _phase(study, "loss")), questions.mean_or_sum(study))
    )


def _all_samples(study: Study) -> list[Block]:
    """Every sample's numbers side by side, where one can take them in at a glance."""
    ours, rows = study.observation.sides.ours, study.observation.rows
    names = [place.output for place in study.program.derivation.placed]
    names += [step.name for step in study.program.derivation.loss if step.name != "loss"]
    if len(rows) > MOST_SAMPLES or any(ours[name].shape != (len(rows), 1) for name in names):
        return []
    table = tuple((str(rows[k]), *(number(float(ours[name][k, 0])) for name in names)) for k in range(len(rows)))
    headings = ("sample", *(f"`{name}`" for name in names))
    return [Table(headings, table, "Forward, for every sample; the loss is made of the last column")]


MOST_SAMPLES = 10


def backward(study: Study) -> Chapter:
    """How the loss changes with every quantity."""
    trained = study.program.derivation.trained
    weights = [tensor.name for tensor in trained if len(tensor.parameter.shape) == 2]
    mixes = any(type(place.op).__name__ == "BatchNorm1d" for place in study.program.derivation.placed)
    wide = max((*study.hidden_widths, study.program.data.x.shape[1]), default=1) > 1
    several = (
        "With more than one neuron in a layer there are many ways from the loss to a weight. Each way gives such a "
        "product, and the gradient is the sum over all ways and all samples. The matrix products below do just that."
    )
    single = (
        "There is one neuron in each layer, so for each sample there is only one way from the loss to a weight. The "
        "gradient of the weight is the sum over the samples."
    )
    crossing = (
        " BatchNorm1d mixes the samples, so there the ways cross from one sample to the others, too." if mixes else ""
    )
    found: list[Block] = [
        Paragraph(
            "Backward means: from the loss back to every weight. For each quantity we ask the same question: if it "
            "were a little larger, how would the loss change? The answer is its gradient."
        ),
        Paragraph(
            "For the network's output the answer is easy to find. Each line then carries the gradient one op "
            "further back. The slopes along the way are multiplied: this is the chain rule."
        ),
        Heading("Where each gradient comes from"),
        Chain(tuple(_links(study))),
        Paragraph(
            "The gradients of weights and biases, which branch off, are sums over all samples. The other numbers "
            f"are those of sample {study.observation.sample}."
        ),
        Paragraph("For one sample, the gradient of a weight is all the slopes on the way to it, multiplied:"),
        *(Formula(f"d_{name}", _chain_rule(study, name)) for name in weights),
        Paragraph((several if wide else single) + crossing),
        Paragraph(
            "PyTorch throws the gradients in between away. To read one of them, such as "
            f"`{study.program.derivation.output}.grad`, call `{study.program.derivation.output}.retain_grad()` in "
            "`forward`. That is how its numbers below were read."
        ),
        *_useless_biases(study),
        *_by_op(study, _phase(study, "backward")),
        questions.sum_over_samples(study),
        questions.before_its_update(study),
    ]
    return Chapter("Backward", tuple(found))


def _useless_biases(study: Study) -> list[Block]:
    """A bias right before BatchNorm1d, whose mean takes it away again."""
    found: list[Block] = []
    for before, after in pairwise(study.program.derivation.placed):
        bias = before.scope.get("b")
        if before in study.linear_places and bias and type(after.op).__name__ == "BatchNorm1d":
            found.append(
                Paragraph(
                    f"The bias `{bias}` stands right before BatchNorm1d, which takes the mean away, and the bias "
                    f"with it. So `{bias}` changes nothing, and its gradient is 0. The tiny numbers that both "
                    "programs show for it are rounding."
                )
            )
    return found


def _links(study: Study) -> list[Link]:
    observation = study.observation
    ours = observation.sides.ours
    placed = study.program.derivation.placed

    def at(name: str) -> float | None:
        value = ours.get(name)
        return None if value is None else float(value[observation.index_of(name, value)])

    links = [Link("loss", float(ours["loss"]), 1.0, f"`{study.program.network.loss}`", ())]
    for place in reversed(placed):
        weights = []
        for parameter in place.op.parameters():
            gradient = at(f"d_{place.scope[parameter.name]}")
            if gradient is not None:
                weights.append((place.scope[parameter.name], gradient))
        value = at(place.output)
        assert value is not None
        links.append(Link(place.output, value, at(f"d_{place.output}"), _factor(study, place), tuple(weights)))
    x = float(observation.x[observation.index_of("x", observation.x)])
    links.append(Link("x", x, None, "", ()))
    return links


def _factor(study: Study, place: Placed) -> str:
    """An op, and what it multiplies the gradient by where that is a single number."""
    observation = study.observation
    words = f"`{place.op}`"
    given = observation.sides.ours.get(place.input, observation.x)
    if isinstance(place.op, Activation) and is_elementwise(place.op):
        z = given[observation.index_of(place.input, given)]
        _, slope = value_and_slope(place.op, np.array([[z]]))
        return f"{words}: times its slope here, {number(float(slope[0, 0]))}"
    if place in study.linear_places and place.input != "x" and observation.sides.ours[place.output].shape[1] == 1:
        value = observation.before[place.weights]
        return f"{words}: times `{place.weights}`, {number(float(value[observation.index_of(place.weights, value)]))}"
    return words


def _chain_rule(study: Study, weight: str) -> Expression:
    """∂L/∂w as the product of the slopes between."""
    slopes: list[Expression] = [Name(f"d_{study.program.derivation.output}")]
    for place in reversed(study.program.derivation.placed):
        if place.weights == weight:
            slopes.append(Operation("partial", (Name(place.output), Name(weight))))
            break
        slopes.append(Operation("partial", (Name(place.output), Name(place.input))))
    return Operation("times", tuple(slopes))


def update(study: Study) -> Chapter:
    """Every parameter moves against its gradient."""
    steps = _phase(study, "update")
    tensors = [tensor.name for tensor in study.program.derivation.trained]
    first, rest = tensors[0], tensors[1:]
    others = [explained for explained in steps if study.observation.owner(explained.step.name) in rest]
    shown = [explained for explained in steps if explained not in others]
    optimizer = str(study.program.settings.optimizer)
    blocks: list[Block] = [
        Paragraph(
            "The gradient of a weight says in which direction the loss grows. To make the loss smaller, the weight "
            f"has to go the other way. The optimizer, {optimizer}, computes the step from the gradient."
        ),
        *_by_op(study, shown),
    ]
    if others and len(others) <= 4:
        blocks.append(Cards(tuple(others)))
    elif others:
        names = ", ".join(f"`{name}`" for name in rest)
        blocks += [
            Paragraph(f"The same lines move the other parameters: {names}."),
            Cards(tuple(others), f"The same for {', '.join(rest)}: {len(others)} lines"),
        ]
    blocks += [questions.why_minus(study), *_one_weight(study, first)]
    return Chapter("Update", tuple(blocks))


def _one_weight(study: Study, name: str) -> list[Block]:
    """What the optimizer did to one weight over time."""
    observation = study.observation
    value = observation.sides.ours[name]
    index = observation.index_of(name, value)
    states = [state.name for state in study.program.derivation.states if state.tensor.name == name]
    picked = _spread(len(study.points), 7)
    rows = []
    for position in picked:
        point = study.points[position]
        before = float(point.moment.snapshot.tensors[name][index])
        after = float(point.values[name][index])
        rows.append(
            (
                str(point.epoch),
                str(point.number),
                number(before),
                number(float(point.values[f"d_{name}"][index])),
                *(number(float(point.values[state][index])) for state in states),
                number(after - before),
            )
        )
    headings = ("epoch", "step", f"`{name}` before", f"`d_{name}`", *(f"`{state}`" for state in states), "moved by")
    signs = (
        "A positive gradient makes it smaller, a negative one larger."
        if study.descends_plainly
        else "The step is not the gradient alone, so a weight can move even when its gradient is 0."
    )
    return [
        Heading("What the optimizer did to one weight over time"),
        Paragraph(
            f"Here is one weight, `{element(name, index)}`, at some steps of the training: what it "
            f"was, what its gradient said, and how far it moved. {signs}"
        ),
        Table(headings, tuple(rows), "One weight at some of the steps"),
        drawings.weight(study, name, index),
    ]


def _spread(count: int, wanted: int) -> list[int]:
    """A few positions out of many, the first and the last among them."""
    if count <= wanted:
        return list(range(count))
    return sorted({round(place * (count - 1) / (wanted - 1)) for place in range(wanted)})
