"""Commands that somebody stops with Ctrl-C."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator


@contextlib.contextmanager
def heard() -> Iterator[None]:
    """Lets the processes that are started within listen to Ctrl-C even where the tests do not, as in the background of
    a shell: what is caught here is not caught in a new process, but what is ignored here is ignored there, too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def interrupted(*commands: list[str], after: float) -> list[subprocess.CompletedProcess[str]]:
    """Runs `backproof` with some arguments, several side by side, and stops each after so many seconds.

    None outlives the test.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(heard())
        processes = []
        for command in commands:
            process = subprocess.Popen(
                [sys.executable, "-m", "backproof", *command],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.callback(process.kill)
            processes.append(process)
        time.sleep(after)
        for process in processes:
            process.send_signal(signal.SIGINT)
        found = []
        for process in processes:
            output, errors = process.communicate(timeout=60)
            found.append(subprocess.CompletedProcess(process.args, process.returncode, output, errors))
        return found
