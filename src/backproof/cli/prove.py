"""backproof prove: every quantity of both engines side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from backproof.cli.options import TrainingOptions, with_training_options

if TYPE_CHECKING:
    from backproof.proof import Proof


@with_training_options
def prove(
    options: TrainingOptions,
    each_step: Annotated[bool, typer.Option("--each-step", help="Every judged step, not only the worst.")] = False,
    engine: Annotated[
        str, typer.Option(help="The two engines: numpy,torch or numpy,compiled or compiled,torch.")
    ] = "numpy,torch",
    device: Annotated[str, typer.Option(help="Where PyTorch computes, such as cpu or cuda.")] = "cpu",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")] = False,
) -> None:
    """Compare every quantity of two engines, NumPy and PyTorch unless others are named, step by step.

    Takes the same arguments as train. Exit code 1 when something differs.
    """
    from backproof.cli.screen import console, describe, json_text, print_verdict, progress, tell
    from backproof.cli.task import make_task
    from backproof.proof.proof import ordered, prove_program
    from backproof.proof.table import table

    engines = ordered([name.strip() for name in engine.split(",")])
    task = make_task(options)
    screen = console()
    if not as_json:
        describe(screen, task)
    with progress(task, engines, quiet=as_json) as hooks:
        proof = prove_program(task.program, engines=engines, device=device, on_epoch=hooks, say=tell)
    if as_json:
        print(json_text(_as_json(proof)))
    else:
        screen.print(table(proof, each_step=each_step))
        screen.print()
        print_verdict(screen, proof)
    if any(run.interrupted for run in proof.runs.values()):
        typer.echo("Interrupted: the proof covers what had been trained until then.", err=True)
        raise typer.Exit(130)
    raise typer.Exit(0 if proof.holds else 1)


def _as_json(proof: Proof) -> dict[str, Any]:
    return {
        "holds": proof.holds,
        "largest_difference": proof.largest_difference,
        "drift": proof.drift,
        "rows": [
            {
                "step": row.number,
                "epoch": row.epoch,
                "phase": row.step.phase,
                "quantity": row.name,
                "code": row.step.code,
                "exact": row.exact,
                "max_abs": row.max_abs,
                "max_rel": row.max_rel,
                "ulps": row.ulps,
                "holds": row.holds,
            }
            for row in proof.rows
        ],
        "central_differences": {
            "holds": proof.referee.holds,
            "checked": proof.referee.checked,
            "largest": proof.referee.largest,
            "failures": list(proof.referee.failures),
        },
    }
