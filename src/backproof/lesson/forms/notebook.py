"""The lesson as a Jupyter notebook: both programs, the explanations between them, a proof, exercises.

The notebook needs NumPy and PyTorch alone.
"""

from __future__ import annotations

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from backproof.lesson.blocks import Block, Chapter, Code, Document, Lines, Picture
from backproof.lesson.forms.markdown import Markdown
from backproof.lesson.study import Study
from backproof.program.derivation import Step
from backproof.program.numpy_text import numpy_text
from backproof.program.text import Text
from backproof.program.torch_text import torch_text

ERF = ("from scipy.special import erf", "import math\n\nerf = np.vectorize(math.erf)")
"""The error function without SciPy."""
TOLERANCE = {"float64": 1e-6, "float32": 1e-3}
"""How far a quantity may be from PyTorch's, as a part of its largest value, where lines are not judged singly."""


def notebook(study: Study, document: Document) -> str:
    """The notebook as JSON."""
    return _Notebook(study, document).text()


class _Notebook:
    def __init__(self, study: Study, document: Document) -> None:
        self.study, self.document = study, document
        self.markdown = Markdown(study.symbols)
        self.program = study.program
        self.chapters = {chapter.title: chapter for part in document.parts for chapter in part.chapters}
        self.cells: list[nbformat.NotebookNode] = []

    def text(self) -> str:
        self._say(f"# {self.document.title}\n\n`{self.document.subtitle}`")
        self._say(self.markdown.blocks(self.document.opening, 2))
        self._by_hand()
        self._by_autograd()
        self._together()
        for position, cell in enumerate(self.cells):
            cell["id"] = f"cell-{position}"
        made = new_notebook(cells=self.cells)
        made.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
        made.metadata["language_info"] = {"name": "python"}
        nbformat.validate(made)
        return str(nbformat.writes(made)) + "\n"

    def _say(self, text: str) -> None:
        self.cells.append(new_markdown_cell(text))

    def _run(self, *lines: str) -> None:
        code = "\n".join(lines).strip("\n").replace(*ERF)
        if code:
            self.cells.append(new_code_cell(code))

    def _chapter(self, title: str, *, without: tuple[type[Block], ...] = ()) -> None:
        """A chapter's words. What stands in a code cell beside them is left out."""
        chapter = self.chapters[title]
        kept = tuple(block for block in chapter.blocks if not isinstance(block, without))
        self._say(self.markdown.chapter(Chapter(chapter.title, kept), 3))

    def _by_hand(self) -> None:
        text = numpy_text(self.program)
        lines, at = text.lines, text.sections
        loop = lines.index("losses = []")
        setup_start, setup_end = at["setup"][0] - 1, at["setup"][1]
        constants = [line for line in lines[setup_end:loop] if not line.startswith("def ")]
        if "evaluate" in at:
            constants = lines[setup_end : at["evaluate"][0] - 1]
        steps = self.program.steps
        self._say("## By hand, in NumPy")
        self._chapter("Data")
        self._run(*lines[at["imports"][0] - 1 : setup_start])
        self._chapter("Activations and their derivatives", without=(Picture,))
        self._chapter("First weights and settings")
        setup = [*lines[setup_start:setup_end], *constants]
        self._run(*setup)
        if self.program.settings.batch_size:
            self._run(
                "# one batch, to look at a single step",
                "x, y = x_train[:batch_size], y_train[:batch_size]",
            )
        if any("epoch" in step.reads for step in steps):
            self._run("epoch = 0")
        if self.study.observation.moment.number or self.program.settings.batch_size:
            self._say(
                "The cells below take one step from the first weights, so that their numbers are those of epoch 0. "
                f"The numbers in the explanations are those of epoch {self.study.observation.moment.epoch}."
            )
        for phase, title in (("forward", "Forward"), ("loss", "Loss"), ("backward", "Backward"), ("update", "Update")):
            self._chapter(title)
            self._run(*_with_sentences([step for step in steps if step.phase == phase], phase))
        self._chapter("The training loop")
        if "evaluate" in at:
            self._run(*lines[at["evaluate"][0] - 1 : at["evaluate"][1]])
        self._run("# from the first weights again", *setup, "", *lines[loop : at["predict"][0] - 1])
        self._chapter("Testing", without=(Code,))
        self._run(*lines[at["predict"][0] - 1 :])
        names = [tensor.name for tensor in self.program.derivation.tensors]
        kept = ", ".join(f'"{name}": {name}' for name in names)
        self._run("# what the hand-written program found, for the comparison", f"by_hand = {{{kept}}}",
                  "losses_by_hand = losses")  # fmt: skip

    def _by_autograd(self) -> None:
        text = torch_text(self.program)
        lines, at = text.lines, text.sections
        loop = lines.index("losses = []")
        testing = next((i for i, line in enumerate(lines) if i > loop and line.startswith("# rows that it")), None)
        self._say("## By autograd, in PyTorch")
        self._chapter("PyTorch: the imports", without=(Lines,))
        self._run(*lines[at["imports"][0] - 1 : at["imports"][1]])
        self._chapter("PyTorch: the data")
        self._run(*lines[at["imports"][1] : at["classes"][0] - 1])
        self._chapter("PyTorch: the class", without=(Code,))
        self._run(*lines[at["classes"][0] - 1 : at["classes"][1]])
        self._chapter("PyTorch: the model, the loss and the optimizer")
        self._run(*lines[at["model"][0] - 1 : loop])
        self._chapter("PyTorch: the training loop", without=(Code,))
        self._run(*lines[loop:testing])
        self._chapter("PyTorch: testing")
        if testing:
            self._run(*lines[testing:])

    def _together(self) -> None:
        self._say("## Both together")
        last = self.document.parts[-1].chapters
        self._say(self.markdown.chapter(last[0], 3))
        self._say(
            "This cell proves it again, here and now: both programs take one step from the first weights, and every "
            "quantity is compared."
        )
        self._run(*self._proof(torch_text(self.program)))
        for chapter in last[1:-2]:
            self._say(self.markdown.chapter(chapter, 3))
        self._say(self.markdown.chapter(last[-1], 3))

    def _proof(self, by_autograd: Text) -> list[str]:
        """A cell that takes one step of both programs from a common state, and compares them."""
        derived, settings = self.program.derivation, self.program.settings
        model = by_autograd.lines[by_autograd.sections["model"][0] - 1 : by_autograd.sections["criterion"][0] - 1]
        chance = [f"generator = np.random.default_rng({settings.seed})"] if self.program.uses_chance else []
        rows = "x_train[:batch_size], y_train[:batch_size]" if settings.batch_size else "x, y"
        outputs = ", ".join(f'"{place.output}": model.{place.attribute}' for place in derived.placed)
        compared = [f'    "{place.output}": shown["{place.output}"],' for place in derived.placed]
        compared.append('    "loss": loss_by_autograd,')
        backward = {step.name for step in derived.backward}
        compared += [
            f'    "d_{place.output}": shown["{place.output}"].grad,'
            for place in reversed(derived.placed)
            if f"d_{place.output}" in backward
        ]
        for tensor in derived.trained:
            turned = ".T" if tensor.parameter.transposed else ""
            compared.append(f'    "d_{tensor.name}": model.{tensor.attribute}.{tensor.parameter.torch}.grad{turned},')
        hand_steps = (*derived.forward, *derived.loss, *derived.backward)
        assigned = list(dict.fromkeys(step.name for step in hand_steps))
        names = ", ".join(f'"{name}": {name}' for name in assigned)
        loss = self.program.network.loss.torch_loss("model(x)", "y")
        return [
            "# PyTorch: one step, and whatever it shows on the way",
            *chance,
            *model,
            "shown = {}",
            "",
            "",
            "def keep(name):",
            "    def hook(module, inputs, output):",
            "        if output.requires_grad:",
            "            output.retain_grad()",
            "        shown[name] = output",
            "",
            "    return hook",
            "",
            "",
            f"modules = {{{outputs}}}",
            "for name, module in modules.items():",
            "    module.register_forward_hook(keep(name))",
            f"x, y = {rows}",
            f"loss_by_autograd = {loss}",
            "loss_by_autograd.backward()",
            "theirs = {",
            *compared,
            "}",
            "",
            "# by hand: the same step, line by line",
            *chance,
            "x_tensor, y_tensor = x, y",
            "x, y = x.numpy(), y.numpy()",
            *(step.code for step in hand_steps),
            f"ours = {{{names}}}",
            "x, y = x_tensor, y_tensor",
            "",
            "print(f\"{'quantity':<16} {'equal':<6} {'exact':<6} furthest apart\")",
            "theirs = {name: value.detach().numpy() for name, value in theirs.items()}",
            "# a gradient that should be 0 is made of numbers that cancel, so it is held against the largest gradient",
            'steepest = max(float(np.max(np.abs(v))) for name, v in theirs.items() if name.startswith("d_"))',
            "for name, value in theirs.items():",
            "    apart = float(np.max(np.abs(ours[name] - value)))",
            '    largest = max(float(np.max(np.abs(value))), 0.001 * steepest if name.startswith("d_") else 0.0)',
            f"    equal = apart <= {TOLERANCE[settings.dtype]} * largest",
            "    print(f\"{name:<16} {'yes' if equal else 'NO':<6} {'yes' if apart == 0 else 'no':<6} {apart:.1e}\")",
            '    assert equal, f"{name} is not what PyTorch computes"',
            "",
            "apart = max(abs(a - b) for a, b in zip(losses_by_hand, losses))",
            'print(f"\\nThe losses of the two whole trainings are at most {apart:.1e} apart.")',
        ]


def _with_sentences(steps: list[Step], phase: str) -> list[str]:
    """Steps with their sentences, and the last one's value shown."""
    text = Text()
    text.steps(steps)
    shown = next((step.name for step in reversed(steps) if step.name != "t"), "")
    return [*text.lines, "", f"print({shown})"] if shown and phase != "update" else text.lines
