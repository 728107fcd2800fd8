"""Keeps compiled programs on disk, so that the second process need not compile."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import sys
import tempfile
import types
from functools import cache
from pathlib import Path

from backproof.engines.engine import Say


def folder() -> Path:
    """The folder of compiled programs: `BACKPROOF_CACHE`, or backproof's part of the user's cache folder.

    Raises OSError where the user has no home.
    """
    given = os.environ.get("BACKPROOF_CACHE")
    if given:
        return Path(given)
    try:
        return _of_user()
    except RuntimeError as error:
        raise FileNotFoundError(str(error)) from None


def _of_user() -> Path:
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home()))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "backproof"


def module_of(text: str, say: Say) -> types.ModuleType:
    """The module that this text is, with its compiled functions if they are on disk.

    The file is named by everything that decides what is compiled, so nothing stale is ever found. Where nothing can be
    written, the module lives in memory, and that is said once.
    """
    name = f"backproof_{_key(text)}"
    if name in sys.modules:
        return sys.modules[name]
    module, path = None, None
    try:
        path = folder() / f"{name}.py"
    except OSError:
        say_once(say, "a home folder, which is not there")
    if path and _written(path, text, say):
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        module.__dict__["CACHED"] = True
        sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
        try:
            spec.loader.exec_module(module)
        except RuntimeError:  # Numba finds no place to write
            module = None
            say_once(say, path.parent)
        finally:
            sys.dont_write_bytecode = before
    if module is None:
        module = in_memory(text)
    sys.modules[name] = module
    return module


def in_memory(text: str) -> types.ModuleType:
    """The module that this text is, of which nothing is kept."""
    name = f"backproof_{_key(text)}"
    module = types.ModuleType(name)
    module.__file__ = None
    module.__dict__["CACHED"] = False
    exec(compile(text, f"<{name}>", "exec"), module.__dict__)
    return module


def is_compiled(module: types.ModuleType, function: str) -> bool:
    """Whether a function of a module is on disk, compiled by this process or an earlier one."""
    if module.__file__ is None:
        return False
    path = Path(module.__file__)
    return any(path.parent.glob(f"__pycache__/{path.stem}.{function}-*.nbi"))


def forget(module: types.ModuleType, function: str) -> None:
    """Take away what is on disk of a function: it is damaged."""
    if module.__file__ is not None:
        path = Path(module.__file__)
        for file in path.parent.glob(f"__pycache__/{path.stem}.{function}-*"):
            file.unlink(missing_ok=True)


@cache
def _machine() -> tuple[str, ...]:
    """The processor and the versions of what compiles: code that was made for others is not ours."""
    import llvmlite
    import numba
    import numpy
    from llvmlite import binding

    processor = (platform.machine(), binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten())
    return (*processor, sys.version, numba.__version__, llvmlite.__version__, numpy.__version__)


def _key(text: str) -> str:
    return hashlib.sha256(repr((text, _machine())).encode()).hexdigest()[:24]


def _written(path: Path, text: str, say: Say) -> bool:
    """Whether the text is in its file: another process may write the same one at the same time."""
    try:
        if path.is_file() and path.read_bytes() == text.encode():
            return True
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".part", delete=False) as file:
            file.write(text)
        os.replace(file.name, path)
    except OSError:
        say_once(say, path.parent)
        return False
    return True


def say_once(say: Say, where: Path | str) -> None:
    """Say that nothing can be kept, in each process once."""
    _sentence(say, f"Compiled programs cannot be kept in {where}: each process compiles anew.")


@cache
def _sentence(say: Say, sentence: str) -> None:
    say(sentence)
