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
        of_chain = self.seq, self.at.isoformat(timespec="microseconds"), self.previous
        return row_hash(*of_chain, said(*(getattr(self, name) for name in SAID)))


SAID = ("by", "action", "subject", "subject_id", "person_id", "purpose", "recipient", "open", "sealed")
"""The fields of a row that are known before its place in the chain is."""


def said(*fields: Any) -> str:
    """The form of the fields `SAID` that a hash is over."""
    return _of_hash([each.value if isinstance(each, Action) else each for each in fields])[1:-1]


def row_hash(seq: int, at: str, previous: str, said_text: str) -> str:
    """sha256 of a row by what it says (`said`) and its place. `at`: in ISO form, to the microsecond."""
    return hashlib.sha256(f'[{seq},"{at}",{said_text},"{previous}"]'.encode()).hexdigest()


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
    return keyed_link(secret, keyed_by(key_id), seq, row_hash, keyed_at(wall_at), clock_step_s, previous)


def keyed_by(key_id: str) -> str:
    """The form of a key's id that a keyed digest is over."""
    return _of_digest(key_id)


def keyed_at(wall_at: datetime) -> str:
    """The form of a reading of the clock that a keyed digest is over."""
    return wall_at.isoformat(timespec="microseconds")


def keyed_link(
    secret: bytes, key: str, seq: int, row_hash: str, wall_at: str, clock_step_s: int | None, previous: str
) -> str:
    """`keyed_digest` of one of many rows: `key` and `wall_at` are of all of them (`keyed_by`, `keyed_at`)."""
    step = "null" if clock_step_s is None else clock_step_s
    text = f'[{key},{seq},"{row_hash}","{wall_at}",{step},"{previous}"]'
    return hmac.digest(secret, text.encode(), "sha256").hex()


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
