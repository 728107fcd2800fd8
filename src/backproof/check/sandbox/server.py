"""The process that strangers' files are forked from: it loads libraries once, runs none of their code, and keeps time.

It reads one line of JSON a run and answers with one.
"""

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import stat
import sys
import time
from typing import Any

import numpy.random  # noqa: F401  what nearly every file needs, loaded before the fork

from backproof.check.sandbox.child import Run
from backproof.check.sandbox.containment import contain
from backproof.check.sandbox.libraries import KNOWN
from backproof.check.threads import one_thread


def serve() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent()
    os.chdir(os.sep)  # libraries read settings from the folder that they are loaded in, and that may be a stranger's
    gc.freeze()
    loaded: set[str] = set()
    for line in sys.stdin:
        settings = json.loads(line)
        _load(settings.pop("libraries"), loaded)
        status = {} if settings.pop("loads", False) else _fork(settings)
        print(json.dumps(status), flush=True)
        _load(status.get("imported", []), loaded)  # while the run is looked at


def _die_with_parent() -> None:
    """Ask the system to end this process when the one that began it ends."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


def _load(names: list[str], loaded: set[str]) -> None:
    """Load libraries before the next fork; what they print is nobody's."""
    for name in names:
        if name not in loaded:
            loaded.add(name)
            with (
                open(os.devnull, "w") as nothing,
                contextlib.suppress(Exception),
                contextlib.redirect_stdout(nothing),
                contextlib.redirect_stderr(nothing),
            ):
                __import__(name)
            gc.freeze()


def _fork(settings: dict[str, Any]) -> dict[str, Any]:
    child = os.fork()
    if child == 0:
        _become(settings)
    descriptor = os.pidfd_open(child)
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    started = time.monotonic()
    finished = bool(poll.poll(settings["seconds"] * 1000))
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    if not finished:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(descriptor)
    answer: dict[str, Any] = {"seconds": time.monotonic() - started}
    if not finished:
        answer |= {"ended": "timeout"}
    elif os.WIFSIGNALED(status):
        answer |= {"ended": "killed", "signal": signal.Signals(os.WTERMSIG(status)).name}
    else:
        answer |= {"ended": "exit", "code": os.WEXITSTATUS(status)}
    imported = os.path.join(settings["output"], "imported.json")
    try:
        if stat.S_ISREG(os.lstat(imported).st_mode):
            with open(imported) as stream:
                answer["imported"] = sorted(KNOWN & set(json.load(stream)))
    except (OSError, ValueError, TypeError, RecursionError):
        pass
    return answer


def _become(settings: dict[str, Any]) -> None:
    """In the fork: take on the limits, give up the streams, and run the file. It never returns."""
    try:
        os.setsid()
        _die_with_parent()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        nothing = os.open(os.devnull, os.O_RDWR)
        printed = os.open(os.path.join(settings["output"], "printed"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        errors = os.open(os.path.join(settings["output"], "errors"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(nothing, 0)
        os.dup2(printed, 1)
        os.dup2(errors, 2)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        os.chdir(settings["folder"])
        os.environ["TMPDIR"] = settings["output"]
        contain(settings["output"], seconds=settings["seconds"], memory=settings["memory"])
        sys.path = [entry for entry in sys.path if entry not in ("", os.getcwd())]
        if settings["one_thread"]:
            one_thread()
        Run(settings).run()
    finally:
        os._exit(70)


if __name__ == "__main__":
    serve()
