"""The files that go into a backup, and how those of the stores are held still while others import."""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from api.disk import is_full
from api.settings import Settings
from api.usecases.stores import open_events, open_fixes
from matcher.errors import Damaged, NoStore
from matcher.store.index.manifest import FOLDER as INDEX

DATABASE = "tagpilot.sqlite3"
_LEFT_OUT = (
    "uploads",
    "token.key",
    "second-factor.key",
    "password.key",
    "audit-head.txt",
    "basemap.sqlite3",
    "lock",
    "queue",
)
STORES = ("fixes", "events")
"""Folders to which imports write while a backup is made."""
_WAIT_S = 600.0


@contextmanager
def nobody_writes(settings: Settings) -> Iterator[None]:
    """Fixes and device events stay as they are, and so does what the audit says of them."""
    with ExitStack() as held:
        # Nobody writes to a store that is damaged.
        with suppress(NoStore, Damaged):
            held.enter_context(open_fixes(settings, create=False).nobody_writes(_WAIT_S))
        if settings.events_dir.is_dir():
            held.enter_context(open_events(settings).nobody_writes())
        yield


def link_all(source: Path, target: Path) -> None:
    """The files of a store under another folder, as they are now: a stored file is replaced and never written to.

    A store that is a link to elsewhere is left out, as links are, and so is the matcher's index: it is made again of
    the fixes.
    """
    if source.is_symlink():
        return
    for path in sorted(source.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.relative_to(source).parts[0] == INDEX:
            continue
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, copy)
        except OSError as error:
            if is_full(error):
                raise
            # Not on every kind of disk.
            shutil.copy(path, copy)


def kept(root: Path, but: Collection[str] = ()) -> Iterator[tuple[Path, Path, str]]:
    """The files that go into a backup: `root`, path, and the name under it."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        hidden = any(part.startswith(".") for part in name.parts)
        left_out = name.parts[0] in (*_LEFT_OUT, *but) or path.name == "lock" or path.name.startswith(DATABASE)
        if not (path.is_symlink() or hidden or left_out) and path.is_file():
            yield root, path, name.as_posix()
