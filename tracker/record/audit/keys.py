"""The keys of the audit. Each row has a digest made with a key that is not in the database, so whoever can write to the
database cannot make the digest of a changed row.

The *key file* has every key there was, the latest last; old ones are needed to verify the rows written under them. It
is made once, for its owner alone, when the first row is written, and never again for an audit that has a key.
"""

import contextlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tracker.errors import StoreNotReady

KEY_FILE = "audit.key"
_ID_DIGITS = 16


class AuditKeyFault(StoreNotReady):
    """The key file is missing, unreadable or another one. Nothing is entered until it is back."""


@dataclass(frozen=True, slots=True)
class AuditKey:
    """One key. `id` names it in the rows written under it and tells nothing of the secret."""

    id: str
    secret: bytes

    @classmethod
    def of(cls, secret: bytes) -> "AuditKey":
        return cls(hmac.new(secret, b"tagpilot audit key", "sha256").hexdigest()[:_ID_DIGITS], secret)


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What a key file holds: from which row on the audit has keyed digests, and the keys, the latest last."""

    keyed_from: int
    keys: tuple[AuditKey, ...]

    def secrets(self) -> Mapping[str, bytes]:
        return {key.id: key.secret for key in self.keys}


class AuditKeys:
    """The key file at `path`, read again whenever it has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[tuple[int, int, int], KeyFile] | None = None

    def content(self) -> KeyFile | None:
        """What the file holds; None if it is not there. Raises AuditKeyFault."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise AuditKeyFault(f"The audit's key file {self.path} cannot be read: {error.strerror}.") from None
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        if self._read is None or self._read[0] != stamp:
            if found.st_mode & 0o027:
                raise AuditKeyFault(
                    f"The audit's key file {self.path} can be read or written by others. Allow its owner alone: "
                    f"chmod 600 {self.path}"
                )
            self._read = (stamp, self._parsed())
        return self._read[1]

    def in_force(self, key_id: str | None, rows: int) -> AuditKey:
        """The key that the next row is written under. `key_id`: the one the database names, None before the first keyed
        row; then the file is made. Raises AuditKeyFault."""
        file = self.content()
        if key_id is not None:
            if file is None:
                raise AuditKeyFault(
                    f"The audit's key file {self.path} is not there, and the audit's rows are under key {key_id}. "
                    f"Put the file back, or say where it is with TAGPILOT_AUDIT_KEY_FILE. {_LOST}"
                )
            for key in file.keys:
                if key.id == key_id:
                    return key
            raise AuditKeyFault(
                f"The audit's key file {self.path} is another one: the audit's rows are under key {key_id}, and the "
                f"file has {', '.join(key.id for key in file.keys)}. Put the right file back. {_LOST}"
            )
        if file is None:
            return self._write(KeyFile(rows + 1, (AuditKey.of(secrets.token_bytes(32)),)), fresh=True).keys[-1]
        if file.keyed_from <= rows:
            raise AuditKeyFault(
                f"By the key file {self.path} the audit's rows from {file.keyed_from} on have keyed digests, and the "
                f"database has none: it is older than the key file, or the digests were removed. {_LOST}"
            )
        return file.keys[-1]

    def add(self, rows: int) -> AuditKey:
        """Another key, after those there are. It comes into force with the row that says so."""
        fresh = AuditKey.of(secrets.token_bytes(32))
        file = self.content()
        if file is None:
            return self._write(KeyFile(rows + 1, (fresh,)), fresh=True).keys[-1]
        return self._write(KeyFile(file.keyed_from, (*file.keys, fresh)), fresh=False).keys[-1]

    def _parsed(self) -> KeyFile:
        try:
            held = json.loads(self.path.read_text(encoding="utf-8"))
            keys = tuple(AuditKey.of(bytes.fromhex(each)) for each in held["keys"])
            content = KeyFile(int(held["keyedFrom"]), keys)
        except OSError as error:
            raise AuditKeyFault(f"The audit's key file {self.path} cannot be read: {error.strerror}.") from None
        except (ValueError, KeyError, TypeError):
            content = None
        if content is None or not content.keys:
            raise AuditKeyFault(f"{self.path} is not a key file of the audit. Put the right file back. {_LOST}")
        return content

    def _write(self, content: KeyFile, *, fresh: bool) -> KeyFile:
        """Whole or not at all. Of two processes that make the file at once the first one's stays."""
        text = json.dumps({"keyedFrom": content.keyed_from, "keys": [key.secret.hex() for key in content.keys]})
        written = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(text + "\n")
                out.flush()
                os.fsync(out.fileno())
            if fresh:
                with contextlib.suppress(FileExistsError):
                    os.link(written, self.path)
                written.unlink()
            else:
                written.replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
        except OSError as error:
            raise AuditKeyFault(f"The audit's key file {self.path} cannot be written: {error.strerror}.") from None
        found = self.content()
        assert found is not None
        return found


_LOST = "If it is lost, `tagpilot audit rotate-key --lost` begins another, and earlier rows can no longer be verified."
