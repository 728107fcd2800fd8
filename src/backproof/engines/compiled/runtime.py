"""What compiled programs are made of: places in flat arrays, functions of single numbers, tiles of products.

The text of this file is the beginning of every compiled program, so whoever reads one reads all of it.
"""

import math
import sys
from typing import Any

import numpy as np
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


@intrinsic
def two_to_the(_typing, shifted):
    """2^k, where k is a whole number to which so much was added that it fills the low bits of `shifted`."""
    width, bias, mantissa = (64, 1023, 52) if shifted == types.float64 else (32, 127, 23)

    def generate(_context, builder, _signature, arguments):
        whole = ir.IntType(width)
        exponent = builder.add(builder.bitcast(arguments[0], whole), ir.Constant(whole, bias))
        return builder.bitcast(builder.shl(exponent, ir.Constant(whole, mantissa)), arguments[0].type)

    return shifted(shifted), generate


@compiled
def power_of_e(z):
    """e^z in parts, for |z| at most 708: a number s = 2^k, and p with e^z = s + s p, where |p| is at most 0.42.

    The reduction is that of W. J. Cody and W. Waite, Software Manual for the Elementary Functions (1980), chapter 6; p
    is Taylor's series. There is no branch, so that it is computed for many numbers at once.
    """
    shifted = z * 1.4426950408889634 + 6755399441055744.0
    k = shifted - 6755399441055744.0
    r = z - k * 0.6931471803691238 - k * 1.9082149292705877e-10
    square = r * r
    low = 0.5 + r * (1 / 6) + square * (1 / 24 + r * (1 / 120))
    middle = 1 / 720 + r * (1 / 5040) + square * (1 / 40320 + r * (1 / 362880))
    high = 1 / 3628800 + r * (1 / 39916800) + square * (1 / 479001600 + r * (1 / 6227020800))
    fourth = square * square
    p = r + square * (low + fourth * (middle + fourth * high))
    return two_to_the(shifted), p


@compiled
def power_of_e_single(z):
    """The same in single precision, for |z| at most 87."""
    shifted = z * np.float32(1.4426950408889634) + np.float32(12582912.0)
    k = shifted - np.float32(12582912.0)
    r = z - k * np.float32(0.693145751953125) - k * np.float32(1.428606765330187e-06)
    low = np.float32(0.5) + r * np.float32(1 / 6)
    middle = np.float32(1 / 24) + r * np.float32(1 / 120)
    high = np.float32(1 / 720) + r * np.float32(1 / 5040)
    square = r * r
    p = r + square * (low + square * (middle + square * high))
    return two_to_the(shifted), p


@compiled
def exp_float64(z):
    """e^z; 0 where it is below 3e-308, infinity where it is above 1e308."""
    s, p = power_of_e(-708.0 if z < -708.0 else (709.0 if z > 709.0 else z))
    return 0.0 if z < -708.0 else (math.inf if z > 709.0 else s + s * p)


@compiled
def exp_float32(z):
    low, high = np.float32(-87.0), np.float32(88.0)
    s, p = power_of_e_single(low if z < low else (high if z > high else z))
    return np.float32(0.0) if z < low else (np.float32(math.inf) if z > high else s + s * p)


@compiled
def expm1_float64(z):
    """e^z - 1, as exact near 0 as elsewhere."""
    s, p = power_of_e(-708.0 if z < -708.0 else (709.0 if z > 709.0 else z))
    return math.inf if z > 709.0 else s * p + (s - 1.0)


@compiled
def expm1_float32(z):
    low, high = np.float32(-87.0), np.float32(88.0)
    s, p = power_of_e_single(low if z < low else (high if z > high else z))
    return np.float32(math.inf) if z > high else s * p + (s - np.float32(1.0))


@compiled
def tanh_float64(z):
    """The hyperbolic tangent, t / (t + 2) with t = e^2z - 1: beyond 22 it is 1."""
    t = expm1_float64(2.0 * (-22.0 if z < -22.0 else (22.0 if z > 22.0 else z)))
    return t / (t + 2.0)


@compiled
def tanh_float32(z):
    low, high, two = np.float32(-10.0), np.float32(10.0), np.float32(2.0)
    t = expm1_float32(two * (low if z < low else (high if z > high else z)))
    return t / (t + two)


@intrinsic
def exponent_and_rest(_typing, z):
    """k and m with z = 2^k m, where m is between 0.7 and 1.42; z must be a normal number above 0."""
    width, mantissa = (64, 52) if z == types.float64 else (32, 23)
    middle = 0x3FE6955500000000 if z == types.float64 else 0x3F330000  # about 0.7

    def generate(context, builder, signature, arguments):
        whole = ir.IntType(width)
        bits = builder.bitcast(arguments[0], whole)
        above = builder.sub(bits, ir.Constant(whole, middle))
        k = builder.ashr(above, ir.Constant(whole, mantissa))
        rest = builder.sub(bits, builder.shl(k, ir.Constant(whole, mantissa)))
        small = builder.trunc(k, ir.IntType(32)) if width == 64 else k
        parts = builder.sitofp(small, arguments[0].type), builder.bitcast(rest, arguments[0].type)
        return context.make_tuple(builder, signature.return_type, parts)

    return types.UniTuple(z, 2)(z), generate


@compiled
def log_float64(z):
    """The natural logarithm, by the series of 2 artanh (m - 1)/(m + 1) (Abramowitz and Stegun, 4.1.27)."""
    tiny = z < 2.3e-308
    k, m = exponent_and_rest(z * 18014398509481984.0 if tiny else z)
    s = (m - 1.0) / (m + 1.0)
    q = s * s
    fourth = q * q
    low = 1 / 3 + q * (1 / 5) + fourth * (1 / 7 + q * (1 / 9))
    high = 1 / 11 + q * (1 / 13) + fourth * (1 / 15 + q * (1 / 17) + fourth * (1 / 19 + q * (1 / 21)))
    k = k - 54.0 if tiny else k
    found = k * 0.6931471803691238 + (
        2.0 * s + (2.0 * s * q * (low + fourth * fourth * high) + k * 1.9082149292705877e-10)
    )
    return found if (z > 0.0) & (z < math.inf) else (-math.inf if z == 0.0 else (z if z > 0.0 else math.nan))


@compiled
def log_float32(z):
    one, two, zero, infinite = np.float32(1.0), np.float32(2.0), np.float32(0.0), np.float32(math.inf)
    tiny = z < np.float32(1.2e-38)
    k, m = exponent_and_rest(z * np.float32(16777216.0) if tiny else z)
    s = (m - one) / (m + one)
    q = s * s
    low = np.float32(1 / 3) + q * (np.float32(1 / 5) + q * (np.float32(1 / 7) + q * np.float32(1 / 9)))
    k = k - np.float32(24.0) if tiny else k
    found = k * np.float32(0.693145751953125) + (two * s + (two * s * q * low + k * np.float32(1.428606765330187e-06)))
    return (
        found
        if (z > zero) & (z < infinite)
        else (-infinite if z == zero else (z if z > zero else np.float32(math.nan)))
    )


@compiled
def maximum(a, b):
    """NumPy's maximum: what is not a number stays so."""
    return a if (a >= b) | (a != a) else b


@compiled
def minimum(a, b):
    """NumPy's minimum: what is not a number stays so."""
    return a if (a <= b) | (a != a) else b


@compiled
def sign(a):
    """-1, 0 or 1, of the type of a."""
    zero = a - a
    return zero + (a > zero) - (a < zero)


@compiled
def share(length, step, thread, threads):
    """From where to where a thread goes, of so many places, in whole steps; the last thread has the rest."""
    steps = length // step
    high = steps * (thread + 1) // threads * step
    return steps * thread // threads * step, (length if thread == threads - 1 else high)


@intrinsic
def come(_typing, meeting):
    """Say that this thread has come to a meeting; what it wrote before is seen by those who go on from there."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        builder.atomic_rmw("add", data, ir.Constant(PLACE, 1), "seq_cst")
        return context.get_dummy_value()

    return types.void(meeting), generate


@intrinsic
def have_come(_typing, meeting):
    """How many times a thread has come to a meeting."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.load_atomic(data, "seq_cst", 8)

    return types.int64(meeting), generate


@intrinsic
def let_others_work(_typing):
    """Give the processor to another thread, where the system has a word for that."""

    def generate(context, builder, _signature, _arguments):
        if sys.platform != "win32":
            kind = ir.FunctionType(ir.IntType(32), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return types.void(), generate


@compiled
def meet(meeting, wanted):
    """Wait until so many have come, counted from the beginning. Whoever waits long lets others work."""
    come(meeting)
    turns = 0
    while have_come(meeting) < wanted:
        turns += 1
        if turns > 4000:
            let_others_work()


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
