"""Checks a stranger's hand-written network: proves its gradients right, or names the first wrong line and a fix."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backproof.check.report import Report
    from backproof.check.sandbox.forks import Forks

_ENDED = (
    "The check itself was ended by the system, as when memory runs out: check fewer files at a time, with --jobs 1."
)
SECONDS, MEMORY, REPAIR = 60.0, 4_000_000_000, 30.0
_LEAST = 5.0  # seconds for the search for a fix of each of many files, which shall take
_TOGETHER = 120.0  # seconds together, where every other one is wrong and to judge each takes
_JUDGING = 2.0


def check(path: str | Path, *, timeout: float = SECONDS, memory: int = MEMORY, repair: float = REPAIR) -> Report:
    """Check a script or a notebook as its author left it.

    Args:
        timeout: seconds that the file may run.
        memory: bytes of memory that it may take.
        repair: seconds that the search for a fix may take; 0 looks for none.

    Returns:
        The report: its `verdict`, `reason`, `findings` (the first wrong line first) and `fixes` (the best first).
    """
    return _examined(Path(path), timeout, memory, repair, [None] * min(2, os.cpu_count() or 1))


def _examined(path: Path, timeout: float, memory: int, repair: float, forks: Sequence[Forks | None]) -> Report:
    """Check one file, with a sandbox for each process that it may be forked from; None for one of its own."""
    from backproof.check.examine import examine
    from backproof.check.reporting.reports import Options
    from backproof.check.sandbox.sandbox import Limits, Sandbox

    limits = Limits(timeout, memory)
    with ExitStack() as stack:
        sandboxes = [stack.enter_context(Sandbox(limits, each)) for each in forks]
        return examine(path, Options(limits, repair), sandboxes)


@cache
def _kept_forks() -> Forks:
    """The process that all files are forked from which this one checks: libraries take longer to load than most files
    to run."""
    from backproof.check.sandbox.forks import Forks

    return Forks(one_thread=True)


def _check_one(path: Path, timeout: float, memory: int, repair: float) -> Report:
    """Check one of several files, in a process of its own: each has one core."""
    return _examined(path, timeout, memory, repair, [_kept_forks()])


def search_seconds(files: int, jobs: int) -> float:
    """How long a fix is looked for in each of so many files, in seconds: of one or a few as long as in `check`, of a
    whole class so long that all of them take some two minutes."""
    share = _TOGETHER * min(files, jobs) / files - _JUDGING
    return min(REPAIR, max(_LEAST, 2 * share))


def check_all(
    paths: Sequence[Path], *, timeout: float = SECONDS, memory: int = MEMORY, repair: float = REPAIR, jobs: int = 1
) -> Iterator[tuple[int, Report]]:
    """Check several files, `jobs` at a time; gives each report with the number of its path, as they are finished."""
    if jobs <= 1 or len(paths) == 1:
        for number, path in enumerate(paths):
            yield number, check(path, timeout=timeout, memory=memory, repair=repair)
        return
    jobs = min(jobs, len(paths))
    with ThreadPoolExecutor(jobs) as threads, _Workers(jobs) as workers:
        futures = {
            threads.submit(workers.check, path, timeout, memory, repair): number for number, path in enumerate(paths)
        }
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise


class _Workers:
    """Processes in which files are checked: what ends one costs the file that it was at, and no other."""

    def __init__(self, count: int) -> None:
        import backproof.check.report  # noqa: F401  # before there are threads

        self._pools = [ProcessPoolExecutor(1) for _ in range(count)]
        self._free: SimpleQueue[ProcessPoolExecutor] = SimpleQueue()
        for pool in self._pools:
            pool.submit(os.getpid)  # so that its process begins here, and not in a thread
            self._free.put(pool)

    def check(self, path: Path, timeout: float, memory: int, repair: float) -> Report:
        """Check a file in a process that is free; one that is ended by it is replaced."""
        from backproof.check.report import Report, Verdict

        pool = self._free.get()
        try:
            return pool.submit(_check_one, path, timeout, memory, repair).result()
        except BrokenProcessPool:
            pool = ProcessPoolExecutor(1)
            self._pools.append(pool)
            return Report(path, Verdict.CANNOT_JUDGE, _ENDED)
        finally:
            self._free.put(pool)

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for pool in self._pools:
            if kind is not None:
                # whoever stops here does not want to wait for the files that are being checked
                for process in list((pool._processes or {}).values()):
                    process.terminate()
            pool.shutdown(cancel_futures=True)


class _Callable(ModuleType):
    """Lets `bp.check(path)` be the function, although `backproof.check` is this package."""

    def __call__(
        self, path: str | Path, *, timeout: float = SECONDS, memory: int = MEMORY, repair: float = REPAIR
    ) -> Report:
        return check(path, timeout=timeout, memory=memory, repair=repair)


sys.modules[__name__].__class__ = _Callable
