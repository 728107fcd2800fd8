"""Runs a text rewritten, in this process, and gives what was recorded of it."""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import types
from typing import Any

import numpy as np
import torch

from backproof.check.record.instrument import instrument
from backproof.check.record.memory import Ref
from backproof.check.record.recorder import Recorder
from backproof.check.record.trace import Trace, trace_of
from backproof.check.record.untold import RECORDER, Site
from backproof.check.replay.replay import Replay

Array = np.ndarray[Any, Any]


class Run:
    """One run: the trace, the names that were left, and the node of each name (None if it has no lineage)."""

    def __init__(self, text: str) -> None:
        self.recorder = Recorder(enough=10**9)
        self.sites: list[Site] = []
        code = compile(instrument(ast.parse(text), self.sites), "text", "exec")
        module = types.ModuleType("__main__")
        setattr(builtins, RECORDER, self.recorder)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(code, module.__dict__)
        finally:
            delattr(builtins, RECORDER)
        self.names = module.__dict__
        self.nodes = {name: self.node(value) for name, value in module.__dict__.items()}

    @property
    def trace(self) -> Trace:
        return trace_of(self.recorder)

    def node(self, value: object) -> int | None:
        coded = self.recorder.encode(value) if isinstance(value, np.ndarray | float | np.floating) else None
        return int(coded) if isinstance(coded, Ref) else None

    def first(self, value: float) -> int:
        """The first node whose value begins with a number."""
        for node, made in enumerate(self.recorder.values):
            if made is not None and np.ravel(made)[:1].tolist() == [value]:
                return node
        raise AssertionError(f"nothing began with {value}")

    def gradient(self, of: str, start: int) -> Array:
        """The gradient of the sum of a name's value by the value of a node, through everything that was recorded."""
        end = self.nodes[of]
        assert end is not None, f"{of} has no lineage"
        trace = self.trace
        reached = {start}
        for node in range(start + 1, len(trace)):
            if any(earlier in reached for earlier in trace.inputs(node)):
                reached.add(node)
        given = torch.tensor(np.array(trace.values[start], dtype=float), requires_grad=True)
        replay = Replay(trace, {start: given}, frozenset(reached - {start}))
        made = replay.value(end)
        assert not replay.opaque, replay.opaque
        if not made.requires_grad:
            return np.zeros(given.shape)
        torch.sum(made).backward()  # type: ignore[no-untyped-call]
        assert given.grad is not None
        return given.grad.numpy()
