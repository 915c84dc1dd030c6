"""Whether the audit is what was written: its hashes, its keyed digests, and the heads that were kept of it.

A *head* is the number of rows at a moment and the digest of the last of them. Rows up to a head can be changed or cut
off by nobody, with or without the key, so that whoever has kept the head would not see it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tracker.record.audit.chain import START, StoredRow, keyed_digest

KEY_CHANGE = "audit_key"
"""Subject of the row with which another key comes into force; its `to` names that key."""

UNREADABLE = "a value of this row, or of one soon after it, cannot be read: it was changed"
NO_END = (
    "the row that says where the audit ends is missing in the database: it was deleted, and nothing can be entered; "
    "restore the database from a backup"
)


@dataclass(frozen=True, slots=True)
class Head:
    """The audit as somebody kept it: `rows` and the digest of the last. `kept` says in words whose it is."""

    rows: int
    digest: str
    kept: str
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """Row `seq` says that the record was restored, and had `rows` rows then."""

    seq: int
    rows: int
    wall_at: datetime


@dataclass(frozen=True, slots=True)
class Keys:
    """What is known of the keys: by id, and from which row on the key file says there are keyed digests."""

    secrets: Mapping[str, bytes]
    keyed_from: int | None
    file: str = "the key file"


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first row at which the chain is broken, and what is wrong there."""

    seq: int
    why: str


@dataclass(frozen=True, slots=True)
class ClockStep:
    """A row before which the machine's clock was changed, by how many seconds."""

    seq: int
    wall_at: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class Verified:
    """The first `rows` rows verify, up to hash `head`; `broken` is None if the whole chain does. `keyed_from` is the
    first row with a keyed digest; `digest` names the last row in a head."""

    rows: int
    head: str
    broken: BrokenLink | None
    digest: str = START
    keyed_from: int | None = None
    clock_steps: Sequence[ClockStep] = ()
    heads_held: int = 0
    """Kept heads that the chain agrees with."""
    superseded: int = 0
    """Written-out heads of rows that a restore took away, as the row of the restore says."""
    first: int = 1
    """The first row that was verified."""


@dataclass(slots=True)
class _Walk:
    """The chain as far as it was walked."""

    rows: int = 0
    hash: str = START
    keyed: str = ""
    key_id: str | None = None
    digest: str = START
    keyed_from: int | None = None
    steps: list[ClockStep] = field(default_factory=list)

    def follows(self, stored: StoredRow) -> str | None:
        """What is wrong with the row by its hash; None if nothing is."""
        row = stored.row
        if row.seq != self.rows + 1:
            return f"row {self.rows + 1} is missing; row {row.seq} comes next"
        if row.previous != self.hash:
            return f"row {row.seq} does not follow from the row before it"
        if row.digest() != stored.hash:
            return f"row {row.seq} was changed after it was written"
        return None

    def keyed_well(self, stored: StoredRow, keys: Keys) -> str | None:
        """What is wrong with the row by its keyed digest; None if nothing is."""
        row, keyed = stored.row, stored.keyed
        if keyed is None:
            since = self.keyed_from or keys.keyed_from
            if since is None or row.seq < since:
                return None
            return (
                f"row {row.seq} has no keyed digest, and rows from {since} on must have one: it was removed, or the "
                "row was written by an earlier version of the program or by hand"
            )
        if self.key_id not in (None, keyed.key_id) and (row.subject, row.open.get("to")) != (KEY_CHANGE, keyed.key_id):
            return f"row {row.seq} is under key {keyed.key_id}, and no row says that this key follows key {self.key_id}"
        secret = keys.secrets.get(keyed.key_id)
        if secret is None:
            return (
                f"row {row.seq} is under key {keyed.key_id}, which {keys.file} does not have: this row and those after "
                "it cannot be verified; put the right key file back"
            )
        own = keyed_digest(
            secret, keyed.key_id, row.seq, stored.hash, keyed.wall_at, keyed.clock_step_s, self.keyed
        )  # fmt: skip
        if own != keyed.digest:
            return (
                f"row {row.seq} does not have the digest that key {keyed.key_id} gives: the row, or one before it, was "
                "changed or put in by someone without the key"
            )
        return None

    def on(self, stored: StoredRow) -> None:
        self.rows, self.hash, self.digest = stored.row.seq, stored.hash, stored.head
        self.keyed = ""
        if (keyed := stored.keyed) is not None:
            self.keyed, self.key_id = keyed.digest, keyed.key_id
            self.keyed_from = self.keyed_from or stored.row.seq
            if keyed.clock_step_s is not None:
                self.steps.append(ClockStep(stored.row.seq, keyed.wall_at, keyed.clock_step_s))


def verify(
    rows: Iterable[StoredRow | None],
    length: int | None,
    head: str,
    *,
    keys: Keys,
    heads: Sequence[Head] = (),
    restores: Sequence[Restored] = (),
    after: StoredRow | None = None,
) -> Verified:
    """Walk the chain. `rows` are by `seq`; `length` and `head` are stored apart from the rows, so that rows deleted at
    the end are detected too; `length` None: what says so is gone itself. `heads` were kept elsewhere; one with
    `written_at` no longer counts if a restore since then took its rows away. With `after` the rows up to this one are
    taken as they are, heads of them too."""
    first = 1 if after is None else after.row.seq + 1
    counted = [each for each in heads if each.rows >= first - 1 and not taken_away(each, restores)]
    superseded = sum(taken_away(each, restores) for each in heads)
    kept: dict[int, list[Head]] = {}
    for each in counted:
        kept.setdefault(each.rows, []).append(each)
    walk = _Walk()
    if after is not None:
        walk.on(after)
        walk.steps.clear()
        walk.keyed_from = keys.keyed_from or walk.keyed_from

    def found(broken: BrokenLink | None) -> Verified:
        agree = sum(each.rows <= walk.rows for each in counted)
        return Verified(
            walk.rows,
            walk.hash,
            broken,
            walk.digest,
            walk.keyed_from,
            tuple(walk.steps),
            agree,
            superseded,
            first,
        )

    for other in kept.get(0, []) if after is None else ():
        if other.digest != START:
            return found(BrokenLink(1, f"a head of no rows ends in {START[:8]}..., and {other.kept} does not"))
    for stored in rows:
        if stored is None:
            return found(BrokenLink(walk.rows + 1, UNREADABLE))
        why = _wrong(walk, stored, keys)
        if why is not None:
            return found(BrokenLink(stored.row.seq if stored.row.seq == walk.rows + 1 else walk.rows + 1, why))
        for other in kept.get(stored.row.seq, []):
            if other.digest not in (stored.head, stored.hash):
                return found(BrokenLink(stored.row.seq, _rewritten(other, restores)))
        walk.on(stored)
    if length is None:
        return found(BrokenLink(walk.rows + 1, NO_END))
    if (walk.rows, walk.hash) != (length, head):
        why = f"the chain ends at row {walk.rows}, but {length} were written"
        if walk.rows == length:
            why = f"the last hash stored apart from the rows is not that of row {length}"
        return found(BrokenLink(walk.rows + 1, why))
    later = [each for each in counted if each.rows > walk.rows]
    if later:
        return found(BrokenLink(walk.rows + 1, _cut(walk.rows, max(later, key=lambda each: each.rows), restores)))
    return found(None)


def _wrong(walk: _Walk, stored: StoredRow, keys: Keys) -> str | None:
    try:
        return walk.follows(stored) or walk.keyed_well(stored, keys)
    except (ValueError, TypeError, AttributeError):
        # A value that was read and is none of its kind: nothing where an instant belongs, bytes where text does.
        return UNREADABLE


def taken_away(head: Head, restores: Sequence[Restored]) -> bool:
    """Whether a restore since the head was written out took its row away."""
    written = head.written_at
    return written is not None and any(each.rows < head.rows and written < each.wall_at for each in restores)


def _rewritten(head: Head, restores: Sequence[Restored]) -> str:
    return (
        f"row {head.rows} is not the row it was: {head.kept} has another digest, so a row up to it was changed, put in "
        f"or taken out after that{_restored(head, restores)}"
    )


def _cut(rows: int, head: Head, restores: Sequence[Restored]) -> str:
    return (
        f"the audit ends at row {rows}, and {head.kept} is of row {head.rows}: rows {rows + 1} to {head.rows} were cut "
        f"off, or an older database was put in place{_restored(head, restores)}"
    )


def _restored(head: Head, restores: Sequence[Restored]) -> str:
    last = next((each for each in reversed(restores) if each.rows < head.rows), None)
    if last is None:
        return ""
    return (
        f". Row {last.seq} says that the record was restored at {last.wall_at:%Y-%m-%d %H:%M} UTC from a backup at row "
        f"{last.rows}"
    )
