"""Sixteen operating points side by side: vector registers for numba.

All operating points of one rotor position share a matrix pattern, so their computations run the same instructions on different numbers. A
*lane* is one operating point; every unknown and every matrix entry is stored as sixteen neighbouring numbers. Compilers do not find this
parallelism in scalar loops reliably, hence the few explicit vector operations below: loads, stores and arithmetic on ``<16 x float>`` and
``<16 x double>``, which LLVM maps to whatever registers the machine has.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic, models, register_model
from numba.np.arrayobj import make_array

LANES = 16
_LLVM_VECTORS = {
    types.float32: ir.VectorType(ir.FloatType(), LANES),
    types.float64: ir.VectorType(ir.DoubleType(), LANES),
}


class _LaneVector(types.Type):
    def __init__(self, number: Any) -> None:
        self.number = number
        super().__init__(name=f"LaneVector({number})")


@register_model(_LaneVector)
class _LaneVectorModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, _LLVM_VECTORS[fe_type.number])


_SINGLE, _DOUBLE = _LaneVector(types.float32), _LaneVector(types.float64)
_OF_NUMBER = {types.float32: _SINGLE, types.float64: _DOUBLE}


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, offset: Any) -> Any:
    data = make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [offset]), _LLVM_VECTORS[array_type.dtype].as_pointer())


@intrinsic
def load(_context: Any, array: Any, offset: Any) -> Any:
    """The sixteen numbers of a flat float array from ``offset`` on."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_pointer(context, builder, signature.args[0], args[0], args[1]), align=4)

    return _OF_NUMBER[array.dtype](array, offset), generate


@intrinsic
def store(_context: Any, array: Any, offset: Any, vector: Any) -> Any:
    """Write sixteen numbers to a flat array of the same precision from ``offset`` on."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[2], _pointer(context, builder, signature.args[0], args[0], args[1]), align=4)
        return context.get_dummy_value()

    return types.void(array, offset, vector), generate


@intrinsic
def spread(_context: Any, value: Any) -> Any:
    """One float in all lanes, in its own precision."""
    vector = _LLVM_VECTORS[value]

    def generate(_: Any, builder: Any, _signature: Any, args: Any) -> Any:
        first = builder.insert_element(ir.Constant(vector, ir.Undefined), args[0], ir.Constant(ir.IntType(32), 0))
        mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), mask)

    return _OF_NUMBER[value](value), generate


@intrinsic
def single(_context: Any, vector: Any) -> Any:
    """A double-precision vector in single precision."""

    def generate(_: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.fptrunc(args[0], _LLVM_VECTORS[types.float32])

    return _SINGLE(vector), generate


@intrinsic
def double(_context: Any, vector: Any) -> Any:
    """A single-precision vector in double precision."""

    def generate(_: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.fpext(args[0], _LLVM_VECTORS[types.float64])

    return _DOUBLE(vector), generate


def _call(builder: Any, name: str, number: Any, *args: Any) -> Any:
    vector = _LLVM_VECTORS[number]
    suffix = "f32" if number is types.float32 else "f64"
    signature = ir.FunctionType(vector, [vector] * len(args))
    return builder.call(get_or_insert_function(builder.module, signature, f"llvm.{name}.v{LANES}{suffix}"), args)


def _binary(name: str) -> Any:
    def typing(_context: Any, left: Any, right: Any) -> Any:
        def generate(_: Any, builder: Any, _signature: Any, args: Any) -> Any:
            return getattr(builder, name)(args[0], args[1])

        return left(left, right), generate

    return typing


add = intrinsic(_binary("fadd"))
multiply = intrinsic(_binary("fmul"))
divide = intrinsic(_binary("fdiv"))


@intrinsic
def add_product(_context: Any, total: Any, left: Any, right: Any) -> Any:
    """total + left * right, fused where the machine can."""

    def generate(_: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _call(builder, "fma", signature.args[0].number, args[1], args[2], args[0])

    return total(total, left, right), generate


@intrinsic
def subtract_product(_context: Any, total: Any, left: Any, right: Any) -> Any:
    """total - left * right, fused where the machine can."""

    def generate(_: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _call(builder, "fma", signature.args[0].number, builder.fneg(args[1]), args[2], args[0])

    return total(total, left, right), generate


@intrinsic
def square_root(_context: Any, vector: Any) -> Any:
    """Lane by lane."""

    def generate(_: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _call(builder, "sqrt", signature.args[0].number, args[0])

    return vector(vector), generate
