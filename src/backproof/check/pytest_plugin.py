"""`pytest --backproof FILE` makes a test of a network's file; `assert_right_gradients(FILE)` is the same inside a test.

A file that cannot be judged fails, with the reason: a test that looks at nothing must not pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest._code.code import ExceptionInfo, TerminalRepr

    from backproof.check.report import Report


class NotRight(AssertionError):
    """The gradients of a file are not proved right; the message is the report."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("backproof").addoption(
        "--backproof",
        action="append",
        default=[],
        metavar="FILE",
        help="check the gradients of this hand-written network, a script, a notebook or a folder of them, as a test of "
        "its own; what cannot be judged fails (may be given several times)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Find the files before anything runs, so that a name that is wrong is said at once."""
    if given := config.getoption("--backproof"):
        from backproof.check.folder import find_files
        from backproof.errors import DataError

        folder = config.invocation_params.dir
        try:
            config.stash[FILES] = find_files(folder / name for name in given)
        except DataError as error:
            raise pytest.UsageError(f"--backproof: {error}") from None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the tests. They are not collected as modules are, since that would run the files inside pytest."""
    for path in config.stash.get(FILES, []):
        items.extend(NetworkFile.from_parent(session, path=path).collect())


class NetworkFile(pytest.File):
    """A network's file, with one test."""

    def collect(self) -> Iterator[NetworkItem]:
        yield NetworkItem.from_parent(self, name="gradients")


class NetworkItem(pytest.Item):
    """The test that a file's gradients are right."""

    def runtest(self) -> None:
        _assert_right(self.path)

    def repr_failure(self, excinfo: ExceptionInfo[BaseException], style: Any = None) -> str | TerminalRepr:
        if isinstance(excinfo.value, NotRight):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"gradients of {self.path.name}"


@pytest.fixture
def assert_right_gradients() -> Callable[..., Report]:
    """`assert_right_gradients(path, timeout=…, memory=…, repair=…)` fails with the report unless all is right."""
    return _assert_right


def _assert_right(path: str | Path, **options: Any) -> Report:
    __tracebackhide__ = True
    from backproof.check import check

    report = check(path, **options)
    if not report.is_right:
        from backproof.check.forms.terminal import to_text

        raise NotRight(to_text(report))
    return report


FILES = pytest.StashKey[list[Path]]()
