"""Runs a file with one edit after the other made in it."""

import time
from collections.abc import Iterable, Iterator, Mapping

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
    texts: Mapping[str, str] | None = None,
) -> Iterator[tuple[Edit, str, Recording]]:
    """Each edit with the text that it makes and the run with that, until the time is over; each text once.

    A recording is thrown away when the next one is asked for.

    Args:
        updates: end a run as soon as so many updates were seen; None for the whole run.
        file: which file of the folder is edited; the checked one if not given.
        texts: of the files of the folder, by their names, where they are not as they stand there.
    """
    name, others = file or source.run_name, texts or {source.run_name: source.text}
    until = time.monotonic() + seconds
    tried: set[str] = set()
    for edit in edits:
        after = edit.apply(others[name])
        if time.monotonic() > until:
            return
        if after in tried or not is_python(after):
            continue
        tried.add(after)
        with sandbox.by_itself():
            yield edit, after, sandbox.run(source, texts={**others, name: after}, updates=updates, patience=PATIENCE)
