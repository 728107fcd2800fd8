"""Functions of single numbers, for compiled programs: exponentials and logarithms without a branch, signs, maxima."""

import math

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from backproof.engines.compiled.runtime import compiled


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
