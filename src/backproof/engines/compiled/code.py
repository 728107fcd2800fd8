"""Functions of a compiled program, compiled when they are first called."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from backproof.engines.compiled.cache import in_memory, is_compiled, module_of, say_once
from backproof.engines.compiled.source import Compilation

Say = Callable[[str], None]


class Code:
    """Functions that are compiled when they are first called."""

    def __init__(self, made: Compilation, say: Say) -> None:
        self.made, self.say = made, say

    def call(self, name: str, *arguments: Any) -> Any:
        function = self.made.ready.get(name)
        if function is None:
            module = module_of(self.made.text, self.say)
            function = self.made.ready[name] = getattr(module, name)
            if not function.signatures and not is_compiled(module, name):
                return self._compiled(function, arguments)
        return function(*arguments)

    def _compiled(self, function: Any, arguments: tuple[Any, ...]) -> Any:
        from numba import typeof  # without types

        kinds = tuple(map(typeof, arguments))
        self.say(f"Compiling `{function.__name__}` of this network: this is done once, and takes a few seconds.")
        started = time.perf_counter()
        try:
            function.compile(kinds)
        except OSError:  # the disk is full, or the folder was taken away meanwhile
            say_once(self.say, "the cache folder")
            function = self.made.ready[function.__name__] = getattr(in_memory(self.made.text), function.__name__)
            function.compile(kinds)
        self.say(f"Compiled in {time.perf_counter() - started:.1f} seconds.")
        return function(*arguments)
