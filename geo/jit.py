"""Compile numeric loops with numba and keep the machine code between processes.

numba's own cache does not notice an edit in a function of another file that the cached one calls. Here its folder is
named by a digest of every source file of the package that the function stands in, of the compilers' versions and
settings, and of the processor, so any change starts a new folder. Kernels stay serial and release the GIL; callers run
them in parallel over partitions.

Two processes that compile one function for different types at once can leave code of one type under the name of the
other, and numba would run it on whatever it is given; here code that is loaded is used only for the types it is for.
"""

import hashlib
import os
import platform
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

# Where Intel's vector functions are installed, numba would compute exp in the middle of an array by these and at its
# end by the C library's: the last bit of a value would depend on its place. numba reads this when it is imported.
os.environ.setdefault("NUMBA_DISABLE_INTEL_SVML", "1")

import llvmlite.binding as llvm  # type: ignore[import-untyped]
import numba
import numba.core.config
from numba.core.caching import FunctionCache
from numba.core.sigutils import normalize_signature

_KEPT_FOLDERS, _KEPT_S = 8, 7 * 86_400
_PROCESSOR = ("vendor_id", "cpu family", "model", "model name", "flags")
_settings: Any = numba.core.config
_decorating = threading.Lock()


class _Kept(FunctionCache):
    """numba's cache, which gives code for the types asked for or none."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        # numba writes an index of numbered files and then the file. Of two processes that do so at once, one writes the
        # index last and the other the file of the same number.
        found: Any = super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        types, _ = normalize_signature(sig)  # type: ignore[no-untyped-call]
        return found if found is not None and found.signature.args == tuple(types) else None


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """`called`, and put into whatever compiled function calls it.

    For what a loop calls with tuples of arrays: numba counts one more user of each array at a call, and at each look
    into a tuple, which can take longer than the function. Here it counts none, as whoever calls holds the arrays. So
    such a function makes no array and gives none back, alone or in a tuple (a test asks that of the matcher's). The
    result is the same to the bit.
    """
    return _only_called(function, inline=True)


def called(function: Callable[..., Any]) -> Callable[..., Any]:
    """Like `compiled`, for what compiled functions alone call: called from Python it raises TypeError.

    Its machine code is in that of the functions that call it, so it is not kept by itself; and it has no entry for
    Python, which for tuples of arrays takes longer to compile than most functions.
    """
    return _only_called(function)


def _only_called(function: Callable[..., Any], *, inline: bool = False) -> Callable[..., Any]:
    made = _njit(function, None, inline=inline, no_cpython_wrapper=True, no_cfunc_wrapper=True)
    if made is not function:

        def refuse(*_: Any, **__: Any) -> None:
            raise TypeError(f"{function.__name__} is called by compiled functions alone: mark it @compiled")

        dispatcher: Any = made
        # Without an entry a call from Python would end the process. So numba's table of entries stays empty, and what
        # it would then compile is refused.
        dispatcher._insert = lambda *_: None
        dispatcher._compile_for_args = refuse
    return made


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """`numba.njit(nogil=True)` whose machine code is kept on disk, keyed by the sources of the function's package.

    A compiled function may call compiled functions of its own package only (`matcher.kernels` is one, with the
    folders in it). Arrays it needs are arguments: a global one is frozen into the kept code, which no edit of a data
    file renews. Division by zero gives infinity or NaN, as in numpy. With NUMBA_DISABLE_JIT=1 the function is returned
    as it is.
    """
    # Two functions of one name inside another may differ in what they close over.
    keep = "<locals>" not in function.__qualname__
    return _njit(function, _cache_dir(_package_dir(function)) if keep else None)


def _njit(
    function: Callable[..., Any], folder: Path | None, *, inline: bool = False, **options: bool
) -> Callable[..., Any]:
    """The function compiled when it is first called, its machine code kept in the folder if there is one."""
    keep = folder is not None
    njit: Any = numba.njit
    with _decorating:
        # numba reads the folder from this global setting while it decorates.
        before = _settings.CACHE_DIR
        _settings.CACHE_DIR = str(folder) if keep else before
        try:
            # `_nrt` is numba's name for counting the users of arrays.
            made: Callable[..., Any] = njit(
                nogil=True, error_model="numpy", forceinline=inline, _nrt=not inline, **options
            )(function)
            if keep and made is not function:
                # What `cache=True` does, with another cache.
                dispatcher: Any = made
                dispatcher._cache = _Kept(function)  # type: ignore[no-untyped-call]
        finally:
            _settings.CACHE_DIR = before
    return made


def _package_dir(function: Callable[..., Any]) -> Path:
    """The folder of `geo` for a function in `geo.bng`, of `matcher.kernels` for one in any module below it."""
    module_folder = Path(function.__code__.co_filename).resolve().parent
    below = max(len(function.__module__.split(".")) - 3, 0)
    return module_folder.parents[below - 1] if below else module_folder


@cache
def _cache_dir(package_dir: Path) -> Path | None:
    """Where the package's machine code is kept, or None if no folder can be used: then each process compiles anew."""
    digest = hashlib.sha256(_made_by())
    for source in sorted(package_dir.rglob("*.py")):
        name = source.relative_to(package_dir).as_posix()
        digest.update(name.encode() + b"\0" + source.read_bytes() + b"\0")
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = root / "tagpilot" / "kernels" / digest.hexdigest()[:16]
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _prune(folder.parent, time.time())
        return folder if _is_ours(folder) and os.access(folder, os.W_OK | os.X_OK) else None
    except OSError:
        return None


def _is_ours(folder: Path) -> bool:
    """Whether only this user (or root) can have put code there: code in it is run without further checks."""
    if not hasattr(os, "getuid"):
        return True
    status = folder.stat()
    if status.st_uid == os.getuid():
        # When it was last used, for `_prune`.
        with suppress(OSError):
            os.utime(folder)
    return status.st_uid in (0, os.getuid()) and not status.st_mode & 0o022


def _prune(kernels: Path, now_s: float) -> None:
    """Delete what edits and updates have left behind: all but the folders used last, if they are old.

    A process that still needs one of them compiles anew.
    """
    folders = [(path.stat().st_mtime, path) for path in kernels.iterdir() if path.is_dir()]
    for used, path in sorted(folders)[:-_KEPT_FOLDERS]:
        if used < now_s - _KEPT_S:
            shutil.rmtree(path, ignore_errors=True)


@cache
def _made_by() -> bytes:
    """What the code depends on besides the package's sources: compilers, their settings, the processor, this file."""
    parts = [f"{name} {version(name)}" for name in ("numba", "llvmlite", "numpy")]
    parts += [platform.machine(), platform.python_version(), *_processor()]
    parts += [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("NUMBA_")]
    parts.append(f"vector functions {_settings.USING_SVML}")
    return "\n".join(parts).encode() + Path(__file__).read_bytes()


def _processor() -> list[str]:
    """What the processor is and can do, from Linux where it says so, else from LLVM."""
    try:
        first = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    except OSError:
        first = []
    lines = [line for line in first if line.split(":")[0].strip() in _PROCESSOR]
    if len(lines) == len(_PROCESSOR):
        return lines
    return [str(llvm.get_host_cpu_name()), str(llvm.get_host_cpu_features().flatten())]
