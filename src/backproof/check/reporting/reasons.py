"""Why a file could not be judged, in words that help."""

import re
from collections.abc import Mapping
from typing import Any

from backproof.check.judge.another_point import asks_at_another_point, looks_ahead
from backproof.check.judge.judgement import Judgement
from backproof.check.losses.held_errors import weighs_its_own
from backproof.check.repair.proved import runs
from backproof.check.reporting.callers import callers
from backproof.check.sandbox.recording import Recording
from backproof.check.source import Source

_VERSIONS: tuple[tuple[str, str, str], ...] = (
    (
        r"only (?:length-1|size-1|0-dimensional) arrays can be converted",
        "newer NumPy does not turn an array with one element into a number",
        "take the element: x.item() or x[0, 0]",
    ),
    (
        r"setting an array element with a sequence",
        "newer NumPy does not make arrays of rows of different lengths, nor put an array into one element",
        "use a list, or take the element with .item()",
    ),
    (r"has no attribute 'ix'", "pandas 1.0 removed .ix", "use .loc or .iloc"),
    (r"has no attribute 'as_matrix'", "pandas 1.0 removed .as_matrix()", "use .to_numpy()"),
    (r"read-only", "newer pandas gives arrays that cannot be written into", "make a copy: .to_numpy(copy=True)"),
    (
        r"name '(xrange|raw_input|unicode|unichr|reduce|long|basestring)' is not defined",
        "this is Python 2 ({0})",
        "2to3 turns it into Python 3",
    ),
    (r"module 'time' has no attribute 'clock'", "Python 3.8 removed time.clock", "use time.perf_counter()"),
    (r"has no attribute 'load_boston'|load_boston", "scikit-learn removed load_boston", "use another data set"),
    (
        r"must be 1-dimensional|inhomogeneous",
        "newer NumPy does not make arrays of rows of different lengths",
        "use a list, or dtype=object",
    ),
    (r"fetch_mldata", "scikit-learn removed fetch_mldata", "use fetch_openml, or a file of your own"),
)


_AHEAD = (
    "Its gradients are taken ahead of the weights, as in Nesterov's momentum, and the loss that it tells is that of the"
    " weights themselves: whether they are right ahead is not judged. With the loss told there, it may be."
)
_AT_ANOTHER_POINT = (
    "Its gradients are taken at another point than the one that is moved, to which a first gradient leads, as in"
    " sharpness-aware minimization: whether they are right there is not judged."
)

_MEANS = (
    "Now and then its parameters get a mean of what they were and what they have become, as in Lookahead or Reptile:"
    " that is no step along a gradient, and the others are not told from it. Without it, they may be judged."
)
_HELD = (
    "The loss that it tells multiplies logarithms with errors that it computes itself, as an actor does with the"
    " advantage: such an error is held when the gradient is taken, and whether the rest is right is not judged."
)


def asked_elsewhere(judgement: Judgement) -> str:
    """Why gradients are not judged that are taken at another point than the weights, or while something is held; empty
    if they are not."""
    if judgement.verdict == "wrong":
        return ""
    if judgement.training.returns_to_means:
        return _MEANS
    if weighs_its_own(judgement.frames, judgement.matches):
        return _HELD
    frames = judgement.frames[:2]
    if any(map(asks_at_another_point, frames)):
        return _AT_ANOTHER_POINT
    return _AHEAD if judgement.stated is not None and any(map(looks_ahead, frames)) else ""


def why_not(source: Source, recording: Recording, *, seconds: float) -> str:
    """The reason why nothing could be judged, as a sentence or two."""
    end = recording.end
    how = end.get("ended")
    if recording.cut_within:
        left = ", and its loops were left before their end" if end.get("cut") else ", after which nothing is followed"
        return (
            f"No training step was over within {recording.cut_within:,} operations{left}."
            " With fewer samples, or a smaller network, one of its steps may be followed."
        )
    if how == "error":
        return _failed(source, end)
    if how == "timeout":
        return (
            f"It was still running after {seconds:g} seconds, and no training step was seen."
            " Give it more time with --timeout."
        )
    if how == "killed" and end.get("signal") in ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGILL"):
        return f"It crashed ({end.get('signal')}) before a training step was seen."
    if how == "killed":
        return (
            f"It was ended by the system ({end.get('signal')}): it took more time or memory than it may."
            " Raise --timeout or --memory."
        )
    if how == "interrupted":
        return "It was interrupted."
    if how == "lost" or (how == "exit" and "stretches" not in end):
        return "It ended its own process, and no training step had been seen by then."
    lost = sorted({name for trace in recording.stretches for name in trace.lost.values()} - {"zeros_like", "ones_like"})
    if lost:
        return f"No training step was seen. Values go through {', '.join(lost[:3])}, which is not followed."
    named = callers(source.path)
    which = f": {', '.join(named[:3])}" if named else ""
    if not any(len(trace) for trace in recording.stretches):
        return (
            "It ran, and computed nothing with arrays or floats:"
            f" if it only defines functions, check the file that calls them{which}."
        )
    return (
        "No training step was seen: nothing is replaced, twice or more, by itself plus or minus something. If the file"
        f" only defines a network, check the file that trains it{which}."
    )


def _failed(source: Source, end: Mapping[str, Any]) -> str:
    kind, message = end.get("error"), str(end.get("message", ""))
    line = end.get("line")
    where = (
        f", {source.place(line)}"
        if line and end.get("file", "").startswith(source.path.stem)
        else f" ({end.get('file')}:{line})"
        if line
        else ""
    )
    if end.get("missing"):
        return f"It needs the library {str(end['missing']).split('.')[0]}, which is not installed here{where}."
    for pattern, what, remedy in _VERSIONS:
        if found := re.search(pattern, message):
            named = [group for group in found.groups() if group]
            return f"It stops before it trains{where}: {what.format(*named)}; {remedy.format(*named)}."
    if kind == "FileNotFoundError":
        return (
            f"It stops before it trains{where}: {message.rstrip('.')}. Put the file beside it, under exactly that name."
        )
    if kind == "EOFError":
        return f"It asks for input{where}, and there is none."
    if kind == "MemoryError":
        return f"It takes more memory than it may{where}. Raise --memory."
    if kind in ("URLError", "ConnectionError", "gaierror", "timeout") or "urlopen" in message or "resolve" in message:
        return (
            f"It wants to load something from the internet{where}, which a checked file may not."
            " Put the data beside it."
        )
    return f"It stops before it trains{where}: {kind}: {_short(message)}"


def _short(message: str) -> str:
    return message if len(message) < 200 else message[:200] + " …"


def ended_within(source: Source, recording: Recording) -> str | None:
    """What to say of an error in a line by which a training that was seen is computed; None if it is in another."""
    end = recording.end
    file, line = end.get("file"), end.get("line")
    if not file or not line:
        return None
    if not any(runs(training, recording.sites, {(file, line)}) for training in recording.trainings if training.steps):
        return None
    where = source.place(line) if file == source.run_name else f"{file}, line {line}"
    return f"It ends with an error where it trains, in {where}: {end.get('error')}: {_short(str(end.get('message')))}."


_CUT = (
    "{} makes whole numbers of what it computes, so that no gradient goes through it: np.vectorize takes the type of"
    " its first value, and that one is an int. Return a float there (`0.0`, not `0`), or write `otypes=[float]`."
)


def unfollowed(source: Source, recording: Recording, judgement: Judgement) -> str:
    """Where the forward pass goes through something that is not followed."""
    for frame in judgement.frames[:1]:
        for node, why in frame.replay.opaque.items():
            if node in frame.forward and frame.trace.sites[node] >= 0 and node not in frame.backward - frame.forward:
                site = recording.sites.sites[frame.trace.sites[node]]
                kind = getattr(getattr(frame.trace.values[node], "dtype", None), "kind", "")
                if frame.trace.operations[node] == "stack_list" and kind in "iub":
                    return _CUT.format(source.place(site.line))
                return (
                    f"{source.place(site.line)} is not followed ({why}),"
                    " so the gradient of what comes after it is not known."
                )
    return ""


def no_loss(judgement: Judgement, *, searched: bool) -> str:
    """Why no loss was found; `searched` if small edits were tried that might have made the program follow one."""
    if judgement.match is None:
        return (
            "Its updates follow no loss that could be found: no differentiable loss is computed, and the output is not"
            " held against targets. (Hebb's rule, for one, is the gradient of no loss.)"
        )
    tried = "Its updates follow the gradient of none of the losses that were tried"
    if searched:
        return f"{tried}, and no small edit makes them follow one."
    return f"{tried}. The search for a fix, which was left out, may tell more."
