"""Runs a file with one edit after the other made in it."""

import time
from collections.abc import Iterable, Iterator

from backproof.check.edits import Edit, is_python
from backproof.check.sandbox.recording import Recording
from backproof.check.sandbox.sandbox import Sandbox
from backproof.check.source import Source

PATIENCE = 0.1  # seconds for which a training goes on before what comes after it is looked at


def attempts(
    source: Source,
    edits: Iterable[Edit],
    sandbox: Sandbox,
    seconds: float,
    updates: int | None = None,
    *,
    file: str | None = None,
    text: str | None = None,
) -> Iterator[tuple[Edit, str, Recording]]:
    """Each edit with the text that it makes and the run with that, until the time is over; each text once.

    A recording is thrown away when the next one is asked for.

    Args:
        updates: end a run as soon as so many updates were seen; None for the whole run.
        file: which file of the folder is edited, and its text; the checked one if not given.
    """
    name, before = (source.run_name, source.text) if file is None or text is None else (file, text)
    until = time.monotonic() + seconds
    tried: set[str] = set()
    for edit in edits:
        after = edit.apply(before)
        if time.monotonic() > until:
            return
        if after in tried or not is_python(after):
            continue
        tried.add(after)
        recording = sandbox.run(source, texts={name: after}, updates=updates, patience=PATIENCE)
        try:
            yield edit, after, recording
        finally:
            sandbox.forget()
