"""The PyTorch program, from its first line to its last."""

from __future__ import annotations

from collections.abc import Mapping

from backproof.lesson.blocks import Block, Chapter, Code, Lines, Paragraph, Table, number
from backproof.lesson.chapters import questions
from backproof.lesson.chapters.summaries import summary
from backproof.lesson.scaffold import TORCH, explain_lines, sentences
from backproof.lesson.study import Study

TESTING: list[Block] = [
    Paragraph("This program ends with its training. To let it predict new rows, add:"),
    Code("model.eval()\nwith torch.no_grad():\n    predictions = model(x_new)"),
]
"""How to test, for a program that was given no new rows."""


def chapters(study: Study) -> tuple[Chapter, ...]:
    """The chapters of the PyTorch program, in the order of its lines."""
    outline = study.program.torch_outline
    lines, sections = outline.lines, outline.sections
    starts = {name: sections[name][0] - 1 for name in sections}
    loop = next(i for i, line in enumerate(lines) if line == "losses = []")
    imports_end = sections["imports"][1]
    testing = next((i for i, line in enumerate(lines) if i > loop and line.startswith("# rows that it")), len(lines))
    data = lines[imports_end : starts["classes"]]
    same = "the same arrays as above, as tensors. A tensor is PyTorch's array: it can remember how it was computed."
    return (
        _chapter(
            "PyTorch: the imports",
            [
                Paragraph(
                    "The second program does the same with PyTorch, which has layers, losses and optimizers "
                    "ready-made, and finds the gradients by itself. It begins with what it needs."
                )
            ],
            lines[:imports_end],
        ),
        _chapter("PyTorch: the data", [Paragraph(f"The data are {same}")], data),
        _chapter(
            "PyTorch: the class",
            [
                Paragraph(
                    "The network is written as a class. `__init__` makes its layers, and `forward` says how the "
                    "data flows through them. There is no backward: autograd derives it."
                ),
                Code("\n".join(lines[starts["classes"] : sections["classes"][1]]).strip("\n")),
            ],
            lines[starts["classes"] : sections["classes"][1]],
            known=_modules(study),
        ),
        _chapter(
            "PyTorch: the model, the loss and the optimizer",
            [Paragraph("The class is only a plan. Now the network itself is made, with a loss and an optimizer.")],
            lines[starts["model"] : loop],
            _parameters(study),
            questions.no_grad(),
            known=sentences(study.first_steps),
        ),
        _chapter(
            "PyTorch: the training loop",
            [
                Paragraph(
                    "The loop has the same four parts as by hand. But backward is one line, and update is one line."
                ),
                Code("\n".join(lines[loop:testing]).strip("\n")),
            ],
            lines[loop:testing],
            questions.zero_grad(study),
        ),
        _chapter(
            "PyTorch: testing",
            [
                Paragraph(
                    "The trained network predicts. It is told that it is not being trained any more, and nothing of "
                    "what it computes is recorded."
                ),
                *([] if testing < len(lines) else TESTING),
            ],
            lines[testing:],
            questions.detach(),
        ),
    )


def _chapter(
    title: str, opening: list[Block], lines: list[str], *after: Block, known: Mapping[str, str] | None = None
) -> Chapter:
    explained = explain_lines(lines, TORCH, known)
    middle: list[Block] = [Lines(explained)] if explained else []
    return Chapter(title, (*opening, *middle, *after))


def _modules(study: Study) -> dict[str, str]:
    """The lines of the class that belong to an op, with what they do by hand."""
    derived = study.program.derivation
    known = {}
    for place in derived.placed:
        if place not in study.linear_places:
            known[f"self.{place.attribute} = {place.op.torch()}"] = summary(place.op)
        by_hand = next(step.code for step in derived.forward if step.name == place.output)
        known[f"{place.output} = self.{place.attribute}({place.input})"] = f"It does what `{by_hand}` does by hand."
    return known


def _parameters(study: Study) -> Table:
    rows = []
    for tensor in study.program.derivation.tensors:
        held = f"model.{tensor.attribute}.{tensor.parameter.torch}"
        turned = "transposed" if tensor.parameter.transposed else "as it is"
        first = study.points[0].moment.snapshot.tensors[tensor.name]
        rows.append((f"`{tensor.name}`", f"`{held}`", turned, number(float(first.reshape(-1)[0]))))
    return Table(
        ("by hand", "in PyTorch", "how", "its first number"), tuple(rows), "Where PyTorch keeps each parameter"
    )
