"""Recognises the trained parameters in what is computed after training, by what they are called."""

import ast
import re
from dataclasses import dataclass, field
from math import prod
from typing import Any

from backproof.check.record.memory import Ref
from backproof.check.record.trace import Trace
from backproof.check.replay.callers import text_of_caller
from backproof.check.replay.frame import Frame
from backproof.check.replay.values import Reading


@dataclass
class Recognised:
    """Where the parameters of a training step stand in a later record."""

    end: int  # the first number that stands for no node
    known: dict[int, int] = field(default_factory=dict)  # nodes that are parameters, with what they are in training
    numbers: dict[int, float] = field(default_factory=dict)  # the bare numbers that are parameters
    patched: dict[int, tuple[Any, ...]] = field(default_factory=dict)  # arguments that name those


def recognised(trace: Trace, begin: int, frame: Frame, texts: dict[str, int], reading: Reading) -> Recognised:
    """The parameters of a training step in a record, from a node on.

    Args:
        texts: what the parameters are called, see `parameter_texts`.
    """
    found = Recognised(len(trace))
    for node in range(begin, len(trace)):
        if trace.sites[node] >= 0:
            _read(found, trace, begin, node, frame, texts, reading)
    return found


def _read(
    found: Recognised, trace: Trace, begin: int, node: int, frame: Frame, texts: dict[str, int], reading: Reading
) -> None:
    """Recognise the parameters among an operation's operands."""
    arguments = list(trace.arguments[node])
    for position, operand in enumerate(reading.operands(trace.sites[node])[: len(arguments)]):
        argument, text = arguments[position], reading.segment(trace.sites[node], operand)
        parameter = texts.get(text, texts.get(name_in(text)))
        if parameter is None and isinstance(operand, ast.Name):
            parameter = texts.get(text_of_caller(trace, reading, node, operand))
        if parameter is None:
            continue
        if isinstance(argument, Ref):
            first = int(argument) < begin or trace.operations[int(argument)] == "leaf"
            # a network that is only drawn after the trained one is another, though it is called as that is
            drawn = trace is frame.trace and int(argument) in frame.training.others
            if first and not drawn and _same_shape(trace.shape(int(argument)), tuple(frame.given[parameter].shape)):
                found.known[int(argument)] = parameter
        elif isinstance(argument, float) and not isinstance(operand, ast.Constant) and frame.given[parameter].ndim == 0:
            found.known[found.end] = parameter
            found.numbers[found.end] = argument
            arguments[position] = Ref(found.end)
            found.end += 1
            found.patched[node] = tuple(arguments)


def _same_shape(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether shapes are the same, or both of a single number: a bias that is a bare one may become an array."""
    return one == other or prod(one) == prod(other) == 1


def parameter_names(frame: Frame, reading: Reading) -> dict[int, str]:
    """What each parameter is called where it is read first: the node before the step to the whole text."""
    return {node: text for text, node in reversed(parameter_texts(frame, reading).items())}


def parameter_texts(frame: Frame, reading: Reading) -> dict[str, int]:
    """What the parameters are called where the forward pass reads them, and where it hands them to a function that
    does, whole and by the last word: text to the node before the step."""
    found: dict[str, int] = {}
    clash: set[str] = set()
    for node in sorted(frame.forward):
        site = frame.trace.sites[node]
        if site < 0:
            continue
        for operand, argument in zip(reading.operands(site), frame.trace.arguments[node], strict=False):
            if isinstance(argument, Ref) and int(argument) in frame.given:
                text, whole = reading.segment(site, operand), text_of_caller(frame.trace, reading, node, operand)
                for name in dict.fromkeys((text, name_in(text), whole, name_in(whole))):
                    if found.setdefault(name, int(argument)) != int(argument):
                        clash.add(name)
    return {text: node for text, node in found.items() if text not in clash}


def name_in(text: str) -> str:
    """What a parameter is called whatever holds it: W1 for `self.W1`, `params["W1"]` and `W1`."""
    words = re.findall(r"\w+", text)
    return words[-1] if words else text
