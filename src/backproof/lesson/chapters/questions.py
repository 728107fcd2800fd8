"""What every learner asks, answered with the numbers of this network."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from backproof.engines import make_engine
from backproof.lesson.blocks import Block, Listing, Paragraph, Question, number
from backproof.lesson.observation import Explained
from backproof.lesson.study import Study
from backproof.ops.op import Activation, Array
from backproof.program.derivation import namespace
from backproof.program.literals import element


def _ask(question: str, *answer: Block | str) -> Question:
    blocks = tuple(Paragraph(part) if isinstance(part, str) else part for part in answer)
    return Question(question, blocks)


def activation_or_z(op: Activation, z: str, a: str, reads: tuple[str, ...], study: Study) -> Question:
    """Why the derivative takes what came out, or what went in."""
    step = next(e for e in study.observation.steps if e.step.name == f"d_{z}" and e.step.phase == "backward")
    name = type(op).__name__
    takes, other = (a, z) if a in reads else (z, a)
    mixed = _with_other(step, takes, other, study)
    mistake = f"Here either would do: with `{other}` in the place of `{takes}` the line gives the same numbers."
    if not np.array_equal(mixed, step.value):
        mistake = (
            f"The two must not be mixed up. At sample {study.observation.sample} this line gives "
            f"{number(step.number)}. With `{other}` in the place of `{takes}` it would give "
            f"{number(float(mixed[step.index]))}: a number like any other. No error message would tell."
        )
    if a in reads:
        return _ask(
            f"Why does the derivative take {a} and not {z}?",
            f"Because the slope of {name} can be written with what came out of it. `{a}` has been computed already, "
            f"so nothing has to be computed from `{z}` a second time.",
            mistake,
        )
    return _ask(
        f"Why does the derivative take {z} and not {a}?",
        f"Because the slope of {name} is simplest when it is written with what went in. For other activations, such "
        "as Sigmoid, it is simpler with what came out. Either is right, as long as the formula belongs to it.",
        mistake,
    )


def _with_other(step: Explained, takes: str, other: str, study: Study) -> Array:
    """The step's value if its line read another name."""
    names = _names(study)
    code = re.sub(rf"\b{takes}\b", other, step.step.code)
    with np.errstate(all="ignore"):
        exec(code, names)
    return np.asarray(names[step.step.name])


def _names(study: Study) -> dict[str, Any]:
    """Everything that the lines can read after the backward pass, before the update."""
    observation = study.observation
    values = {name: value for name, value in observation.sides.ours.items() if name not in observation.before}
    return {**namespace(study.program.steps), **observation.before, **values}


def why_random(study: Study) -> Question:
    """Why the first weights are not all zero."""
    linear = [t.name for t in study.program.derivation.trained if len(t.parameter.shape) == 2]
    answer = []
    if any(width > 1 for width in study.hidden_widths):
        answer.append(
            "Because equal neurons stay equal. Two neurons of a layer with the same weights on both sides compute "
            "the same and get the same gradient. They take the same steps, so they are one neuron, written down "
            "twice. Chance makes them different, so that each can learn something of its own."
        )
    if study.draws_in_training:
        answer.append("Dropout would tell equal neurons apart, too, but by chance alone.")
    if len(linear) > 1:
        answer.append(
            f"Where `{linear[-1]}` is 0, nothing comes back through it. Every gradient before it is then 0, and the "
            "layers there learn nothing in the first step."
        )
    if not answer:
        answer.append("With a single layer they could be: chance matters where one layer stands behind another.")
    return _ask("Why are the first weights not all 0?", *answer)


def mean_or_sum(study: Study) -> Question:
    """Why it matters whether the loss is a mean or half a sum."""
    loss, optimizer = study.program.network.loss, study.program.settings.optimizer
    rate = optimizer.settings()["learning_rate"]
    name = f"d_{study.program.derivation.output}"
    gradient = study.observation.sides.ours[name]
    index = study.observation.index_of(name, gradient)
    here, count = float(gradient[index]), gradient.size
    told = f"At sample {study.observation.sample}, `{name}` is {number(here)}."
    kind = type(loss).__name__
    if kind == "HalfSquaredError":
        question = "Why does it matter whether the loss is half the sum or the mean?"
        answer = [
            "The derivative of half a square is the error itself. The derivative of the mean of the squares is "
            f"twice the error, divided by how many errors there are, N = {count}. So this gradient is N/2 = "
            f"{number(count / 2)} times that of the mean. {told} With the mean it would be "
            f"{number(here * 2 / count)}."
        ]
        times = count / 2
    elif kind == "MSELoss":
        question = "Why does it matter whether the loss is the mean or half the sum?"
        answer = [
            "The derivative of the mean of the squares is twice the error, divided by how many errors there are, N "
            f"= {count}. The derivative of half their sum is the error itself. That is N/2 = {number(count / 2)} "
            f"times as much. {told} With half the sum it would be {number(here * count / 2)}."
        ]
        times = count / 2
    else:
        question = "Why does it matter whether the loss is a mean or a sum?"
        rows = len(gradient)
        answer = [
            f"A mean does not grow with the number of rows. A sum does, and its gradient does, too. {told} With the "
            f"sum over these {rows} rows it would be {number(here * rows)}."
        ]
        times = float(rows)
    answer.append("Both losses are smallest at the same weights. But the way there is another one.")
    if study.descends_plainly:
        answer.append(
            f"At the same learning rate, {number(rate)}, the steps would differ by this factor, {number(times)}. "
            "Many hand-written networks print the mean and descend half the sum. Their loss falls, but their "
            "gradients belong to another loss than the one that they print."
        )
    else:
        answer.append(
            f"The optimizer here, {type(optimizer).__name__}, does not simply follow the size of the gradient, so "
            "its steps would differ by less than this factor. With plain gradient descent they would differ by all "
            "of it."
        )
    return _ask(question, *answer)


def sum_over_samples(study: Study) -> Question:
    """Why the gradient of a weight is a sum over the samples."""
    observation = study.observation
    ours = observation.sides.ours
    place = study.linear_places[0]
    weight = place.weights
    gradient = ours[f"d_{weight}"]
    row, column = observation.index_of(weight, gradient)
    slopes = ours[f"d_{place.output}"]
    into = observation.x if place.input == "x" else ours[place.input]
    shares = into[:, row] * slopes[:, column]
    label = element(weight, (row, column))
    shown = min(len(shares), 5)
    items = tuple(f"sample {observation.rows[k]} adds {number(shares[k])}" for k in range(shown))
    rest = len(shares) - shown
    if rest:
        items += (f"the other {rest} samples of the batch add {number(float(np.sum(shares[shown:])))}",)
    return _ask(
        "Why is the gradient of a weight a sum over the samples?",
        "Because all samples use the same weight. If it changes a little, every sample's part of the loss can "
        f"change, and the changes add up. For `{label}`:",
        Listing(items),
        f"Together that is {number(float(gradient[row, column]))}, the number in `d_{weight}`. A program that "
        "overwrites instead of adding keeps only the last sample's share. In a matrix product such as "
        f"`{place.input}.T @ d_{place.output}` the transpose brings each input together with the gradients of the "
        "same samples, and the product adds them up.",
        f"A bias works in the same way. `np.sum(d_{place.output}, axis=0)` adds down the columns, which is over the "
        "samples.",
    )


def before_its_update(study: Study) -> Block:
    """Why the gradient of the layer before must use the weights before their update."""
    observation = study.observation
    ours = observation.sides.ours
    linear = study.linear_places
    if len(linear) < 2:
        return Paragraph(
            "There is one layer only, so no gradient has to go through a second layer's weights. In deeper networks "
            "it must use those weights as they were in the forward pass, before any update."
        )
    place = linear[-1]
    weight = place.weights
    name = f"d_{place.input}"
    line = next(e for e in observation.steps if e.step.name == name)
    names: dict[str, Any] = {**_names(study), weight: ours[weight]}
    exec(line.step.code, names)
    late = float(names[name][line.index])
    old, new = observation.before[weight], ours[weight]
    index = observation.index_of(weight, old)
    label = element(weight, index)
    return _ask(
        f"Why must {name} be computed before {weight} is updated?",
        f"The line is `{line.step.code}`. The gradient belongs to the network that made the prediction, and that "
        f"network had the old `{weight}`. Here `{label}` was {number(old[index])}. After the update it is "
        f"{number(new[index])}.",
        f"With the old `{weight}` the line gives {number(line.number, 8)}. With the new one it would give "
        f"{number(late, 8)}. Such an error is hard to see in the loss, and it is made in every step. So compute all "
        "gradients first, and move all parameters after that.",
    )


def why_minus(study: Study) -> Question:
    """Why the step goes against the gradient."""
    observation = study.observation
    trained = [tensor.name for tensor in study.program.derivation.trained]
    before = {name: observation.before[name] for name in trained}
    after = {name: observation.sides.ours[name] for name in trained}
    answer = [
        "The gradient says in which direction the loss grows. We want the loss to shrink, so we subtract.",
    ]
    if not study.draws_in_training:
        down = study.observation.loss_with(after)
        up = study.observation.loss_with({name: before[name] - (after[name] - before[name]) for name in trained})
        here = float(observation.sides.ours["loss"])
        answer.append(
            f"Here the loss on these rows was {number(here, 8)}. After this step it is {number(down, 8)}. The same "
            f"step the other way would have made it {number(up, 8)}."
        )
        if down > here:
            answer.append("So after this step the loss is larger. That can happen on the way.")
    answer.append(
        "Some hand-written programs add instead, and are right: they compute the error as `y - output`, so that "
        "their “gradient” has the other sign already. Their words then often say “subtract” where the code adds."
    )
    return _ask("Why minus?", *answer)


def zero_grad(study: Study) -> Question:
    """What zero_grad is for."""
    observation = study.observation
    engine = make_engine("numpy", study.program)
    engine.restore(observation.moment.snapshot)
    name = study.program.derivation.trained[0].name
    first = engine.quantities(observation.x, observation.y, observation.moment.epoch)[f"d_{name}"]
    second = engine.quantities(observation.x, observation.y, observation.moment.epoch)[f"d_{name}"]
    index = observation.index_of(name, first)
    one, two = float(first[index]), float(second[index])
    label = element(name, index)
    return _ask(
        "What is zero_grad for?",
        "`loss.backward()` does not replace the gradients that it finds: it adds to them. That is useful for adding "
        "up several batches. If you do not want that, you must clear them first.",
        f"In this step the gradient of `{label}` is {number(one)}. One step later, on the same rows, it is "
        f"{number(two)}. Without `optimizer.zero_grad()` PyTorch would hold {number(one + two)} then, and the weight "
        "would be moved by the old gradient once more.",
        "The NumPy program has no such line, because each of its steps computes every `d_` name anew.",
    )


def no_grad() -> Question:
    """What no_grad is for."""
    return _ask(
        "What is no_grad for?",
        "Autograd records every operation on a parameter, so that it can go back later. Inside `with "
        "torch.no_grad():` it records nothing.",
        "When the first weights are copied in, the copying must not become part of the network. PyTorch even "
        "refuses to write into a parameter outside such a block.",
        "When the network only predicts, nothing will be learnt from it. Then the record would cost time and memory "
        "for nothing.",
    )


def detach() -> Question:
    """What detach is for."""
    return _ask(
        "What is detach for?",
        "A prediction that was made outside `no_grad` carries its record: `print` shows a `grad_fn`, and `.numpy()` "
        "refuses. `predictions.detach()` gives the same numbers without the record.",
        "`detach` copies nothing: both tensors share the same numbers. `loss.item()` goes further. It gives an "
        "ordinary Python number, a copy.",
    )
