"""One training step: forward, loss, backward, update."""

from __future__ import annotations

from itertools import groupby

from backproof.lesson.blocks import Block, Cards, Chain, Chapter, Formula, Heading, Link, Paragraph, Table, number
from backproof.lesson.chapters import drawings, questions
from backproof.lesson.expression import Expression, Name, Operation
from backproof.lesson.observation import Explained
from backproof.lesson.study import Study


def _by_op(steps: list[Explained]) -> list[Block]:
    """The steps under headings of their ops. Neighbouring steps of one op stand together."""
    blocks: list[Block] = []
    for op, group in groupby(steps, key=lambda explained: explained.step.op):
        blocks += [Heading(op), Cards(tuple(group))]
    return blocks


def _phase(study: Study, phase: str) -> list[Explained]:
    return [explained for explained in study.observation.steps if explained.step.phase == phase]


def forward(study: Study) -> Chapter:
    """From the input to the prediction."""
    observation, output = study.observation, study.program.derivation.output
    blocks: list[Block] = [
        Paragraph(
            f"Forward means: from the input to the prediction. The samples go through the network from the first op to "
            f"the last, and the last name, `{output}`, is the prediction. All samples of a batch go through together; "
            f"the numbers shown are those of sample {observation.sample}."
        )
    ]
    wide = max(int(value.shape[-1]) for value in observation.sides.ours.values() if value.ndim == 2)
    if wide > 1:
        blocks.append(
            Paragraph(
                "A layer here has many neurons, too many to follow all of them. In each layer the neuron is shown "
                "whose "
                "weighted sum has the largest gradient at this sample. Of a long sum the four largest terms are "
                "written out, and the rest is said with its count and its total."
            )
        )
    return Chapter("Forward", (*blocks, *_by_op(_phase(study, "forward"))))


def loss(study: Study) -> Chapter:
    """How wrong the prediction is."""
    opening = Paragraph(
        "The loss is one number that says how wrong the predictions are: the smaller, the better. Everything that "
        "follows asks how to make it smaller."
    )
    return Chapter("Loss", (opening, *_by_op(_phase(study, "loss")), questions.mean_or_sum(study)))


def backward(study: Study) -> Chapter:
    """How the loss changes with every quantity."""
    trained = study.program.derivation.trained
    weights = [tensor.name for tensor in trained if len(tensor.parameter.shape) == 2]
    blocks: list[Block] = [
        Paragraph(
            "Backward means: from the loss back to every weight. For each quantity we ask the same question: if it "
            "were "
            "a little larger, how would the loss change? The answer is its gradient. We know the answer for the "
            "prediction first, and each line takes it one op further back. This is the chain rule: the slopes along "
            "the "
            "way are multiplied."
        ),
        Heading("Where each gradient comes from"),
        Chain(tuple(_links(study))),
        Paragraph(
            "Written as one product, the gradient of each weight is the product of all slopes between the loss and the "
            "weight:"
        ),
        *(Formula(f"d_{name}", _chain_rule(study, name)) for name in weights),
        Paragraph(
            "With more than one neuron in a layer there are many ways from the loss to a weight. Each way gives such a "
            "product, and the gradient is their sum. The matrix products below do just that."
            if any(layer.width > 1 for layer in drawings.columns_of(study))
            else "The network has one neuron in each layer, so there is only one way from the loss to each weight."
        ),
        *_by_op(_phase(study, "backward")),
        questions.sum_over_samples(study),
        questions.before_its_update(study),
    ]
    return Chapter("Backward", tuple(blocks))


def _links(study: Study) -> list[Link]:
    observation = study.observation
    ours = observation.sides.ours
    placed = study.program.derivation.placed

    def at(name: str) -> float | None:
        value = ours.get(name)
        return None if value is None else float(value[observation.index_of(name, value)])

    links = [Link("loss", float(ours["loss"]), 1.0, str(study.program.network.loss), ())]
    for place in reversed(placed):
        weights = []
        for parameter in place.op.parameters():
            gradient = at(f"d_{place.scope[parameter.name]}")
            if gradient is not None:
                weights.append((place.scope[parameter.name], gradient))
        value = at(place.output)
        assert value is not None
        links.append(Link(place.output, value, at(f"d_{place.output}"), str(place.op), tuple(weights)))
    x = float(observation.x[observation.index_of("x", observation.x)])
    links.append(Link("x", x, None, "", ()))
    return links


def _chain_rule(study: Study, weight: str) -> Expression:
    """∂L/∂w as the product of the slopes between."""
    placed = study.program.derivation.placed
    owner = next(p for p in placed if weight in p.scope.values() and any(
        p.scope[parameter.name] == weight for parameter in p.op.parameters()))  # fmt: skip
    slopes: list[Expression] = [Name(f"d_{study.program.derivation.output}")]
    for place in reversed(placed):
        if place is owner:
            slopes.append(Operation("partial", (Name(place.output), Name(weight))))
            break
        slopes.append(Operation("partial", (Name(place.output), Name(place.input))))
    return Operation("times", tuple(slopes))


def update(study: Study) -> Chapter:
    """Every parameter moves against its gradient."""
    steps = _phase(study, "update")
    tensors = [tensor.name for tensor in study.program.derivation.trained]
    first, rest = tensors[0], tensors[1:]

    def belongs(explained: Explained, name: str) -> bool:
        return explained.step.name == name or explained.step.name.endswith(f"_{name}")

    others = [explained for explained in steps if any(belongs(explained, name) for name in rest)]
    shown = [explained for explained in steps if explained not in others]
    optimizer = str(study.program.settings.optimizer)
    blocks: list[Block] = [
        Paragraph(
            "The gradient of a weight says in which direction the loss grows. So every parameter moves the other way, "
            f"by a step that the optimizer, {optimizer}, makes out of the gradient."
        ),
        *_by_op(shown),
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
    return [
        Heading("What the optimizer did to one weight over time"),
        Paragraph(
            f"Here is one weight, `{name}[{', '.join(map(str, index))}]`, at some steps of the training: what it "
            "was, what "
            "its gradient said, and how far it moved. A positive gradient makes it smaller, a negative one larger."
        ),
        Table(headings, tuple(rows), "One weight at some of the steps"),
        drawings.weight(study, name, index),
    ]


def _spread(count: int, wanted: int) -> list[int]:
    """A few positions out of many, the first and the last among them."""
    if count <= wanted:
        return list(range(count))
    return sorted({round(place * (count - 1) / (wanted - 1)) for place in range(wanted)})
