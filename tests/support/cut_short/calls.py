"""The calls that change what is kept, by their numbers, and the filter that has the system ask before each of them.

The numbers and forms are Linux's: `man 2 seccomp`, `seccomp_unotify`; `asm/unistd.h`.
"""

import ctypes
import errno
import fcntl
import os
import platform
import select
import struct
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_O_CREAT = 0o100
_NUMBERS: Mapping[str, Mapping[str, int]] = {
    "x86_64": {
        "write": 1, "pwrite64": 18, "writev": 20, "sendfile": 40, "sendto": 44, "fsync": 74, "fdatasync": 75,
        "ftruncate": 77, "rename": 82, "mkdir": 83, "rmdir": 84, "link": 86, "unlink": 87, "openat": 257,
        "mkdirat": 258, "unlinkat": 263, "renameat": 264, "linkat": 265, "fallocate": 285, "pwritev": 296,
        "renameat2": 316, "seccomp": 317, "copy_file_range": 326,
    },
    "aarch64": {
        "mkdirat": 34, "unlinkat": 35, "linkat": 37, "renameat": 38, "ftruncate": 46, "fallocate": 47, "openat": 56,
        "write": 64, "writev": 66, "pwrite64": 68, "pwritev": 70, "sendfile": 71, "fsync": 82, "fdatasync": 83,
        "sendto": 206, "renameat2": 276, "seccomp": 277, "copy_file_range": 285,
    },
}  # fmt: skip
NUMBERS = _NUMBERS.get(platform.machine(), {})
_NAMES = {number: name for name, number in NUMBERS.items()}
_PATH = frozenset({"rename", "mkdir", "rmdir", "link", "unlink"})
"""Their first argument is a path."""
_AT = frozenset({"openat", "mkdirat", "unlinkat", "renameat", "linkat", "renameat2"})
"""Their first is a folder that is open, their second a path in it."""
_INTO = {"copy_file_range": 2}
"""The argument that is the file written to, where it is not the first."""
GROWS = frozenset(
    {"write", "pwrite64", "writev", "pwritev", "sendfile", "copy_file_range", "fallocate", "ftruncate"}
    | {"openat", "mkdir", "mkdirat", "link", "linkat"}
)
"""What a full disk refuses."""

_ASK, _ALLOW = 0x7FC00000, 0x7FFF0000
_RECEIVE, _ANSWER = 0xC0502100, 0xC0182101
_GO_ON = 1


class Call(NamedTuple):
    """One that waits for its answer. `place`: the file it is about, or "socket"."""

    number: int
    name: str
    place: str


class CannotWatch(Exception):
    """This system lets no process be asked for its calls."""


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("k", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("first", ctypes.POINTER(_Instruction)))


def ask_before_calls() -> int:
    """From now on this process waits for an answer before each of the calls; the descriptor they are asked on. Raises
    CannotWatch."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not NUMBERS:
        raise CannotWatch(f"the numbers of the calls are not known of {platform.machine()}")
    load_number, load_flags = (0x20, 0, 0, 0), (0x20, 0, 0, 16 + 2 * 8)
    rows = [load_number]
    for name, number in NUMBERS.items():
        if name in ("seccomp", "openat"):
            continue
        rows += [(0x15, 0, 1, number), (0x06, 0, 0, _ASK)]
    # An opening counts where it may make the file.
    rows += [(0x15, 0, 3, NUMBERS["openat"]), load_flags, (0x45, 0, 1, _O_CREAT), (0x06, 0, 0, _ASK)]
    rows.append((0x06, 0, 0, _ALLOW))
    program = _Program(len(rows), (_Instruction * len(rows))(*(_Instruction(*row) for row in rows)))
    no_new_privileges, filter_mode, new_listener = 38, 1, 8
    if libc.prctl(no_new_privileges, 1, 0, 0, 0):
        raise CannotWatch(os.strerror(ctypes.get_errno()))
    listener = int(libc.syscall(NUMBERS["seccomp"], filter_mode, new_listener, ctypes.byref(program)))
    if listener < 0:
        raise CannotWatch(os.strerror(ctypes.get_errno()))
    return listener


class Listener:
    """Where the calls of a process are asked and answered."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)

    def next(self) -> Call | None:
        """The next call; None once the process has ended."""
        while True:
            ready = self._poll.poll()
            if not ready[0][1] & select.POLLIN:
                return None
            asked = bytearray(80)
            try:
                fcntl.ioctl(self._descriptor, _RECEIVE, asked)
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.EINTR):
                    # Its thread has ended meanwhile.
                    continue
                raise
            number, thread, _, code, _, _, *arguments = struct.unpack("QIIiIQ6Q", asked)
            name = _NAMES[code]
            return Call(number, name, _place(thread, name, arguments))

    def go_on(self, call: Call) -> None:
        self._answer(call, 0, _GO_ON)

    def refuse(self, call: Call) -> None:
        """As a full disk does."""
        self._answer(call, -errno.ENOSPC, 0)

    def _answer(self, call: Call, error: int, flags: int) -> None:
        with suppress(FileNotFoundError):
            fcntl.ioctl(self._descriptor, _ANSWER, bytearray(struct.pack("QqiI", call.number, 0, error, flags)))

    def close(self) -> None:
        os.close(self._descriptor)


def _place(thread: int, name: str, arguments: list[int]) -> str:
    try:
        if name in _PATH:
            return _text(thread, arguments[0])
        if name in _AT:
            path = _text(thread, arguments[1])
            return path if path.startswith("/") else str(Path(_open_file(thread, arguments[0]), path))
        found = _open_file(thread, arguments[_INTO.get(name, 0)])
    except OSError:
        return ""
    return "socket" if found.startswith("socket:") else found.removesuffix(" (deleted)")


def _open_file(thread: int, descriptor: int) -> str:
    if descriptor & 0xFFFFFFFF == 0xFFFFFF9C:
        return str(Path(f"/proc/{thread}/cwd").readlink())
    return str(Path(f"/proc/{thread}/fd/{descriptor & 0xFFFFFFFF}").readlink())


def _text(thread: int, address: int) -> str:
    with Path(f"/proc/{thread}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        # Not over the page's end, where there may be nothing to read.
        text = memory.read(4096 - address % 4096) or b""
        return (text if b"\0" in text else text + (memory.read(4096) or b"")).split(b"\0")[0].decode()
