"""What a network, a program, a run and a proof show in a notebook's cell."""

from __future__ import annotations

from functools import partial, singledispatch

import numpy as np

from backproof.engines import NAMES
from backproof.lesson.blocks import Block, Code, Document, Heading, Paragraph, Picture, Table, Verdict, number
from backproof.lesson.forms.html import fragment
from backproof.lesson.formulas.symbols import Symbols
from backproof.lesson.pictures import characters, plots
from backproof.network import Network
from backproof.ops.op import Parameter
from backproof.plot import draw_losses
from backproof.program.placement import place_ops
from backproof.program.program import Program
from backproof.proof.proof import Proof
from backproof.proof.table import numbers, verdict
from backproof.training import Run

MOST_LINES = 400


@singledispatch
def as_html(thing: object) -> str:
    """The HTML of a thing."""
    raise TypeError(f"{type(thing).__name__} has no picture of itself.")


def _show(title: str, subtitle: str, *blocks: Block) -> str:
    return fragment(Document(title, subtitle, blocks, ()), Symbols(()))


@as_html.register
def _(network: Network) -> str:
    rows = []
    width = network.in_features
    for place in place_ops(network):
        before = "?" if width is None else str(width)
        width = None if width is None else place.op.outputs(width)
        after = "?" if width is None else str(width)
        shapes = ", ".join(_parameter(place.scope[p.name], p) for p in place.op.parameters())
        rows.append((f"`{place.op}`", f"`{place.output}`", f"{before} → {after}", shapes, f"`{place.op.torch()}`"))
    count = sum(int(np.prod(p.shape)) for op in network.ops for p in op.parameters() if p.trained)
    headings = ("op", "gives", "numbers a row", "parameters", "in PyTorch")
    return _show(
        "Network",
        f"{count} parameters to train; loss {network.loss}",
        Table(headings, tuple(rows), "From the input to the output"),
    )


def _parameter(name: str, parameter: Parameter) -> str:
    sizes = " × ".join(map(str, parameter.shape))
    return f"`{name}` {sizes}" + ("" if parameter.trained else " (not trained)")


@as_html.register
def _(program: Program) -> str:
    return _show(
        program.title,
        f"{program.network.loss}, {program.settings.optimizer}, {program.settings.epochs} epochs",
        Heading("By hand, in NumPy"),
        Code(_shortened(program.numpy_outline.lines)),
        Heading("By autograd, in PyTorch"),
        Code(_shortened(program.torch_outline.lines)),
    )


def _shortened(lines: list[str]) -> str:
    shown = "\n".join(lines[:MOST_LINES]).strip("\n")
    rest = len(lines) - MOST_LINES
    return shown + (f"\n# … and {rest} more lines" if rest > 0 else "")


@as_html.register
def _(run: Run) -> str:
    runs = {run.engine: run}
    epochs = np.arange(len(run.losses))
    ended = f"stopped early, kept epoch {run.best_epoch}" if run.stopped_early else f"{len(run.losses)} epochs"
    ended = f"interrupted, kept epoch {run.best_epoch}" if run.interrupted else ended
    rows = [("loss at the start", number(run.losses[0])), ("loss at the end", number(run.losses[-1]))]
    if run.validation_losses is not None:
        rows.append(("validation loss at the end", number(run.validation_losses[-1])))
    rows += [("seconds", number(run.seconds, 3))]
    return _show(
        f"Run {NAMES.get(run.engine, run.engine)}",
        f"{run.program.title}: {ended}, {run.settings.optimizer}",
        Table(("what", "number"), tuple(rows)),
        Picture(
            "The loss",
            f"From {number(run.losses[0])} to {number(run.losses[-1])}.",
            partial(plots.plot, "run-loss", lambda axes: draw_losses(axes, runs)),
            characters.chart({"loss": (epochs, run.losses)}, "epoch", logarithmic=True),
        ),
    )


@as_html.register
def _(proof: Proof) -> str:
    rows = tuple(
        (
            "equal" if row.holds else "NOT equal",
            row.step.phase,
            f"`{row.name}`",
            str(row.number),
            *numbers(row),
            f"`{row.step.code}`",
        )
        for row in proof.worst
    )
    headings = ("verdict", "phase", "quantity", "step", "exact", "max abs", "max rel", "ulps", "the line")
    return _show(
        "Proof: equal" if proof.holds else "Proof: NOT equal",
        proof.program.title,
        Verdict(proof.holds, tuple(verdict(proof))),
        Table(headings, rows, "Each quantity once, at the judged step where it differs most"),
        Paragraph("Every judged step is in `proof.table`."),
    )
