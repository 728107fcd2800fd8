"""Exercises with hidden answers, for this network and with its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from backproof.lesson.blocks import Block, Chapter, Formula, Paragraph, Question, number
from backproof.lesson.study import Study
from backproof.program.derivation import namespace
from backproof.program.literals import element

TRIED = 500
"""So many steps show what a mistake does to the loss."""


def chapter(study: Study) -> Chapter:
    """A few exercises; each answer holds for this run."""
    made = [_by_hand(study), _differences(study), _wrong_sign(study)]
    mistake = _forgotten_activation(study)
    if mistake:
        made.append(mistake)
    made.append(_learning_rate(study))
    opening = Paragraph(
        "Try each of them before you open its answer. Pencil and paper, or the program itself, will do."
    )
    return Chapter("Exercises", (opening, *made))


def _hidden(question: str, *answer: Block | str) -> Question:
    blocks = tuple(Paragraph(part) if isinstance(part, str) else part for part in answer)
    return Question(question, blocks, hidden=True)


def _by_hand(study: Study) -> Question:
    derived = study.program.derivation
    name = derived.output
    step = next(e for e in study.observation.steps if e.step.name == name and e.step.phase == "forward")
    return _hidden(
        f"Compute `{name}` at sample {study.observation.sample}"
        + (f", {step.element.split(', ')[-1]}," if ", " in step.element else "")
        + f" from the numbers that its line `{step.step.code}` reads. Which number do you get?",
        Formula(name, step.numbers),
        f"It is {number(step.number)}.",
    )


def _differences(study: Study) -> Question:
    observation = study.observation
    name = study.program.derivation.trained[0].name
    gradient = observation.sides.ours[f"d_{name}"]
    index = observation.index_of(name, gradient)
    label = element(name, index)
    question = (
        f"Check `d_{label}` without any derivative: make `{label}` larger and smaller by 0.00001, compute the loss "
        "both times, and divide the difference by 0.00002. What do you get, and what should you get?"
    )
    if study.draws_in_training:
        return _hidden(
            question,
            f"You should get about {number(float(gradient[index]))}, provided that both losses are computed with the "
            "same numbers dropped.",
        )
    if study.program.settings.dtype == "float32":
        return _hidden(
            question,
            f"You should get {number(float(gradient[index]))}. But in float32 the two losses have too few digits for "
            "so small a distance: what is left after the subtraction is mostly rounding. Compute in float64 for "
            "this.",
        )
    up, down = (_loss_moved(study, name, index, distance) for distance in (1e-5, -1e-5))
    slope = (up - down) / 2e-5
    return _hidden(
        question,
        f"The losses are {number(up, 12)} and {number(down, 12)}. That gives {number(slope, 8)}. The gradient "
        f"derived by hand is {number(float(gradient[index]), 8)}. These are central differences. They need no "
        "backward pass, so they can check any program.",
    )


def _loss_moved(study: Study, name: str, index: tuple[int, ...], distance: float) -> float:
    """The loss with one element of a parameter moved."""
    moved = np.array(study.observation.before[name])
    moved[index] += distance
    return study.observation.loss_with({name: moved})


def _wrong_sign(study: Study) -> Question:
    update = next(e for e in reversed(study.observation.steps) if " - " in e.step.code and e.step.phase == "update")
    wrong = update.step.code.replace(" - ", " + ", 1)
    before, after = _train_with(study, update.step.code, wrong)
    return _hidden(
        f"Write `{wrong}` instead of `{update.step.code}`, and run the program again. What do you expect of the loss?",
        f"`{update.step.name}` now moves to where the loss grows. On the rows of this lesson's step the loss goes "
        f"from {number(before)} to {number(after)} in {TRIED} steps. In some networks the other parameters hide such "
        "a mistake for a long time. The proof sees it in the first step: the value is not PyTorch's.",
    )


def _forgotten_activation(study: Study) -> Question | None:
    """The mistake of the notebook that this project grew from: a layer that is given x instead of a1."""
    derived = study.program.derivation
    linear = study.linear_places
    if len(linear) < 2 or study.program.data.x.shape[1] != getattr(linear[1].op, "in_features", 0):
        return None
    place = linear[1]
    line = next(step for step in derived.forward if step.name == place.output)
    wrong = line.code.replace(place.input, "x", 1)
    before, after = _train_with(study, line.code, wrong)
    if not np.isfinite(after):
        return None
    fell = (
        f"It falls, from {number(before)} to {number(after)} in {TRIED} steps on these rows: the layers that are "
        "left can learn a part of this alone."
        if after < before
        else f"Here it does not: in {TRIED} steps from the first weights on it goes from {number(before)} to "
        f"{number(after)}."
    )
    return _hidden(
        f"In the training loop, write `{wrong}` instead of `{line.code}`, as if by mistake. Does the loss still "
        "fall? How would you notice?",
        f"{fell} The first layer's output is not used in the forward pass any more, so `d_{place.input}` belongs to "
        "a network that is never run. This mistake was found in a public notebook, whose loss went down. A "
        "comparison with PyTorch, or with central differences, shows it at once.",
    )


def _train_with(study: Study, line: str, wrong: str) -> tuple[float, float]:
    """The loss at the start and after some steps with a wrong line in the program, on the rows of the lesson's step."""
    names: dict[str, Any] = {
        **namespace(study.program.steps),
        **study.observation.before,
        **study.points[0].moment.snapshot.tensors,
        **study.points[0].moment.snapshot.states,
        "t": 0,
        "generator": np.random.default_rng(study.program.settings.seed),
    }
    code = compile(
        "\n".join(wrong if step.code == line else step.code for step in study.program.steps), "<exercise>", "exec"
    )
    losses = []
    with np.errstate(all="ignore"):
        for _ in range(TRIED):
            exec(code, names)
            losses.append(float(names["loss"]))
    return losses[0], losses[-1]


def _learning_rate(study: Study) -> Question:
    name = study.program.derivation.trained[0].name
    observation = study.observation
    before, after = observation.before[name], observation.sides.ours[name]
    index = observation.index_of(name, after)
    moved = float(after[index] - before[index])
    label = element(name, index)
    return _hidden(
        f"In this step `{label}` moves by {number(moved)}. By how much would it move with twice the learning rate?",
        f"By {number(2 * moved)}: the step is the learning rate times something that does not depend on it. Two "
        "steps of half the length do not lead to the same place as one whole step, though, because the gradient is "
        "computed anew in between.",
    )
