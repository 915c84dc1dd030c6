"""The audit chain: each row's hash covers the row and the hash before it, so a changed row is detected.

Values about a person are *sealed* (encrypted) under that person's key (`sealing.py`). The hash covers the sealed bytes
as stored, so destroying the key loses the values and leaves the chain intact.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

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
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first row at which the chain is broken, and what is wrong there."""

    seq: int
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """The first `rows` rows verify, up to hash `head`; `broken` is None if the whole chain does."""

    rows: int
    head: str
    broken: BrokenLink | None


def verify(rows: Iterable[tuple[AuditRow, str]], length: int, head: str) -> Verified:
    """Walk the chain. `rows` are (row, stored hash) by `seq`; `length` and `head` are stored apart from the rows, so
    that rows deleted at the end are detected too."""
    at, previous = 0, START
    for row, stored in rows:
        if row.seq != at + 1:
            return Verified(at, previous, BrokenLink(at + 1, f"row {at + 1} is missing; row {row.seq} comes next"))
        if row.previous != previous:
            return Verified(at, previous, BrokenLink(row.seq, f"row {row.seq} does not follow from the row before it"))
        if row.digest() != stored:
            return Verified(at, previous, BrokenLink(row.seq, f"row {row.seq} was changed after it was written"))
        at, previous = row.seq, stored
    if (at, previous) != (length, head):
        return Verified(at, previous, BrokenLink(at + 1, f"the chain ends at row {at}, but {length} were written"))
    return Verified(at, previous, None)
