"""Time every peer at every task, interleaved, and print minima, medians and ratios.

python -m benchmarks [ROUNDS] [WORD]      only the tasks whose names hold the word
"""

from __future__ import annotations

import platform
import statistics
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.tasks import TASKS, Peer

BASES = ("C, plain loop", "JAX", "PyTorch, eager")
"""The peers that ratios are taken to, by the beginnings of their names."""


LEAST = 0.03
"""A peer's turn lasts so many seconds at least: a short training is done again and again, and the mean counts."""

REST = 0.3
"""Seconds before a peer's turn, in which the threads of the one before stop waiting for work and go to sleep."""


def seconds(peer: Peer) -> tuple[float, float]:
    """The time of one training, and its last loss."""
    time.sleep(REST)
    started, count = time.perf_counter(), 0
    while True:
        loss, count = peer(), count + 1
        passed = time.perf_counter() - started
        if passed > LEAST:
            return passed / count, loss


def _machine() -> str:
    """The processor's name, as Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _versions() -> str:
    found = []
    for name in ("numpy", "numba", "jax", "torch", "scikit-learn"):
        try:
            found.append(f"{name} {version(name).partition('+')[0]}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join(found)


def main(rounds: int, word: str) -> None:
    import os

    print(
        f"{_machine()}, {os.cpu_count()} threads, Python {platform.python_version()}, {_versions()}, "
        f"{rounds} interleaved rounds after one that is not counted\n"
    )
    print(
        f"| task | peer | minimum, ms | median, ms | {' | '.join(f'ratio to {base}' for base in BASES)} | last loss |"
    )
    print(f"|---|---|--:|--:|{'--:|' * len(BASES)}--:|")
    for make in TASKS:
        task = make()
        if word not in task.name:
            continue
        peers = task.peers()
        times: dict[str, list[float]] = {name: [] for name in peers}
        losses: dict[str, float] = {}
        for turn in range(rounds + 1):
            for name, peer in peers.items():
                took, losses[name] = seconds(peer)
                if turn:
                    times[name].append(took)
        for name, each in times.items():
            cells = [task.name, name, f"{1000 * min(each):.3g}", f"{1000 * statistics.median(each):.3g}"]
            for base in BASES:
                other = next((times[peer] for peer in times if peer.startswith(base)), None)
                # of the minima: what else runs on a machine only ever adds
                cells.append(f"{min(each) / min(other):.3g}" if other else "")
            print(f"| {' | '.join(cells)} | {losses[name]:.6f} |", flush=True)


if __name__ == "__main__":
    given = sys.argv[1:]
    counts = [int(each) for each in given if each.isdecimal()]
    main(counts[0] if counts else 5, next((each for each in given if not each.isdecimal()), ""))
