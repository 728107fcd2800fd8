"""The proof in words and as a table, for the terminal and for `str(proof)`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from backproof.proof.compare import Row

if TYPE_CHECKING:
    from rich.table import Table

    from backproof.proof.proof import Proof


def numbers(row: Row) -> tuple[str, str, str, str]:
    """exact, max abs, max rel and ulps of a row, as text."""
    if row.exact:
        return "yes", "0", "0", "0"
    return "no", f"{row.max_abs:.1e}", f"{row.max_rel:.1e}", f"{row.ulps:.3g}"


def table(proof: Proof, *, each_step: bool = False) -> Table:
    """A rich table: each quantity once, at the step where it differs most, or at every judged step."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    widths = {
        "": 1,
        "phase": 8,
        "quantity": 12,
        "step": 4,
        "exact": 5,
        "max abs": 7,
        "max rel": 7,
        "ulps": 7,
    }
    for heading, width in widths.items():
        right = heading in ("step", "exact", "max abs", "max rel", "ulps")
        made.add_column(heading, justify="right" if right else "left", no_wrap=True, min_width=width)
    made.add_column("the line", overflow="ellipsis", no_wrap=True)
    rows: Iterable[Row] = proof.rows if each_step else proof.worst
    phase = ""
    for row in rows:
        mark = "[green]✓[/]" if row.holds else "[bold red]✗[/]"
        shown = row.step.phase if row.step.phase != phase else ""
        phase = row.step.phase
        made.add_row(mark, shown, row.name, str(row.number), *numbers(row), row.step.code.replace("[", "\\["))
    return made


def verdict(proof: Proof) -> list[str]:
    """What the proof says, in sentences."""
    other = "PyTorch's" if proof.engines[1] == "torch" else "the compiled ones"
    total = sum(1 for _ in proof.worst)
    steps = proof.steps
    judged = f"{total} quantities at {len(steps)} steps ({', '.join(map(str, steps))})"
    lines = []
    if proof.first_failure:
        row, held = proof.first_failure
        lines.append(f"✗ NOT equal: {row.name} at step {row.number} is the first quantity that differs from {other}.")
        lines.append(f"  the line: {row.step.code}    ({row.step.op}, {row.step.phase})")
        lines.append(f"  max abs {row.max_abs:.3g}, max rel {row.max_rel:.3g}, {row.ulps:.3g} ulps")
        if held:
            lines.append(f"  the last that held: {held.name} at step {held.number}: {held.step.code}")
    else:
        exact = sum(row.exact for row in proof.rows) / len(proof.rows)
        lines.append(
            f"✓ equal: {judged} agree with {other} up to rounding. {exact:.0%} are equal to the last bit. Given "
            f"the same numbers, no line differs by more than {proof.largest_difference:.1e} of its largest value."
        )
    found = proof.referee
    of_all = "every one of" if found.checked >= found.elements * found.points else f"{found.checked} randomly chosen of"
    kinks = f" ({found.on_kinks} lie on a corner and prove nothing)" if found.on_kinks else ""
    if not found.points:
        lines.append("  central differences cannot judge here: the loss is saturated, and its digits are lost.")
    elif found.holds:
        lines.append(
            f"✓ central differences agree at {of_all} the {found.elements} parameters, at {found.points} "
            f"{'step' if found.points == 1 else 'steps'}{kinks}: within {found.largest:.1e} of the largest gradient."
        )
    else:
        lines.append(f"✗ central differences disagree with {len(found.failures)} gradients: {found.failures[0]}.")
    if proof.drift is not None:
        epochs = len(proof.runs[proof.engines[0]].losses)
        lines.append(
            f"  After {epochs} epochs on their own, the parameters of the two runs differ by at most "
            f"{proof.drift:.1e} of the largest one."
        )
    return lines


def plain(proof: Proof) -> str:
    """The table and the verdict as plain text."""
    from rich.console import Console

    console = Console(width=120, color_system=None, force_terminal=False, highlight=False)
    with console.capture() as capture:
        console.print(table(proof))
        console.print()
        for line in verdict(proof):
            console.print(line, markup=False)
    return capture.get()
