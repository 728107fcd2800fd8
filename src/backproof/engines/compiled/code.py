"""Functions of a compiled program, compiled when they are first called."""

from __future__ import annotations

import time
from typing import Any

from backproof.engines.compiled.cache import forget, in_memory, is_compiled, module_of, say_once
from backproof.engines.compiled.interruption import uninterrupted
from backproof.engines.compiled.source import Compilation
from backproof.engines.engine import Say


class Code:
    """Functions that are compiled when they are first called."""

    def __init__(self, made: Compilation, say: Say) -> None:
        self.made, self.say = made, say

    def call(self, name: str, *arguments: Any) -> Any:
        function = self.made.ready.get(name)
        if function is None:
            function = self.made.ready[name] = self._found(name, arguments)
        return function(*arguments)

    def _found(self, name: str, arguments: tuple[Any, ...]) -> Any:
        """The function for arguments of these kinds, from the disk or compiled."""
        from numba import typeof  # without types

        module = module_of(self.made.text, self.say)
        function, kinds = getattr(module, name), tuple(map(typeof, arguments))
        if function.signatures:
            return function
        if is_compiled(module, name):
            try:
                _compile(function, kinds)
            except Exception:  # what is on the disk was damaged, in any of many ways
                forget(module, name)
                function = getattr(in_memory(self.made.text), name)
            else:
                return function
        self.say(f"Compiling `{name}` of this network: this is done once, and takes a few seconds.")
        started = time.perf_counter()
        try:
            _compile(function, kinds)
        except OSError:  # the disk is full, or the folder was taken away meanwhile
            say_once(self.say, "the cache folder")
            function = getattr(in_memory(self.made.text), name)
            _compile(function, kinds)
        self.say(f"Compiled in {time.perf_counter() - started:.1f} seconds.")
        return function


def _compile(function: Any, kinds: tuple[Any, ...]) -> None:
    with uninterrupted():
        function.compile(kinds)
