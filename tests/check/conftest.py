"""What the tests of the check share: a sandbox for each file of tests, and the report of a program's text."""

from collections.abc import Iterator

import pytest

from backproof.check.sandbox.sandbox import Limits, Sandbox


@pytest.fixture(scope="module")
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox with the limits that a file of tests calls LIMITS."""
    limits: Limits = request.module.LIMITS
    with Sandbox(limits) as opened:
        yield opened
