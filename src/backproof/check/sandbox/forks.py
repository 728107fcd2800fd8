"""The process that the runs of a sandbox are forked from, as the sandbox sees it."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from backproof.check.threads import ONE_THREAD

_ENVIRONMENT = {
    "MPLBACKEND": "Agg",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONIOENCODING": "utf-8",
    "TQDM_DISABLE": "0",
    "PYTHONHASHSEED": "0",  # so that sets are walked in the same order in every run of one file
}
_SHOWN = ("DISPLAY", "WAYLAND_DISPLAY")


class Forks:
    """Starts the process when it is first needed, and again if it ended; see `server`.

    Args:
        one_thread: whether all runs compute with one thread. With several, the last digits may differ.

    Attributes:
        imported: the libraries that runs have imported and that it has loaded since.
    """

    def __init__(self, *, one_thread: bool = False) -> None:
        self._environment = _ENVIRONMENT | (ONE_THREAD if one_thread else {})
        self.imported: set[str] = set()
        self._process: subprocess.Popen[str] | None = None
        self._owed = 0  # answers that nobody waits for

    def prepare(self, libraries: Sequence[str]) -> None:
        """Begin to load what files import, while something else goes on. The process ends with the thread that began
        it, so that this is to be called by one that lasts."""
        self._tell({"libraries": list(libraries), "loads": True})
        self._owed += 1

    def ask(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Run a file in a fork, and wait for how it ended."""
        process = self._tell(settings)
        assert process.stdout is not None
        while self._owed and process.stdout.readline():
            self._owed -= 1
        answer = process.stdout.readline()
        status: dict[str, Any] = json.loads(answer) if answer else {"ended": "lost"}
        self.imported.update(status.get("imported", ()))
        return status

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._process, self._owed = None, 0

    def _tell(self, settings: Mapping[str, Any]) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is not None:
            self.stop()
        if self._process is None:
            self._process = subprocess.Popen(
                # -P: no library is loaded from the folder that the check is started in
                [sys.executable, "-P", "-m", "backproof.check.sandbox.server"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={name: value for name, value in os.environ.items() if name not in _SHOWN} | self._environment,
            )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(settings) + "\n")
        self._process.stdin.flush()
        return self._process
