"""Keys of the home, each in a file for its owner alone and in no backup: made at first need."""

import contextlib
import os
import secrets
from pathlib import Path

from api.errors import NotReady
from tracker.access.hashing import KeyedHasher, keyed_hasher

TOKEN_KEY_FILE = "token.key"
SECOND_FACTOR_KEY_FILE = "second-factor.key"
PASSWORD_KEY_FILE = "password.key"
_KEY_BYTES = 32


def signing_key(home: Path) -> bytes:
    """The home's key of access tokens. Deleting the file ends every one of them."""
    return _home_key(home, TOKEN_KEY_FILE)


def second_factor_key(home: Path) -> bytes:
    """The home's key of second factors. Without it they cannot be read: recovery codes still serve."""
    return _home_key(home, SECOND_FACTOR_KEY_FILE)


def password_hasher(home: Path) -> KeyedHasher:
    """How this home hashes passwords. Without its key none of them is right any more: they are set anew."""
    return keyed_hasher(_home_key(home, PASSWORD_KEY_FILE))


def _home_key(home: Path, file: str) -> bytes:
    """A key of the home, made at first need for its owner alone. Raises NotReady for one that others may know."""
    path = home / file
    if not path.is_file():
        fresh = home / f".{file}.{secrets.token_hex(8)}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(secrets.token_bytes(_KEY_BYTES))
            out.flush()
            os.fsync(out.fileno())
        # Linked, not renamed: of two processes at once the first one's key stays.
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    if path.stat().st_mode & 0o077:
        raise NotReady(
            f"The key file {path} can be read or written by others. Allow its owner alone: chmod 600 {path}; if others "
            "could reach it, change the key."
        )
    key = path.read_bytes()
    if len(key) < _KEY_BYTES:
        # A key of nothing is one that everybody has.
        raise NotReady(f"The key file {path} is not whole. Restore it, or delete it: another is made.")
    return key
