"""What comes first: what was trained, whether both programs agree, the words, and how to read the formulas."""

from __future__ import annotations

from backproof.lesson.blocks import Block, Heading, Listing, Paragraph, Verdict, literal, number
from backproof.lesson.chapters.drawings import losses, predictions
from backproof.lesson.chapters.summaries import counted, summary
from backproof.lesson.study import Study
from backproof.proof.table import verdict


def blocks(study: Study) -> tuple[Block, ...]:
    """The beginning of a lesson."""
    program, run, observation = study.program, study.run, study.observation
    moment = observation.moment
    both = " PyTorch did the same from the same first weights." if "torch" in study.proof.runs else ""
    found: list[Block] = [
        Paragraph(f"{_network(study)} It learns to predict {literal(study.target.name)} from {_inputs(study)}."),
        Paragraph(
            f"It was trained by hand, with NumPy, on {counted(len(program.data.x), 'row')}, for "
            f"{counted(len(run.losses), 'epoch')}. The loss went from {number(run.losses[0])} to "
            f"{number(run.losses[-1])}.{both}"
        ),
        _verdict(study),
        Paragraph(
            "Both programs are explained below, line by line, with the numbers of this very run. They are from "
            f"training step {moment.number}, in epoch {moment.epoch}, for sample {observation.sample}. Everything is "
            "counted from 0, as Python counts."
        ),
        losses(study),
        predictions(study),
        Heading("The words"),
        Listing(_words(study)),
        Heading("How to read the formulas"),
        Listing(
            (
                "`d_w1` in a program is ∂L/∂w₁ in a formula: how fast the loss L grows when w₁ grows.",
                "⊙ multiplies two arrays number by number, as `*` does.",
                "Two letters side by side, x w₁, are a matrix product, `x @ w1`. Each number of it is a row of x "
                "times a column of w₁: multiply in pairs, and add.",
                "A small ⊤ turns rows into columns, as `x.T` does.",
                "Σ adds up. What it adds over stands below it.",
                "N is how many numbers an array has, n how many rows, k how many columns. j numbers a column.",
                "Square brackets, as in [a > 0], are 1 where it is true and 0 elsewhere.",
                "η (eta) is `learning_rate`. e to the power of z is `np.exp(z)`, and ln is `np.log`.",
                "An arrow ← gives a name a new value.",
            )
        ),
    ]
    return tuple(found)


def _network(study: Study) -> str:
    inputs = study.program.data.x.shape[1]
    hidden = study.hidden_widths
    outputs = study.program.network.outputs(inputs)
    given = f"A network that is given {counted(inputs, 'number')} a row and gives {outputs}"
    if not hidden:
        return f"{given}. It has one layer."
    if len(hidden) == 1:
        return f"{given}. In between it has one hidden layer, of {counted(hidden[0], 'neuron')}."
    same = len(set(hidden)) == 1
    sizes = f"{counted(hidden[0], 'neuron')} each" if same else f"{', '.join(map(str, hidden))} neurons"
    return f"{given}. In between it has {len(hidden)} hidden layers, of {sizes}."


def _inputs(study: Study) -> str:
    if not study.columns:
        return "`x`"
    names = [column.name for column in study.columns]
    more = f" and {len(names) - 6} more columns" if len(names) > 6 else ""
    return literal(", ".join(names[:6])) + more


def _verdict(study: Study) -> Verdict:
    if not study.proof.holds:
        return Verdict(False, tuple(verdict(study.proof)))
    return Verdict(
        True,
        (
            "✓ Both programs agree in every quantity that was compared. The chapter “Why the two agree” says what "
            "was compared, and how.",
        ),
    )


def _words(study: Study) -> tuple[str, ...]:
    settings, loss = study.program.settings, study.program.network.loss
    words = [
        "A network is a chain of ops. An op is one piece of it: a layer or an activation.",
        "A layer is made of neurons. A neuron adds up its inputs, each times a weight, and adds a bias.",
        "Weights and biases are parameters: numbers that are learnt.",
        "A layer is hidden when its output is not the answer but goes on to another layer.",
        f"The loss says how wrong the predictions are. Here it is {type(loss).__name__}. {summary(loss)}",
        "The gradient of a number says how fast the loss grows when that number grows.",
        f"The optimizer turns gradients into steps. Here it is {type(settings.optimizer).__name__}"
        + (", which is short for stochastic gradient descent." if type(settings.optimizer).__name__ == "SGD" else "."),
        "One epoch is one time through all rows.",
    ]
    if settings.batch_size:
        words.append(
            f"A batch is the rows that are taken for one step. Here it has {counted(settings.batch_size, 'row')} at "
            "most."
        )
    words.append("Autograd is the part of PyTorch that finds gradients by itself.")
    if loss.link and study.target.classes:
        words.append(
            f"The network's outputs are logits: numbers of any size. {loss.link} turns them into probabilities, "
            "inside the loss and after a prediction."
        )
    return tuple(words)
