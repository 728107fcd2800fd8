"""The compiler's passes, one by one: reading, taking apart, putting together, narrow rows, writing."""

from __future__ import annotations

import numpy as np
import pytest

import backproof as bp
from backproof.engines.compiled.blocks import blocks, needed_outside, stages
from backproof.engines.compiled.elements import Elements, Lines
from backproof.engines.compiled.expression import ROWS, NotLowered, Type, parse
from backproof.engines.compiled.instructions import Map, Product, Reduce, instructions
from backproof.engines.compiled.lanes import side_by_side
from backproof.engines.compiled.loops import LoopWriter
from backproof.engines.compiled.narrow import is_flat, taken_apart
from backproof.engines.compiled.products import Machine, ProductWriter
from backproof.engines.compiled.source import Writer
from backproof.program.derivation import Step
from tests.engines.compiled.lines import make_program

NAMES = {
    "x": Type((ROWS, 4)),
    "y": Type((ROWS,), "label"),
    "w": Type((4, 3)),
    "b": Type((3,)),
    "z": Type((ROWS, 3)),
    "row": Type((ROWS, 1)),
    "rate": Type((), "number"),
    "norm": Type(()),
}


def steps(*lines: str) -> list[Step]:
    return [Step(line.split(" =")[0], "forward", line, "", (), "") for line in lines]


@pytest.mark.parametrize(
    ("line", "shape", "kind"),
    [
        ("a = z * b + 1.0", (ROWS, 3), "real"),
        ("a = z - row", (ROWS, 3), "real"),
        ("a = z > 0.0", (ROWS, 3), "flag"),
        ("a = (y[:, None] == np.arange(z.shape[1])).astype(z.dtype)", (ROWS, 3), "real"),
        ("a = x @ w + b", (ROWS, 3), "real"),
        ("a = x.T @ z", (4, 3), "real"),
        ("a = np.sum(z, axis=0)", (3,), "real"),
        ("a = np.max(z, axis=1, keepdims=True)", (ROWS, 1), "real"),
        ("a = np.mean(z * z)", (), "real"),
        ("a = rate * 0.5**2 / len(z)", (), "number"),
        ("a = np.minimum(1.0, rate / (norm + 1e-06))", (), "real"),
        ("a = np.where(z > 0.0, z, rate * z)", (ROWS, 3), "real"),
    ],
)
def test_a_line_is_read_with_its_shape_and_kind(line: str, shape: tuple[object, ...], kind: str) -> None:
    assert parse(line, NAMES).type == Type(shape, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        "a = np.einsum('ij->ji', z)",
        "a = z + y",
        "a = x + z",
        "a = z[0]",
        "a = x @ z",
        "a = w @ x.T",
        "a = np.sum(z, axis=1, dtype=float)",
        "a = unknown + z",
        "a = np.cumsum(z, axis=1)",
        "a = True",
    ],
)
def test_what_is_beyond_the_compiler_is_refused_with_its_words(line: str) -> None:
    with pytest.raises(NotLowered):
        parse(line, NAMES)
    with pytest.raises(NotLowered, match=r"in `a = "):
        instructions(steps(line), dict(NAMES))


def test_sums_and_products_inside_a_line_become_instructions_of_their_own() -> None:
    names = dict(NAMES)
    made = instructions(steps("s = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)", "a = np.mean(x @ w)"), names)
    assert [type(each) for each in made] == [Reduce, Map, Product, Reduce]
    first, second, third, fourth = made
    assert second.reads() == {"z", first.target}
    assert names[first.target] == Type((ROWS, 1))
    assert isinstance(fourth, Reduce)
    assert fourth.reads() == {third.target}
    assert fourth.divisor is not None, "a mean is a sum, divided"


def test_a_bias_goes_into_its_product() -> None:
    (product,) = instructions(steps("a = x @ w + b"), dict(NAMES))
    assert isinstance(product, Product)
    assert (product.left, product.right, product.bias, product.inner) == ("x", "w", "b", 4)


def test_neighbours_share_a_loop_and_what_needs_a_whole_sum_waits() -> None:
    lines = ("a = z * 2.0", "m = np.mean(a, axis=0)", "c = a - m", "d = np.sum(c, axis=0)", "e = a * 3.0")
    made = blocks(instructions(steps(*lines), dict(NAMES)), 1)
    assert [[i.target for i in block.instructions] for block in made] == [["a", "m"], ["c", "d", "e"]]
    assert needed_outside(made, set()) >= {"a", "m"}
    assert "e" not in needed_outside(made, set())
    assert "e" in needed_outside(made, {"e"})


def test_an_instruction_never_passes_what_it_depends_on() -> None:
    lines = ("a = z * 2.0", "w2 = a.T @ z", "b2 = np.sum(z, axis=0)", "z = z + 1.0", "c = z * 2.0")
    made = blocks(instructions(steps(*lines), dict(NAMES)), 1)
    order = [i.target for block in made for i in block.instructions]
    assert order.index("b2") < order.index("w2"), "a sum joins the loop before the product"
    assert order.index("z") > order.index("w2"), "the product needs the old z"
    assert order.index("c") > order.index("z")


def test_a_sum_of_a_row_is_done_before_it_is_read() -> None:
    made = instructions(steps("m = np.max(z, axis=1, keepdims=True)", "a = z - m", "c = a * 2.0"), dict(NAMES))
    passes = stages([each for each in made if isinstance(each, (Map, Reduce))])
    assert [[i.target for i in one.instructions] for one in passes] == [["m"], ["a", "c"]]


def test_costly_functions_of_narrow_rows_stand_alone() -> None:
    names = dict(NAMES)
    made = instructions(steps("a = np.exp(z - row) * 2.0"), names)
    apart = taken_apart(made, names, 8)
    assert [each.target for each in apart][-1] == "a"
    assert len(apart) == 3
    assert [is_flat([each]) for each in apart if isinstance(each, Map)] == [False, True, True]
    assert taken_apart(made, names, 3) == made, "rows of whole vectors stay as they are"


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("a = z - row", 8),  # what is written beyond a row is the next one's, and that is written later
        ("z = z - row", 3),  # the next row would be read when its beginning is gone
        ("a = x[:, :3] - row", 3),  # whose memory ends where its numbers end
        ("a = z * b - row", 3),
    ],
)
def test_a_narrow_row_fills_its_vector_where_nothing_is_spoilt(line: str, columns: int) -> None:
    names = NAMES | {"a": Type((ROWS, 3))}
    if "x" in line:
        line, names = line.replace("x[:, :3]", "x"), names | {"x": Type((ROWS, 3))}
    for shared in (False, True):
        (block,) = blocks(instructions(steps(line), dict(names)), lanes=8)
        lines = Lines()
        LoopWriter(lines, {"a", "z"}, "n", names).write(block, shared=shared)
        assert f"for j in range({3 if shared else columns}):" in "\n".join(lines.written)


def test_the_strips_of_a_product_cover_every_column_once_or_the_same_twice() -> None:
    writer = ProductWriter(Machine(64, 8), 4, "n", 32)
    for columns in range(4, 140):
        covered = np.zeros(columns, int)
        start = 0
        for lanes, offsets in writer._strips(columns):
            for offset in offsets:
                covered[start + offset : start + offset + lanes] += 1
            start += offsets[-1] + lanes
        assert start == columns
        assert covered.min() == 1
        assert covered.max() <= 2


@pytest.mark.parametrize(
    ("rows", "inner", "columns", "transposed", "copied"),
    [
        (ROWS, 784, 256, False, True),
        (ROWS, 256, 128, True, True),
        (784, ROWS, 256, False, True),  # the gradient of a weight: the right matrix is a batch
        (ROWS, 784, 32, False, False),  # one strip, which is all there is
        (ROWS, 64, 40, False, False),  # the nearest cache holds it as it is
        (8, 784, 256, False, False),  # one tile a strip, which reads it once
    ],
)
def test_only_strips_that_do_not_fit_and_are_read_often_are_copied(
    rows: int | str, inner: int | str, columns: int, transposed: bool, copied: bool
) -> None:
    writer, lines = ProductWriter(Machine(64, 8), 4, "n", 128), Lines()
    product = Product("c", Type((rows, columns)), "a", "b", False, transposed, inner)
    assert writer.turned(product) is None or not copied
    writer.write(lines, product)
    text = "\n".join(lines.written)
    assert ("put_strip_of_right(" in text) == copied
    room = "128" if inner == ROWS else inner
    assert writer.room("128") == ([f"strip_of_right = np.empty({room} * 32, real)"] if copied else [])
    if copied:
        assert ("get_b(b, (j + column)" in text) == transposed


def test_numbers_that_are_the_same_everywhere_are_computed_once() -> None:
    elements = Elements()
    node = parse("a = z * (1.0 - rate) / norm", NAMES)
    assert elements.real(node, lambda _shape: "at") == "((get_z(z, at) * same1) / same2)"
    assert elements.before == ["same1 = real((1.0 - rate))", "same2 = real(norm)"]


def test_the_text_of_a_program_says_what_its_loops_are_for_and_is_python() -> None:
    network = bp.Network([bp.Linear(3, 5), bp.LayerNorm(5), bp.GELU(), bp.Linear(5, 2)], bp.HuberLoss())
    program = make_program(network, np.ones((6, 3)), np.ones((6, 2)), optimizer=bp.AdamW(), clip_norm=1.0)
    for threaded in (False, True):
        writer = Writer(program, threaded=threaded)
        writer.train()
        compile(writer.made.text, "program", "exec")
        for step in program.steps:
            assert step.name in writer.made.text
    lanes = side_by_side(program, {"learning_rate"}, 6)
    compile(lanes.text, "program", "exec")
    assert "get_learning_rate(learning_rate, lane)" in lanes.text
