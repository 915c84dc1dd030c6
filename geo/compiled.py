"""Compile a numeric loop once and keep the machine code between processes, safely.

A function marked `compiled` is called through object code kept on disk (see `geo.object_code`), so a process that finds
it never imports numba. Where there is none yet it is made; where there cannot be any, numba calls the function, with
its own cache.

numba's own cache does not notice an edit in a function of another file that the cached one calls. Here the cache
folder is named by a digest of every source file of the package the function stands in, of the compilers and of the
processor, so any change starts anew. Kernels stay serial and release the GIL; callers run them in parallel over
partitions.
"""

import hashlib
import os
import platform
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, update_wrapper
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from geo.object_code import NoObjectCode, Types, load, types_of

_KEPT_FOLDERS, _KEPT_S = 8, 7 * 86_400
_PROCESSOR = ("vendor_id", "cpu family", "model", "model name", "flags")
_OWN = ("compiled.py", "object_code.py", "object_making.py", "object_placing.py")
_making = threading.RLock()
_decorating = threading.RLock()
"""Two, because numba, compiling under a lock of its own, asks a kernel for its dispatcher."""

Entry = Callable[[tuple[Any, ...]], Any]


class Kernel:
    """A compiled function. Called from Python it runs its object code; compiled functions may call it too."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.py_func = function
        self._entries: dict[Types, Entry] = {}
        self._numba_dispatcher: Any = None
        update_wrapper(self, function)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        try:
            types = types_of(arguments)
        except NoObjectCode:
            return self.dispatcher(*arguments, **named)
        entry = None if named else self._entries.get(types)
        if entry is None:
            folder = None if named else self._folder
            if folder is None:
                return self.dispatcher(*arguments, **named)
            entry = self._found(types, arguments, folder)
        return entry(arguments)

    def __reduce__(self) -> str:
        # To another process it goes by its name, as a function does.
        return str(self.py_func.__qualname__)

    @property
    def dispatcher(self) -> Any:
        """numba's own."""
        with _decorating:
            if self._numba_dispatcher is None:
                self._numba_dispatcher = _by_numba(self.py_func, self._folder)
            return self._numba_dispatcher

    @property
    def _numba_type_(self) -> Any:
        # What numba asks of a name it meets in a function: here it finds its own dispatcher.
        return self.dispatcher._numba_type_

    @property
    def _folder(self) -> Path | None:
        if "<locals>" in self.py_func.__qualname__:
            # Two of the same name may differ in what they close over.
            return None
        return _cache_dir(Path(self.py_func.__code__.co_filename).resolve().parent)

    def _found(self, types: Types, arguments: tuple[Any, ...], folder: Path) -> Entry:
        with _making:
            if types not in self._entries:
                self._entries[types] = self._loaded(types, arguments, folder) or self._call_numba
            return self._entries[types]

    def _loaded(self, types: Types, arguments: tuple[Any, ...], folder: Path) -> Entry | None:
        name = f"{Path(self.py_func.__code__.co_filename).name} {self.py_func.__qualname__} {types}"
        path = folder / f"{self.py_func.__name__}-{hashlib.sha256(name.encode()).hexdigest()[:20]}.code"
        try:
            stored = path.read_bytes()
            if not stored:
                return None
            return load(stored)
        except (OSError, NoObjectCode):
            pass
        from geo.object_making import make

        try:
            stored = make(self.py_func, arguments)
            entry = load(stored)
        except NoObjectCode:
            # Kept as an empty file: the next process need not try.
            _write(path, b"")
            return None
        _write(path, stored)
        return entry

    def _call_numba(self, arguments: tuple[Any, ...]) -> Any:
        return self.dispatcher(*arguments)


def compiled(function: Callable[..., Any]) -> Kernel:
    """`numba.njit(nogil=True)` whose code is kept on disk, keyed by the sources of the function's package.

    Every compiled function may call compiled functions of its own package only. Arrays it needs are handed in: a
    global one is frozen into the kept code, which no edit of a data file renews.
    """
    return Kernel(function)


@cache
def _cache_dir(package_dir: Path) -> Path | None:
    """Where the package's machine code is kept, or None where nothing can be: then each process compiles anew."""
    digest = hashlib.sha256(_made_by())
    for source in sorted(package_dir.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = root / "tagpilot" / "kernels" / digest.hexdigest()[:16]
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _prune(folder.parent, time.time())
        return folder if _is_ours(folder) else None
    except OSError:
        return None


def _is_ours(folder: Path) -> bool:
    """Whether nobody but this user (or root) can have put code there, which is run without being asked."""
    if not hasattr(os, "getuid"):
        return True
    status = folder.stat()
    if status.st_uid == os.getuid():
        # When it was last used, for `_prune`.
        with suppress(OSError):
            os.utime(folder)
    return status.st_uid in (0, os.getuid()) and not status.st_mode & 0o022


def _prune(kernels: Path, now_s: float) -> None:
    """Clear away what edits and updates have left behind: all but the folders used last, if they are old.

    A process that still wants something from one of them makes it anew.
    """
    folders = [(path.stat().st_mtime, path) for path in kernels.iterdir() if path.is_dir()]
    for used, path in sorted(folders)[:-_KEPT_FOLDERS]:
        if used < now_s - _KEPT_S:
            shutil.rmtree(path, ignore_errors=True)


@cache
def _made_by() -> bytes:
    """What the code depends on besides the sources: compilers, their settings, the processor, how code is kept."""
    parts = [_version_of(name) for name in ("numba", "llvmlite", "numpy")]
    parts += [platform.machine(), platform.python_version(), *_processor()]
    parts += [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("NUMBA_")]
    here = Path(__file__).parent
    own = b"".join((here / name).read_bytes() for name in _OWN)
    return "\n".join(parts).encode() + own


def _version_of(package: str) -> str:
    """Looked for where the package itself writes it down: a tenth of the time that asking for its metadata takes."""
    spec = find_spec(package)
    for name in ("_version.py", "version.py"):
        if spec is not None and spec.origin is not None and (told := Path(spec.origin).with_name(name)).is_file():
            return told.read_text(encoding="utf-8")
    from importlib.metadata import version

    return version(package)


def _processor() -> list[str]:
    """What the processor is and can do, as Linux tells it, else as LLVM does, which takes 30 ms to import."""
    try:
        first = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    except OSError:
        first = []
    told = [line for line in first if line.split(":")[0].strip() in _PROCESSOR]
    if len(told) == len(_PROCESSOR):
        return told
    import llvmlite.binding as llvm  # type: ignore[import-untyped]

    return [str(llvm.get_host_cpu_name()), str(llvm.get_host_cpu_features().flatten())]


def _by_numba(function: Callable[..., Any], folder: Path | None) -> Any:
    import numba
    import numba.core.config

    settings: Any = numba.core.config
    keep = folder is not None and os.access(folder, os.W_OK)
    # numba reads the folder from a global setting while decorating.
    before = settings.CACHE_DIR
    settings.CACHE_DIR = str(folder) if keep else before
    try:
        return numba.njit(nogil=True, cache=keep, error_model="numpy")(function)
    finally:
        settings.CACHE_DIR = before


def _write(path: Path, stored: bytes) -> None:
    """Keep `stored`, if that can be done; a full disk, say, costs the next process some time and nothing else."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(stored)
        partial.replace(path)
    except OSError:
        pass
