"""Make the object code that `geo.object_code` runs: numba compiles, and what it leaves open is filled in.

Numba's function is called by an entry that takes its arguments from a row of words, one each, so that a call from
Python hands over one pointer. An array is the address of its Python object, in which the entry finds data, dimensions
and strides (PyArrayObject in numpy/ndarraytypes.h); asking for them in Python takes longer than many a loop. Memory the
function allocates is a record of numba's kind (`_RUNTIME`): the first word counts its users, the fourth points at the
data, the fifth is their size (numba/core/runtime/nrt.cpp).
"""

import ctypes
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import llvmlite.binding as llvm  # type: ignore[import-untyped]
import numba
import numpy as np
from numba import types as numba_types
from numba.core.registry import cpu_target
from numba.np.numpy_support import as_dtype

from geo.object_code import HEADER_BYTES, NoObjectCode, Plan

types: Any = numba_types

_DATA_WORD, _DIMENSIONS_WORD, _STRIDES_WORD = 2, 4, 5

_RUNTIME = """
declare ptr @malloc(i64)
declare void @free(ptr)

define ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 %align) {
  %step = zext i32 %align to i64
  %room = add i64 %step, 64
  %all = add i64 %room, %size
  %base = call ptr @malloc(i64 %all)
  %none = icmp eq ptr %base, null
  br i1 %none, label %failed, label %made
failed:
  ret ptr null
made:
  %at = ptrtoint ptr %base to i64
  %past = add i64 %at, 64
  %over = urem i64 %past, %step
  %lack = sub i64 %step, %over
  %start = add i64 %past, %lack
  %data = inttoptr i64 %start to ptr
  call void @llvm.memset.p0.i64(ptr %base, i8 0, i64 64, i1 false)
  store i64 1, ptr %base
  %data_field = getelementptr i64, ptr %base, i64 3
  store ptr %data, ptr %data_field
  %size_field = getelementptr i64, ptr %base, i64 4
  store i64 %size, ptr %size_field
  ret ptr %base
}

declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)

define ptr @NRT_MemInfo_alloc_safe_aligned(i64 %size, i32 %align) {
  %made = call ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 %align)
  ret ptr %made
}

define void @NRT_MemInfo_call_dtor(ptr %record) {
  call void @free(ptr %record)
  ret void
}

define void @release(ptr %record) {
  %had = atomicrmw sub ptr %record, i64 1 seq_cst
  %last = icmp eq i64 %had, 1
  br i1 %last, label %free, label %kept
free:
  call void @free(ptr %record)
  br label %kept
kept:
  ret void
}
"""
_LIBRARY = (
    *("malloc", "free", "memcpy", "memset", "memmove", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt"),
    *("cbrt", "pow", "hypot", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "floor"),
    *("ceil", "round", "trunc", "rint", "fabs", "fmod", "fma", "erf", "erfc", "lgamma", "tgamma"),
)
"""What object code may call from outside: the C library."""


def make(function: Callable[..., Any], arguments: tuple[Any, ...]) -> bytes:
    """Object code of a function for arguments of the types of these, with the plan of its calls; for `load`.

    Compiles it with numba; the arguments are only looked at.

    Raises
    ------
    NoObjectCode
        Its arguments, its result or something it calls is of another kind than this module knows.
    """
    config: Any = numba.config
    if config.DISABLE_JIT:
        raise NoObjectCode("numba is told not to compile")
    # Without the wrappers that only numba can call.
    njit: Any = numba.njit
    dispatcher = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    typeof: Any = numba.typeof
    signature = tuple(typeof(value) for value in arguments)
    dispatcher.compile(signature)
    try:
        return _kept(dispatcher.overloads[signature])
    except NoObjectCode:
        raise
    except Exception as error:
        # This leans on numba's inside, which another version may have changed: then numba calls the function itself.
        raise NoObjectCode(f"numba {numba.__version__} gives no object code: {error!r}") from error


def _kept(compiled: Any) -> bytes:
    _check_arrays()
    results, single = _results(compiled.signature.return_type)
    plan = Plan("".join(_argument(kind) for kind in compiled.signature.args), results, single)
    module = compiled.library._final_module.clone()
    name = compiled.fndesc.llvm_func_name
    # The first two are where the result and the error go.
    wanted = [str(argument.type) for argument in module.get_function(name).arguments][2:]
    module.link_in(llvm.parse_assembly(_RUNTIME + _entry(name, compiled.signature.args, wanted)))
    for symbol in (*module.functions, *module.global_variables):
        if not symbol.is_declaration and symbol.name not in ("entry", "release"):
            symbol.linkage = "internal"
    machine = cpu_target.target_context.codegen()._tm
    _strip(module, machine)
    for symbol in (*module.functions, *module.global_variables):
        if symbol.is_declaration and not symbol.name.startswith("llvm.") and symbol.name not in _LIBRARY:
            raise NoObjectCode(f"it calls {symbol.name}")
    module.verify()
    told = json.dumps(asdict(plan)).encode()
    code: bytes = machine.emit_object(module)
    body = len(told).to_bytes(HEADER_BYTES, "little") + told + code
    return hashlib.sha256(body).digest() + body


def _strip(module: Any, machine: Any) -> None:
    """Take out what nothing uses any more."""
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.add_strip_dead_prototype_pass()
    passes.run(module, llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options()))


def _entry(name: str, arguments: list[Any], wanted: list[str]) -> str:
    """A function that takes a word for each argument, and hands on what numba's function wants, types in `wanted`."""
    lines: list[str] = []
    passed: list[str] = []

    def value(what: str) -> str:
        lines.append(f"%v{len(lines)} = {what}")
        return f"%v{len(lines) - 1}"

    def word(base: str, at: int, kind: str = "i64") -> str:
        field = value(f"getelementptr i64, ptr {base}, i64 {at}")
        return value(f"load {kind}, ptr {field}")

    for i, kind in enumerate(arguments):
        if isinstance(kind, types.Array):
            array = word("%words", i, "ptr")
            data, dimensions, strides = (word(array, at, "ptr") for at in (_DATA_WORD, _DIMENSIONS_WORD, _STRIDES_WORD))
            shape = [word(dimensions, axis) for axis in range(kind.ndim)]
            items = shape[0]
            for size in shape[1:]:
                items = value(f"mul i64 {items}, {size}")
            passed += ["null", "null", items, str(as_dtype(kind.dtype).itemsize), data, *shape]
            passed += [word(strides, axis) for axis in range(kind.ndim)]
        elif wanted[len(passed)] == "i1":
            passed.append(value(f"trunc i8 {word('%words', i, 'i8')} to i1"))
        else:
            passed.append(word("%words", i, wanted[len(passed)]))
    handed = [f"{kind} {given}" for kind, given in zip(wanted, passed, strict=True)]
    body = "\n  ".join(lines)
    return f"""
declare i32 @"{name}"({", ".join(["ptr", "ptr", *wanted])})

define i32 @entry(ptr %words, ptr %result) {{
  %error = alloca ptr
  {body}
  %status = call i32 @"{name}"({", ".join(["ptr %result", "ptr %error", *handed])})
  ret i32 %status
}}
"""


def _check_arrays() -> None:
    """Whether an array has its fields where `_entry` reads them."""
    array = np.arange(12, dtype=np.int32).reshape(3, 4)[::2, 1:]
    words = (ctypes.c_int64 * (_STRIDES_WORD + 1)).from_address(id(array))
    shape, strides = ((ctypes.c_int64 * 2).from_address(words[at]) for at in (_DIMENSIONS_WORD, _STRIDES_WORD))
    if (words[_DATA_WORD], *shape, *strides) != (array.ctypes.data, *array.shape, *array.strides):
        raise NoObjectCode("arrays of this numpy have their fields elsewhere")


def _argument(kind: Any) -> str:
    if isinstance(kind, types.Array) and kind.ndim:
        return "P"
    if isinstance(kind, types.Boolean):
        return "?"
    if isinstance(kind, types.Integer):
        return "q"
    if isinstance(kind, types.Float):
        return "d" if kind.bitwidth == 64 else "f"
    raise NoObjectCode(f"an argument is {kind}")


def _results(kind: Any) -> tuple[list[tuple[str, str]], bool]:
    if isinstance(kind, types.NoneType):
        return [], True
    if isinstance(kind, types.BaseTuple):
        return [_result(item) for item in kind.types], False
    return [_result(kind)], True


_NATIVE = {"int8": "b", "int16": "h", "int32": "i", "int64": "q", "uint8": "B", "uint16": "H", "uint32": "I"}
_NATIVE |= {"uint64": "Q", "float32": "f", "float64": "d", "bool": "?"}


def _result(kind: Any) -> tuple[str, str]:
    kind = types.unliteral(kind)
    if isinstance(kind, types.Array) and kind.ndim == 1 and kind.layout == "C":
        return "a", as_dtype(kind.dtype).str
    if str(kind) in _NATIVE:
        return _NATIVE[str(kind)], ""
    raise NoObjectCode(f"a result is {kind}")
