"""What compiled programs ask of the processor: what to make of tiny numbers, how long vectors are, how threads meet."""

import platform
import sys

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from backproof.engines.compiled.runtime import PLACE, compiled

TEXT = ir.IntType(8).as_pointer()


@intrinsic
def whole_vectors(_typing):
    """Loops of the function in which this stands work on vectors as long as the processor has them.

    LLVM's own choice is half as long, which spares a processor that others share. Tiles use whole ones in any case.
    """

    def generate(context, builder, _signature, _arguments):
        # llvmlite has no name for an attribute with a value, and writes what stands in this set as it is
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def tiny_is_zero(_typing):
    """From here on this thread takes numbers too small for all their digits (below 1e-38 in float32) for 0.

    What dies away, as the velocity of a unit that is never active, ends among them for good (0.9 times the smallest is
    rounded to the smallest), and each of them costs the processor a hundred times another. It gives what `as_before`
    takes.
    """

    def generate(_context, builder, _signature, _arguments):
        before, flags = control_word(builder)
        if before is None:
            return ir.Constant(PLACE, 0)
        set_control_word(builder, builder.or_(before, ir.Constant(before.type, flags)))
        return builder.zext(before, PLACE) if before.type != PLACE else before

    return types.int64(), generate


@intrinsic
def as_before(_typing, word):
    """Tiny numbers are again what they were before `tiny_is_zero`."""

    def generate(context, builder, _signature, arguments):
        set_control_word(builder, arguments[0])
        return context.get_dummy_value()

    return types.void(word), generate


def control_word(builder):
    """The word that tells the processor how to round, and its flags for tiny numbers; none on other processors."""
    kind = platform.machine().lower()
    if kind in ("x86_64", "amd64"):  # Intel's manual, volume 1, 10.2.3: flush to zero is bit 15, denormals are zeros 6
        word = cgutils.alloca_once(builder, ir.IntType(32))
        builder.call(processor(builder, "x86.sse.stmxcsr", ir.VoidType(), TEXT), [builder.bitcast(word, TEXT)])
        return builder.load(word), 1 << 15 | 1 << 6
    if kind in ("arm64", "aarch64"):  # Arm's manual, FPCR: FZ is bit 24
        return builder.call(processor(builder, "aarch64.get.fpcr", PLACE), []), 1 << 24
    return None, 0


def set_control_word(builder, value):
    kind = platform.machine().lower()
    if kind in ("x86_64", "amd64"):
        word = cgutils.alloca_once(builder, ir.IntType(32))
        builder.store(builder.trunc(value, ir.IntType(32)) if value.type == PLACE else value, word)
        builder.call(processor(builder, "x86.sse.ldmxcsr", ir.VoidType(), TEXT), [builder.bitcast(word, TEXT)])
    elif kind in ("arm64", "aarch64"):
        builder.call(processor(builder, "aarch64.set.fpcr", ir.VoidType(), PLACE), [value])


def processor(builder, name, gives, *takes):
    """One of LLVM's names for an instruction of a processor."""
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(gives, takes), f"llvm.{name}")


@compiled
def share(length, step, thread, threads):
    """From where to where a thread goes, of so many places, in whole steps; the last thread has the rest."""
    steps = length // step
    high = steps * (thread + 1) // threads * step
    return steps * thread // threads * step, (length if thread == threads - 1 else high)


@compiled
def whole_share(count, thread, threads):
    """From which to which a thread goes, of a few things: an equal part, or through all where there is none."""
    each = count // threads
    return (0, count) if count % threads else (thread * each, thread * each + each)


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
