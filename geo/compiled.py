"""Compile a numeric loop once and keep the machine code between processes, safely.

numba's own cache does not notice an edit in a function of another file that the cached one calls. Here the cache
folder is named by a digest of every source file of the package the function stands in, so any edit starts anew.
Kernels stay serial and release the GIL; callers run them in parallel over partitions.
"""

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import config


@cache
def _cache_dir(package_dir: Path) -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(package_dir.glob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return str(root / "tagpilot" / "kernels" / digest.hexdigest()[:16])


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """`numba.njit(nogil=True)` whose on-disk cache is keyed by the sources of the function's package.

    Every compiled function may call compiled functions of its own package only.
    """
    before = config.CACHE_DIR
    config.CACHE_DIR = _cache_dir(Path(function.__code__.co_filename).resolve().parent)
    try:
        compiled_function: Callable[..., Any] = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    finally:
        config.CACHE_DIR = before
    return compiled_function
