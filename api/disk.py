"""Space on the disk of a home: asked before work begins, and an error of the disk in words.

The *floor* is the space that must stay free: work that would go below it is not begun, so it cannot stop half done.
"""

import errno
import re
import shutil
from pathlib import Path

from api.errors import NoSpace

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_UNWRITABLE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_BY_NUMBER = re.compile(r"\(os error (\d+)\)")
"""As polars and Delta Lake quote an error of the system."""
_MB = 1 << 20


def require_space(where: Path, floor_mb: int, what: str, *, needs: int = 0) -> None:
    """Before `what` is begun, which may write `needs` bytes: they fit, and the floor stays free.

    Raises
    ------
    NoSpace
        Naming what is free, what is needed and the setting.
    """
    there = where.absolute()
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    if free - needs < floor_mb * _MB:
        wanted = f"{-(-needs // _MB):,} MB and " if needs else ""
        raise NoSpace(
            f"{what[:1].upper()}{what[1:]} was not begun, and nothing was changed: {free // _MB:,} MB are free on the "
            f"disk, and it needs {wanted}{floor_mb:,} MB that stay free (TAGPILOT_DISK_FLOOR_MB). Free space on it, "
            f"then try again."
        )


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder; 0 where there is none."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0


def is_full(error: BaseException) -> bool:
    """Whether the disk is full, or its quota used up."""
    return _number(error) in _FULL


def disk_words(error: BaseException) -> str | None:
    """A full or read-only disk for people; None for another error. No path: it may hold a file's name."""
    number = _number(error)
    if number in _FULL:
        return "The disk is full, or its quota is used up. What was begun was given up. Free space, then try again."
    if number in _UNWRITABLE:
        return (
            "A file under the home cannot be written or read. Look whether the disk is mounted read-only and whether "
            "the files belong to the user of this program."
        )
    return None


def _number(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    found = _BY_NUMBER.search(str(error))
    return None if found is None else int(found[1])
