"""The chapters of a lesson: the notebook's, in the notebook's order, for any network."""

from __future__ import annotations

from backproof.lesson.blocks import Block, Document, Heading, Paragraph, Part, Verdict, number
from backproof.lesson.chapters import agreement, by_autograd, exercises, learning, one_step, preparation
from backproof.lesson.chapters.drawings import losses, predictions
from backproof.lesson.study import Study
from backproof.proof.table import verdict


def write_document(study: Study) -> Document:
    """The whole lesson of a study."""
    program, observation = study.program, study.observation
    ops = " → ".join(map(str, program.network.ops))
    names = dict.fromkeys(["x", "y", *observation.before, *(step.name for step in program.steps)])
    return Document(
        title=f"{program.title}, line by line",
        subtitle=f"{ops}, {program.network.loss}",
        opening=_opening(study),
        parts=(
            Part(
                "By hand, in NumPy",
                (
                    preparation.data(study),
                    preparation.activations(study),
                    preparation.first_weights(study),
                    one_step.forward(study),
                    one_step.loss(study),
                    one_step.backward(study),
                    one_step.update(study),
                    learning.loop(study),
                    learning.testing(study),
                ),
            ),
            Part("By autograd, in PyTorch", by_autograd.chapters(study)),
            Part(
                "Both together",
                (
                    agreement.proof(study),
                    agreement.floating_point(study),
                    learning.vanishing(study),
                    learning.watching(study),
                    exercises.chapter(study),
                ),
            ),
        ),
        names=tuple(name for name in names if name != "generator"),
    )


def _opening(study: Study) -> tuple[Block, ...]:
    program, run, observation = study.program, study.run, study.observation
    settings = program.settings
    batches = f"batches of {settings.batch_size} rows" if settings.batch_size else "all rows at once"
    first, last = float(run.losses[0]), float(run.losses[-1])
    same = "" if "torch" not in study.proof.runs else " PyTorch did the same from the same first weights."
    blocks: list[Block] = [
        Paragraph(
            f"This network was trained by hand, with NumPy, for {len(run.losses)} epochs: {len(program.data.x)} rows, "
            f"{batches}, {settings.optimizer}. Its loss went from {number(first)} to {number(last)}.{same}"
        ),
        Paragraph(
            f"Every line of both programs is explained below. The numbers are those of this very run: of epoch "
            f"{observation.moment.epoch}, which is training step {observation.moment.number}, and of sample "
            f"{observation.sample}. Everything is counted from 0, as Python counts."
        ),
        Verdict(study.proof.holds, tuple(verdict(study.proof))),
        losses(study),
        predictions(study),
        Heading("How to read the formulas"),
        Paragraph(
            "`d_w1` in a program is ∂L/∂w₁ in a formula: how fast the loss L grows when w₁ grows. "
            "⊙ multiplies two arrays number by number. Two letters side by side, x w₁, are a matrix product: `x @ w1`. "
            "A small ⊤ turns rows into columns: `x.T`. Square brackets [a > 0] are 1 where it is true and 0 elsewhere. "
            "N is how many numbers an array has, n how many rows, k how many columns. η (eta) is `learning_rate`. "
            "An arrow ← gives a name a new value."
        ),
    ]
    return tuple(blocks)
