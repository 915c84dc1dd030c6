"""Compile a numeric loop once and keep the machine code between processes, safely.

numba's own cache does not notice an edit in a function of another file that the cached one calls. Here the cache
folder is named by a digest of every source file of the package the function stands in, so any edit starts anew.
Kernels stay serial and release the GIL; callers run them in parallel over partitions.
"""

import hashlib
import os
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numba.core.config

_settings: Any = numba.core.config
_one_at_a_time = threading.Lock()


@cache
def _cache_dir(package_dir: Path) -> str | None:
    """Where the package's machine code is kept, or None where nothing can be: then each process compiles anew."""
    # This file too: the options below are part of what comes out.
    digest = hashlib.sha256(numba.__version__.encode() + Path(__file__).read_bytes())
    for source in sorted(package_dir.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = root / "tagpilot" / "kernels" / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return str(folder) if os.access(folder, os.W_OK) else None


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """`numba.njit(nogil=True)` whose on-disk cache is keyed by the sources of the function's package.

    Every compiled function may call compiled functions of its own package only. Arrays it needs are handed in: a
    global one is frozen into the cached code, which no edit of a data file renews.
    """
    folder = _cache_dir(Path(function.__code__.co_filename).resolve().parent)
    # numba reads the folder from a global setting while decorating; modules may be imported by several threads.
    with _one_at_a_time:
        before = _settings.CACHE_DIR
        _settings.CACHE_DIR = folder or before
        try:
            compiled_function: Callable[..., Any] = numba.njit(
                nogil=True, cache=folder is not None, error_model="numpy"
            )(function)
        finally:
            _settings.CACHE_DIR = before
    return compiled_function
