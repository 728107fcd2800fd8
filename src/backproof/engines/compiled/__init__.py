"""The compiled engine: the lines of the program, lowered to loops and compiled by Numba.

`expression` reads a line as a tree with shapes, `instructions` takes it apart into elementwise ones, sums and
products, `blocks` puts together what one loop can do, `elements`, `loops` and `products` write these loops, `source`
the whole file, on what `runtime`, `functions` and `processor` hold; `cache` keeps what was compiled, `code` calls it,
`stepper` takes single steps (of a program that `pieces` cut where a line cannot be compiled) and `engine` whole
epochs.
"""

import numba

if getattr(numba.config, "DISABLE_JIT", 0):
    raise ImportError("NUMBA_DISABLE_JIT switches its compiler off")

from backproof.engines.compiled.engine import CompiledEngine, compiled_engine

__all__ = ["CompiledEngine", "compiled_engine"]
