"""The chapters of a lesson: the notebook's, in the notebook's order, for any network."""

from __future__ import annotations

from backproof.lesson.blocks import Document, Part
from backproof.lesson.chapters import agreement, by_autograd, exercises, learning, one_step, opening, preparation
from backproof.lesson.study import Study


def write_document(study: Study) -> Document:
    """The whole lesson of a study."""
    program, observation = study.program, study.observation
    ops = " → ".join(map(str, program.network.ops))
    names = dict.fromkeys(["x", "y", *observation.before, *(step.name for step in program.steps)])
    return Document(
        title=f"{program.title}, line by line",
        subtitle=f"{ops}, {program.network.loss}",
        opening=opening.blocks(study),
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
