"""Commands that somebody stops with Ctrl-C."""

import contextlib
import signal
import subprocess
import sys
import time


def interrupted(*commands: list[str], after: float) -> list[subprocess.CompletedProcess[str]]:
    """Runs `backproof` with some arguments, several side by side, and stops each after so many seconds.

    They listen to Ctrl-C even where the tests themselves do not, as in the background of a shell, and none outlives
    the test.
    """
    with contextlib.ExitStack() as stack:
        # what is caught here is not caught in a new process, but what is ignored here is ignored there, too
        stack.callback(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
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
