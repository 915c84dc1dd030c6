"""Compiled loops kept as object code that runs without numba, so that a fresh process need not import it.

Importing numba and unpickling what its own cache holds takes a process longer than matching a month: measured, 0.5 s of
work. So the machine code that numba makes of a function, for arguments of certain types, is kept with a short plan of
how it is called. A process that finds both puts the code in memory (`geo.object_placing`; where that cannot be, LLVM
does, which takes 45 ms to import and set up and 0.6 ms a function), and calls it by ctypes. The code is what numba
would run, so the answers are the same to the bit.

Arguments are numbers and arrays of numbers, results numbers, contiguous arrays, or a tuple of them. Whatever is not
of that kind has no object code, and numba calls it as it always does. A call takes 2 to 5 us where numba's takes 1.

How numba calls: an array is (owner, parent, items, item size, data, shape..., strides...), a result is written where
the first argument points, and a status comes back, 0 or -2 if all went well (numba.core.callconv). Memory a function
allocates belongs to a record whose first word counts its users (numba/core/runtime/nrt.cpp).
"""

import ctypes
import hashlib
import itertools
import json
import struct
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from geo.object_placing import NotPlain, placed

Types = tuple[Any, ...]
"""Types of arguments, as a key: see `types_of`."""

HEADER_BYTES = 8
DIGEST_BYTES = 32
_FUNCTIONS = ("entry", "release")
_FLAGS = 0x0001 | 0x0002 | 0x0100 | 0x0400
"""Of an array: C order, Fortran order, aligned, writeable (numpy/ndarraytypes.h)."""
_RESULT_BYTES_MIN = 8
_DONE = (0, -2)
_RETURNED_ARRAY = "PPqqPqq"


class NoObjectCode(Exception):
    """The function, for these arguments, cannot be kept as object code."""


class KernelFailed(RuntimeError):
    """A compiled loop ended with an error of its own, memory that could not be had for instance."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to call an entry and what comes back.

    `arguments` has a letter for each: a number's format (see `struct`), or "P", an array. `results` are (kind, dtype):
    a number's format, or "a", a contiguous array of one dimension; none if the function returns nothing. `single` says
    whether the one result comes alone or in a tuple.
    """

    arguments: str
    results: list[tuple[str, str]]
    single: bool


def types_of(arguments: tuple[Any, ...]) -> Types:
    """What of the arguments decides which code runs.

    Raises
    ------
    NoObjectCode
        An argument is neither a number nor an array.
    """
    types: list[Any] = []
    for value in arguments:
        kind = type(value)
        if kind is np.ndarray:
            dtype = value.dtype
            types.append((dtype.num if dtype.isnative else dtype.str, value.ndim, value.flags.num & _FLAGS))
        elif kind in _SCALARS:
            types.append(_SCALARS[kind])
        else:
            raise NoObjectCode(f"an argument is {kind.__name__}")
    return tuple(types)


_SCALARS = {int: "int", float: "float", bool: "bool"}
_SCALARS |= {kind: np.dtype(kind).name for kind in (np.bool_, np.float32, np.float64)}
_SCALARS |= {np.dtype(f"i{size}").type: f"int{8 * size}" for size in (1, 2, 4, 8)}
_SCALARS |= {np.dtype(f"u{size}").type: f"uint{8 * size}" for size in (1, 2, 4)}


def load(stored: bytes) -> Callable[[tuple[Any, ...]], Any]:
    """Put stored object code in memory; a function of the tuple of arguments.

    Raises
    ------
    NoObjectCode
        The bytes are no object code of this machine.
    """
    try:
        digest, body = stored[:DIGEST_BYTES], stored[DIGEST_BYTES:]
        if hashlib.sha256(body).digest() != digest:
            # Half written when the machine stopped, say; run it could do anything.
            raise NoObjectCode("its digest is another")
        length = int.from_bytes(body[:HEADER_BYTES], "little")
        told = json.loads(body[HEADER_BYTES : HEADER_BYTES + length])
        plan = Plan(told["arguments"], [(kind, dtype) for kind, dtype in told["results"]], told["single"])
        entry, release = _linked(body[HEADER_BYTES + length :])
    except Exception as error:
        # Whatever is wrong with a file of a cache, the answer is to make it anew.
        raise NoObjectCode(f"stored object code cannot be used: {error}") from error
    return _caller(plan, entry, release)


_counter = itertools.count()
_loading = threading.Lock()
_kept: list[Any] = []
"""What holds the code in memory."""


def _linked(code: bytes) -> tuple[Any, Any]:
    try:
        addresses, memory = placed(code, _FUNCTIONS)
        _kept.append(memory)
    except NotPlain:
        addresses = _linked_by_llvm(code)
    entry = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_char_p, ctypes.c_char_p)(addresses["entry"])
    release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(addresses["release"])
    return entry, release


@cache
def _just_in_time() -> Any:
    import llvmlite.binding as llvm  # type: ignore[import-untyped]

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.create_lljit_compiler()


def _linked_by_llvm(code: bytes) -> dict[str, int]:
    import llvmlite.binding as llvm

    with _loading:
        builder = llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
        for name in _FUNCTIONS:
            builder.export_symbol(name)
        tracker = builder.link(_just_in_time(), f"tagpilot{next(_counter)}")
        _kept.append(tracker)
    return {name: tracker[name] for name in _FUNCTIONS}


def _caller(plan: Plan, entry: Any, release: Any) -> Callable[[tuple[Any, ...]], Any]:
    # Every value in a word of its own: 0q fills up to the next.
    packed = struct.Struct("".join(f"{kind}0q" for kind in plan.arguments))
    is_array = [kind == "P" for kind in plan.arguments]
    returned = struct.Struct("".join(_RETURNED_ARRAY if kind == "a" else kind for kind, _ in plan.results))
    result_bytes = max(_RESULT_BYTES_MIN, returned.size)

    def call(arguments: tuple[Any, ...]) -> Any:
        values = [id(value) if array else value for array, value in zip(is_array, arguments, strict=True)]
        out = ctypes.create_string_buffer(result_bytes)
        status = entry(packed.pack(*values), out)
        if status not in _DONE:
            raise KernelFailed(f"a compiled loop ended with status {status}; is there memory enough?")
        fields = iter(returned.unpack_from(out))
        results = [_array(fields, dtype, release) if kind == "a" else next(fields) for kind, dtype in plan.results]
        if plan.single:
            return results[0] if results else None
        return tuple(results)

    return call


def _array(fields: Any, dtype: str, release: Any) -> np.ndarray:
    owner, _, items, item_bytes, data, _, _ = itertools.islice(fields, 7)
    if not items:
        if owner:
            release(owner)
        return np.empty(0, dtype)
    memory = (ctypes.c_char * (items * item_bytes)).from_address(data)
    array = np.frombuffer(memory, dtype)
    if not owner:
        # It is part of an argument, which may be gone before this is.
        return array.copy()
    weakref.finalize(memory, release, owner)
    return array
