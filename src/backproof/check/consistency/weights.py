"""Which values that no step changes stand where a weight or a bias stands, and which are data."""

import ast
from typing import Any

import numpy as np

from backproof.check.consistency.biases import holds_product, is_made_as_bias, is_threshold, joins_product
from backproof.check.judge.judgement import Judgement
from backproof.check.record.memory import Ref
from backproof.check.record.trace import COPIES, PRODUCTS
from backproof.check.replay.drawn import is_drawn, made_by
from backproof.check.replay.frame import Frame

_RANDOM = ("rand", "normal", "uniform", "random", "zeros", "ones", "xavier", "glorot", "standard_normal")


def stands_as_one(
    frame: Frame,
    judgement: Judgement,
    node: int,
    position: int,
    operand: ast.expr,
    data: set[int],
    sides: set[int],
) -> bool:
    """Whether what a step begins with, and never changes, stands where a weight or a bias stands: one of the operands
    at a node."""
    operation, argument = frame.trace.operations[node], int(frame.trace.arguments[node][position])
    other, origin = frame.trace.arguments[node][1 - position], origin_of(frame, argument)
    if operation == "subtract":
        return is_threshold(frame, operand, argument, other)
    # from the other side, what is multiplied with a layer's values mixes the samples
    mixing = operation in PRODUCTS and sides == {1 - position}
    if origin in data or mixing or _is_copied(frame, origin):
        return False
    bias = operation == "add" and is_made_as_bias(frame, operand, argument, other)
    return bias or _is_weight(frame, judgement, argument, other, operation)


def sides_of_weights(frame: Frame, path: set[int]) -> set[int]:
    """On which side of what they are multiplied with the trained matrices stand: 0 for the left one."""
    trace = frame.trace
    found: set[int] = set()
    for node in path:
        operands = trace.arguments[node] if trace.operations[node] in PRODUCTS else ()
        for position, argument in enumerate(operands[:2]):
            if isinstance(argument, Ref) and len(trace.shape(int(argument))) == 2:
                turned = trace.inputs(int(argument))
                own = int(argument) in frame.given or (len(turned) == 1 and turned[0] in frame.given)
                if own:
                    found.add(position)
    return found


def origin_of(frame: Frame, node: int) -> int:
    """The array that a value is a view or a multiple of, back to where it was made."""
    for _ in range(6):
        inputs = frame.trace.inputs(node)
        if frame.trace.operations[node] == "leaf" or len(inputs) != 1 or node <= frame.step.start:
            break
        node = inputs[0]
    return node


def _is_copied(frame: Frame, node: int) -> bool:
    """Whether an array is a copy of one that is trained: of a second network that follows, now and then, the first."""
    trace, training = frame.trace, frame.training
    inputs = trace.inputs(node) if trace.operations[node] in COPIES else []
    return any(n in training.chains[p].versions for n in inputs for p in training.parameters)


def met_by_weights(frame: Frame) -> set[int]:
    """What is multiplied with a trained parameter as it was made: data, whatever else is made of it."""
    trace, readers = frame.trace, frame.training.readers
    found: set[int] = set()
    for parameter in frame.given:
        turned = [n for n in readers[parameter] if trace.operations[n] == "transpose"]
        for weight in (parameter, *turned):
            for node in readers[weight]:
                numbers = trace.operations[node] == "multiply" and trace.shape(node) == ()
                if numbers or trace.operations[node] in PRODUCTS:
                    found.update(origin_of(frame, n) for n in trace.inputs(node) if n != weight)
    return found - frame.given.keys()


def targets_of(frame: Frame) -> set[int]:
    """What the network's values are held against, element by element: data, however they were made."""
    found: set[int] = set()
    for node in range(max(frame.step.start, 0), frame.step.end + 1):
        arguments = frame.trace.arguments[node]
        if frame.trace.operations[node] not in ("subtract", "divide") or len(arguments) != 2:
            continue
        for mine, other in (arguments, arguments[::-1]):
            if isinstance(mine, Ref) and isinstance(other, Ref) and int(other) in frame.forward:
                constant = int(mine) not in frame.dependent and int(mine) not in frame.given
                if constant and frame.trace.shape(int(mine)) == frame.trace.shape(int(other)):
                    found.add(origin_of(frame, int(mine)))
    return found


def _is_weight(frame: Frame, judgement: Judgement, node: int, other: Any, operation: str) -> bool:
    """Whether a constant is made like a parameter, and stands where one stands."""
    trace = frame.trace
    made = made_by(trace, node)
    if not any(word in made for word in _RANDOM):
        return False
    shape = trace.shape(node)
    scalars = all(judgement.training.chains[p].shape == () for p in judgement.training.parameters)
    if shape == () and scalars:
        # what a weight is multiplied with itself is the data
        given = isinstance(other, Ref) and operation == "multiply" and int(other) in frame.given
        return not given and (isinstance(other, Ref) or operation == "multiply")
    if not isinstance(other, Ref):
        return False
    if operation == "multiply":
        return "ones" in made and _is_scale(frame, shape, int(other))
    if operation == "add":
        rows = [length for length in trace.shape(int(other)) if length > 1]
        small = int(np.prod(shape)) <= (max(rows) if rows else 1)
        # a bias is added to a product, a shift to what was scaled
        plain = trace.operations[node] == "leaf" and ("zeros" in made or "ones" in made)
        scaled = plain and trace.operations[int(other)] == "multiply" and shape[-1:] == trace.shape(int(other))[-1:]
        element = (plain and trace.operations[node] == "leaf") or (
            trace.operations[node] == "getitem" and "zeros" in made
        )
        summed = element and shape == () and (holds_product(frame, int(other)) or joins_product(frame, node))
        return small and (trace.operations[int(other)] in PRODUCTS or scaled or summed)
    if len(shape) != 2:
        return False
    if int(other) in frame.forward:
        # a weight meets what was computed from other weights and the data; data meet a weight
        return any(trace.operations[earlier] in PRODUCTS for earlier in frame.ancestors([int(other)], frame.forward))
    # the data meet the first layer's weights: these are made at random and are of a layer's shape
    lengths = {length for p in judgement.training.parameters for length in judgement.training.chains[p].shape} - {1}
    fits = shape[-1] in lengths or shape[0] in lengths
    other_fits = (
        is_drawn(frame.trace, int(other))
        and len(trace.shape(int(other))) == 2
        and (trace.shape(int(other))[-1] in lengths or trace.shape(int(other))[0] in lengths)
    )
    return (
        is_drawn(frame.trace, node)
        and fits
        and not other_fits
        and not _meets_weight(frame, node)
        and int(other) not in frame.given
        and int(other) not in frame.dependent
    )


def _meets_weight(frame: Frame, node: int) -> bool:
    """Whether the product with a matrix is multiplied with a trained one right away, as the mean of neighbours is."""
    trace, readers = frame.trace, frame.training.readers
    made = [product for product in readers[node] if trace.operations[product] in PRODUCTS]
    onward = [(product, reader) for product in made for reader in readers[product]]
    return any(
        trace.operations[reader] in PRODUCTS and any(n in frame.given for n in trace.inputs(reader) if n != product)
        for product, reader in onward
    )


def _is_scale(frame: Frame, shape: tuple[int, ...], other: int) -> bool:
    """Whether a row of ones multiplies what was divided by its own spread: the scale of a normalisation."""
    trace = frame.trace
    near = {other}
    for _ in range(4):
        near |= {earlier for node in near for earlier in trace.inputs(node) if earlier in frame.dependent}
    normalised = any(trace.operations[node] in ("var", "std", "sqrt") for node in near)
    return normalised and shape[-1:] == trace.shape(other)[-1:] and int(np.prod(shape)) == (shape or (0,))[-1]
