"""What compiled programs are made of: places in flat arrays, sums, tiles of products.

The text of this file, of `functions` and of `processor` is the beginning of every compiled program, so whoever reads
one reads all of it.
"""

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"arcp"}, "nogil": True}
"""No check of divisors, which keeps loops from working on many numbers at once; to divide by the same number again and
again may be to multiply by its inverse. Sums stay in the order in which they are written, and a product and the sum
that it goes into are rounded one after the other, as in NumPy: a - b * b is 0 where a was computed as b * b."""

compiled = njit(**{**OPTIONS, "fastmath": {"arcp", "contract"}})
"""For what is here alone a product and a sum may be rounded once, as the machine does it fastest."""

PLACE = ir.IntType(64)


def access(name, names):
    """How the numbers of an array are read and written: `get(array, place)` and `put(array, place, number)`.

    There is no look whether a place is inside. The compiler is told that arrays of other names (`names` are all) share
    no memory with this one: it may then work on many numbers at once, and keep what it wrote.
    """

    def told(builder, instruction):
        module = builder.module
        domain = module.add_metadata(["backproof"])
        scopes = {each: module.add_metadata([f"array {each}", domain]) for each in names}
        instruction.set_metadata("alias.scope", module.add_metadata([scopes[name]]))
        if len(names) > 1:
            others = module.add_metadata([scope for each, scope in scopes.items() if each != name])
            instruction.set_metadata("noalias", others)
        return instruction

    def place(context, builder, kind, array, index):
        return builder.gep(context.make_array(kind)(context, builder, array).data, [index], inbounds=True)

    @intrinsic
    def get(_typing, array, index):
        def generate(context, builder, signature, arguments):
            return told(builder, builder.load(place(context, builder, signature.args[0], *arguments)))

        return array.dtype(array, types.intp), generate

    @intrinsic
    def put(_typing, array, index, number):
        def generate(context, builder, signature, arguments):
            where = place(context, builder, signature.args[0], *arguments[:2])
            told(builder, builder.store(arguments[2], where))
            return context.get_dummy_value()

        return types.void(array, types.intp, array.dtype), generate

    return get, put


@intrinsic
def copy_row(_typing, target, at, source, start, count):
    """Copy numbers that stand side by side from one array into another of the same kind, in one go."""

    def generate(context, builder, signature, arguments):
        target, source = (
            context.make_array(signature.args[position])(context, builder, arguments[position]).data
            for position in (0, 2)
        )
        to = builder.gep(target, [arguments[1]], inbounds=True)
        size = context.get_abi_sizeof(to.type.pointee)
        cgutils.raw_memcpy(builder, to, builder.gep(source, [arguments[3]], inbounds=True), arguments[4], size)
        return context.get_dummy_value()

    place = types.intp
    return (types.void(target, place, source, place, place), generate) if target.dtype == source.dtype else None


@intrinsic
def plus(_typing, a, b):
    """a + b as a term of a sum, whose terms may be added in any order: several sums then grow side by side."""

    def generate(_context, builder, _signature, arguments):
        return builder.fadd(*arguments, flags=("reassoc", "nsz", "contract"))

    return a(a, a), generate


@compiled
def plus_product(total, a, b):
    """total + a b as one of the terms of a product of matrices."""
    return plus(total, a * b)


@intrinsic
def larger(_typing, a, b):
    """The larger of two numbers in the search for a maximum, in any order; what is not a number is passed over."""

    def generate(_context, builder, _signature, arguments):
        a, b = arguments
        above = builder.fcmp_ordered(">", b, a, flags=("nnan", "nsz"))
        return builder.select(above, b, a)

    return a(a, a), generate


def tile(rows, lanes, offsets, biased):
    """A tile of a product: some rows of a few vectors of `lanes` numbers, kept in registers until they are done.

    The vectors begin at these offsets; where two overlap, both compute the same.

    c[m, j] = the sum over k of a[m, k] b[k, j], and the bias of column j if it is `biased`.
    The numbers of a row of b and of c lie side by side; those of a wherever `a_row` and `a_step` say.
    """

    @intrinsic
    def multiply(_typing, c, a, b, bias, c_at, a_at, b_at, bias_at, count, a_row, a_step, b_row, c_row):
        def generate(context, builder, signature, arguments):
            kinds = signature.args[:4]
            c, a, b, bias = (
                context.make_array(kind)(context, builder, array).data
                for kind, array in zip(kinds, arguments[:4], strict=True)
            )
            c_at, a_at, b_at, bias_at, count, a_row, a_step, b_row, c_row = arguments[4:]
            real = c.type.pointee
            vector = ir.VectorType(real, lanes)
            alignment = context.get_abi_sizeof(real)

            def vector_at(pointer, index):
                place = builder.gep(pointer, [ir.Constant(PLACE, offsets[index])])
                return builder.bitcast(place, vector.as_pointer())

            def spread(one):
                empty = ir.Constant(vector, ir.Undefined)
                first = builder.insert_element(empty, one, ir.Constant(ir.IntType(32), 0))
                everywhere = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
                return builder.shuffle_vector(first, empty, everywhere)

            places = [
                [vector_at(builder.gep(c, [builder.add(c_at, builder.mul(ir.Constant(PLACE, row), c_row))]), index)
                 for index in range(len(offsets))]
                for row in range(rows)
            ]  # fmt: skip
            sums = []
            for row in range(rows):
                sums.append([])
                for index in range(len(offsets)):
                    first = ir.Constant(vector, [0.0] * lanes)
                    if biased:
                        first = builder.load(vector_at(builder.gep(bias, [bias_at]), index), align=alignment)
                    sums[row].append(cgutils.alloca_once_value(builder, first))
            a_first, b_first = builder.gep(a, [a_at]), builder.gep(b, [b_at])
            with cgutils.for_range(builder, count) as loop:
                a_here = builder.gep(a_first, [builder.mul(loop.index, a_step)])
                b_here = builder.gep(b_first, [builder.mul(loop.index, b_row)])
                right = [builder.load(vector_at(b_here, index), align=alignment) for index in range(len(offsets))]
                for row in range(rows):
                    one = builder.load(builder.gep(a_here, [builder.mul(ir.Constant(PLACE, row), a_row)]))
                    left = spread(one)
                    for index in range(len(offsets)):
                        term = builder.fmul(left, right[index], flags=("contract",))
                        total = builder.fadd(builder.load(sums[row][index]), term, flags=("contract",))
                        builder.store(total, sums[row][index])
            for row in range(rows):
                for index in range(len(offsets)):
                    builder.store(builder.load(sums[row][index]), places[row][index], align=alignment)
            return context.get_dummy_value()

        place = types.intp
        return types.void(c, a, b, bias, *([place] * 9)), generate

    return multiply
