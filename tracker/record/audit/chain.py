"""The audit chain: each row's hash covers the row and the hash before it, so a changed row is detected.

Anyone can compute a hash, so each row has a *keyed digest* too (HMAC-SHA256): over its hash, its wall clock and the
keyed digest before it, with a key that is not in the database (`keys.py`). Rows of before there were keys have
none. Whoever has the key can still rewrite the chain: an earlier *head*, the number of rows and the digest of the last,
kept where they cannot reach it, shows that (`verification.py`).

Values about a person are *sealed* (encrypted) under that person's key (`sealing.py`). The hash covers the sealed bytes
as stored, so destroying the key loses the values and leaves the chain intact.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

# Made once: `json.dumps` makes an encoder for each call, a third of what a row costs.
_of_hash = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
_of_digest = json.JSONEncoder(separators=(",", ":")).encode

START = "0" * 64
"""The previous hash of the first row."""


class Action(StrEnum):
    """What was done to personal data, in the terms of the Data Protection Act 2018, section 62 (logging)."""

    COLLECT = "collect"
    ALTER = "alter"
    CONSULT = "consult"
    DISCLOSE = "disclose"
    COMBINE = "combine"
    ERASE = "erase"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One change, or one request that read personal data. `open` can be read by anyone who may read the audit; `sealed`
    has the person's values before and after the change, under the person's key."""

    seq: int
    at: datetime
    by: str
    action: Action
    subject: str
    subject_id: str
    person_id: int | None
    purpose: str | None
    recipient: str | None
    open: dict[str, Any]
    sealed: str | None
    previous: str

    def digest(self) -> str:
        """sha256 over every field in a fixed form."""
        fields = [
            self.seq,
            self.at.isoformat(timespec="microseconds"),
            self.by,
            self.action.value,
            self.subject,
            self.subject_id,
            self.person_id,
            self.purpose,
            self.recipient,
            self.open,
            self.sealed,
            self.previous,
        ]
        return hashlib.sha256(_of_hash(fields).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class KeyedDigest:
    """What a row has besides its hash: which key, when it was by the machine's clock, and by how many seconds that
    clock was changed since the row before; None if it was not."""

    key_id: str
    wall_at: datetime
    clock_step_s: int | None
    digest: str


def keyed_digest(
    secret: bytes, key_id: str, seq: int, row_hash: str, wall_at: datetime, clock_step_s: int | None, previous: str
) -> str:
    """HMAC-SHA256 of a row, by its hash and the keyed digest of the row before ("" if that has none)."""
    fields = [key_id, seq, row_hash, wall_at.isoformat(timespec="microseconds"), clock_step_s, previous]
    return hmac.digest(secret, _of_digest(fields).encode(), "sha256").hex()


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row with the hash and the keyed digest stored with it."""

    row: AuditRow
    hash: str
    keyed: KeyedDigest | None

    @property
    def head(self) -> str:
        """The digest by which a head names the row: the keyed one, and the hash of a row that has none."""
        return self.hash if self.keyed is None else self.keyed.digest
