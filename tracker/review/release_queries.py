"""What was released, to whom, and what was told of it since. The package itself is read one at a time."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from tracker.record.as_known import known
from tracker.review.tables import Match, Release, ReleaseTold


@dataclass(frozen=True, slots=True)
class Told:
    """Recalled, acknowledged, or an outcome."""

    kind: str
    words: str
    source: str | None
    effective_on: date
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class ReleaseNow:
    """A release as it stands, without its package. `state` is the match's by now: withdrawn wants a recall."""

    release_id: int
    match_id: int
    force: str
    crime_ref: str
    wearer_ref: str
    state: str
    recipient_name: str
    recipient_rank: str
    recipient_unit: str
    confirmed_by: str
    released_by: str
    released_at: datetime
    sha256: str
    destroy_by: date
    told: tuple[Told, ...]

    @property
    def recalled(self) -> bool:
        return any(each.kind == "recalled" for each in self.told)


def releases(
    connection: Connection, *, release_id: int | None = None, limit: int = 50, offset: int = 0
) -> tuple[list[ReleaseNow], int]:
    """The latest first; and how many there are."""
    wanted = [known(Release)] + ([] if release_id is None else [Release.id == release_id])
    total = connection.scalar(select(func.count()).select_from(Release).where(*wanted)) or 0
    rows = connection.execute(
        select(
            Release.id,
            Release.match_id,
            Match.force,
            Match.crime_ref,
            Match.wearer_ref,
            Match.state,
            Release.recipient_name,
            Release.recipient_rank,
            Release.recipient_unit,
            Release.confirmed_by,
            Release.recorded_by,
            Release.recorded_at,
            Release.sha256,
            Release.destroy_by,
        )
        .join(Match, Match.id == Release.match_id)
        .where(*wanted)
        .order_by(Release.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    told = defaultdict(list)
    query = (
        select(
            ReleaseTold.release_id,
            ReleaseTold.kind,
            ReleaseTold.words,
            ReleaseTold.source,
            ReleaseTold.effective_on,
            ReleaseTold.recorded_at,
            ReleaseTold.recorded_by,
        )
        .where(known(ReleaseTold), ReleaseTold.release_id.in_([row[0] for row in rows]))
        .order_by(ReleaseTold.id)
    )
    for of, *each in connection.execute(query):
        told[of].append(Told(*each))
    found = []
    for row in rows:
        columns: list[Any] = [*row[:5], row[5].value, *row[6:], tuple(told[row[0]])]
        found.append(ReleaseNow(*columns))
    return found, total


def releases_of(connection: Connection, keys: Collection[tuple[str, str, str]]) -> list[int]:
    """Releases that were not recalled, of matches by (force, crime reference, wearer reference)."""
    told = select(ReleaseTold.release_id).where(known(ReleaseTold), ReleaseTold.kind == "recalled")
    query = (
        select(Release.id, Match.force, Match.crime_ref, Match.wearer_ref)
        .join(Match, Match.id == Release.match_id)
        .where(known(Release), Release.id.not_in(told))
    )
    return [row[0] for row in connection.execute(query) if tuple(row[1:]) in keys]


def package_of(connection: Connection, release_id: int) -> str | None:
    """The very text that left; None once the person is erased."""
    return connection.scalar(select(Release.package).where(Release.id == release_id))
