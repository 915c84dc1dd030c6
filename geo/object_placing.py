"""Object code put in memory by hand, where it is as plain as that of the kernels is.

LLVM's own loader does the same for every format and kind of code there is, and takes 45 ms to import and set up, a
tenth of a whole match of a month. Of what numba emits for x86-64 under Linux only this much is needed: the sections lie
one after the other, and where an address is to stand eight bytes are left open for it (R_X86_64_64 of the ELF psABI;
numba compiles for the large code model, in which no address is relative). What is not of that kind is refused, and LLVM
loads it.
"""

import ctypes
import mmap
import platform
import struct
import sys
from functools import cache
from typing import Any, NamedTuple

_PAGE = mmap.PAGESIZE
_RELOCATABLE, _X86_64 = 1, 62
_SYMBOLS, _ADDRESSES_OPEN, _NO_BITS = 2, 4, 8
_WRITTEN_TO, _IN_MEMORY = 0x1, 0x2
_UNWINDING = (".eh_frame",)
"""Not needed: no exception passes through a kernel."""
_ADDRESS = 1
_UNDEFINED = 0
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_OPEN = struct.Struct("<QQq")
_WORD = struct.Struct("<Q")


class NotPlain(Exception):
    """The object code, or the machine, is of another kind than this module knows."""


class Section(NamedTuple):
    name: int
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    about: int
    alignment: int
    entry_size: int


class Placed(NamedTuple):
    """Addresses of the functions asked for, good as long as `memory` is kept."""

    addresses: dict[str, int]
    memory: mmap.mmap


def placed(code: bytes, wanted: tuple[str, ...]) -> Placed:
    """Put an ELF object in memory, and tell where the functions `wanted` are.

    Raises
    ------
    NotPlain
        Another format, processor or system, or something in it that is not known here.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise NotPlain(f"{platform.machine()} under {sys.platform}")
    try:
        return _placed(code, wanted)
    except (struct.error, IndexError, ValueError, OSError, AttributeError) as error:
        raise NotPlain(f"not as expected: {error}") from error


def _placed(code: bytes, wanted: tuple[str, ...]) -> Placed:
    ident, kind, machine, *_, sections_at, _, _, _, _, entry_size, n, names = _HEADER.unpack_from(code)
    if ident[:6] != b"\x7fELF\x02\x01" or (kind, machine, entry_size) != (_RELOCATABLE, _X86_64, _SECTION.size):
        raise NotPlain("no ELF object of this processor")
    sections = [Section(*_SECTION.unpack_from(code, sections_at + k * _SECTION.size)) for k in range(n)]
    offsets: dict[int, int] = {}
    size = 0
    for k, section in enumerate(sections):
        if section.flags & _IN_MEMORY and _text(code, sections[names], section.name) not in _UNWINDING:
            if section.flags & _WRITTEN_TO and section.size:
                raise NotPlain("it keeps variables")
            alignment = max(1, section.alignment)
            offsets[k] = size = -(-size // alignment) * alignment
            size += section.size
    memory = mmap.mmap(-1, max(1, -(-size // _PAGE)) * _PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    for k, offset in offsets.items():
        if sections[k].kind != _NO_BITS:
            memory[offset : offset + sections[k].size] = _bytes(code, sections[k])
    (table,) = [section for section in sections if section.kind == _SYMBOLS]
    symbols = [
        (_text(code, sections[table.link], name), base + offsets[where] + value if where in offsets else None, where)
        for name, _, _, where, value, _ in _SYMBOL.iter_unpack(_bytes(code, table))
    ]
    for section in sections:
        if section.kind == _ADDRESSES_OPEN and section.about in offsets:
            for at, what, beyond in _OPEN.iter_unpack(_bytes(code, section)):
                name, address, where = symbols[what >> 32]
                if what & 0xFFFFFFFF != _ADDRESS or (address is None and where != _UNDEFINED):
                    raise NotPlain("an address of another kind")
                address = _of_process(name) if address is None else address
                _WORD.pack_into(memory, offsets[section.about] + at, (address + beyond) % (1 << 64))
    found = {name: address for name, address, _ in symbols if name in wanted and address is not None}
    if set(found) != set(wanted):
        raise NotPlain("it does not have the functions asked for")
    # No longer to be written to, and only now to be run: many systems allow no memory that is both.
    if _process().mprotect(ctypes.c_void_p(base), ctypes.c_size_t(len(memory)), mmap.PROT_READ | mmap.PROT_EXEC):
        raise NotPlain("the system does not let memory be run")
    return Placed(found, memory)


def _bytes(code: bytes, section: Section) -> bytes:
    given = code[section.offset : section.offset + section.size]
    if len(given) != section.size:
        raise NotPlain("it ends too early")
    return given


def _text(code: bytes, names: Section, at: int) -> str:
    begin = names.offset + at
    return code[begin : code.index(b"\0", begin)].decode()


@cache
def _process() -> Any:
    return ctypes.CDLL(None)


@cache
def _of_process(name: str) -> int:
    """Where a function of the C library is."""
    return int(ctypes.cast(getattr(_process(), name), ctypes.c_void_p).value or 0)
