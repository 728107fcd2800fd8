"""Time every peer at every task, interleaved, and print minima, medians and ratios."""

from __future__ import annotations

import platform
import statistics
import sys
import time

from benchmarks.tasks import TASKS, Peer


def seconds(peer: Peer) -> tuple[float, float]:
    """The time of one training, and its last loss."""
    started = time.perf_counter()
    loss = peer()
    return time.perf_counter() - started, loss


def main(rounds: int) -> None:
    import numpy
    import sklearn
    import torch

    print(
        f"{platform.machine()}, {torch.get_num_threads()} threads, Python {platform.python_version()}, "
        f"NumPy {numpy.__version__}, PyTorch {torch.__version__.split('+')[0]}, scikit-learn {sklearn.__version__}, "
        f"{rounds} interleaved rounds after one that is not counted\n"
    )
    print("| task | peer | minimum, ms | median, ms | ratio to the plain loop | last loss |")
    print("|---|---|--:|--:|--:|--:|")
    for make in TASKS:
        task = make()
        peers = task.peers()
        times: dict[str, list[float]] = {name: [] for name in peers}
        losses: dict[str, float] = {}
        for turn in range(rounds + 1):
            for name, peer in peers.items():
                took, losses[name] = seconds(peer)
                if turn:
                    times[name].append(took)
        # a ratio is taken within each round, so that a slow minute of the machine slows both sides of it
        plain = times["PyTorch, plain loop"]
        for name, each in times.items():
            ratio = statistics.median(one / other for one, other in zip(each, plain, strict=True))
            print(
                f"| {task.name} | {name} | {1000 * min(each):.0f} | {1000 * statistics.median(each):.0f} "
                f"| {ratio:.2f} | {losses[name]:.6f} |",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
