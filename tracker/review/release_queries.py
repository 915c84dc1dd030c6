"""Queries of releases and what followed them. A package itself is read one at a time."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, tuple_

from tracker.crimes.queries import text_of_version
from tracker.pieces import in_pieces
from tracker.record.as_known import known
from tracker.review.states import DocumentForm, MatchState
from tracker.review.tables import Match, Release, ReleaseDocument, ReleaseUpdate

_AT_ONCE = 300


@dataclass(frozen=True, slots=True)
class UpdateNow:
    """What followed a release: its recall, the acknowledgement, or an outcome."""

    kind: str
    words: str
    source: str | None
    effective_on: date
    recorded_at: datetime
    recorded_by: str


class KeptDocument(NamedTuple):
    """A package as a Word file or PDF, as it first left, and its digest then. `sealed`: by the row itself; `seal`: as
    it has to be."""

    content: bytes
    sha256: str
    sealed: str
    seal: str

    def is_whole(self) -> bool:
        """Whether it is what left, and of this release."""
        return hashlib.sha256(self.content).hexdigest() == self.sha256 and self.sealed == self.seal


def seal(of: Mapping[str, Any], package: str) -> str:
    """`of`: the columns of a row of `ReleaseDocument`; `package`: the digest of the release's package."""
    names = ("release_id", "form", "recalled", "sha256", "recorded_at", "recorded_by")
    told = [str(of[name]) for name in names]
    return hashlib.sha256("\n".join([*told, package]).encode()).hexdigest()


class DocumentNow(NamedTuple):
    """One that is kept, without its content. `recalled`: it says that the release was recalled."""

    form: DocumentForm
    recalled: bool
    sha256: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseNow:
    """The present state of a release, without its package. `state` is the match's: a withdrawn one should be
    recalled."""

    release_id: int
    match_id: int
    force: str
    crime_ref: str
    crime_type: str
    crime_text: str | None
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
    settings: Mapping[str, Any]
    what_if: str | None
    standing: bool
    package_kept: bool
    updates: tuple[UpdateNow, ...]
    documents: tuple[DocumentNow, ...]

    @property
    def recalled(self) -> bool:
        return any(each.kind == "recalled" for each in self.updates)


class Waits(StrEnum):
    """What a release waits for."""

    RECALL = "recall"
    ACKNOWLEDGEMENT = "acknowledgement"
    DESTRUCTION = "destruction"


def _followed_by(kind: str) -> ColumnElement[bool]:
    update = known(ReleaseUpdate), ReleaseUpdate.release_id == Release.id, ReleaseUpdate.kind == kind
    return select(ReleaseUpdate.id).where(*update).exists()


def _waiting(waits: Waits, today: date) -> list[ColumnElement[bool]]:
    if waits is Waits.RECALL:
        return [Match.state == MatchState.WITHDRAWN, ~_followed_by("recalled")]
    if waits is Waits.ACKNOWLEDGEMENT:
        return [_followed_by("recalled"), ~_followed_by("acknowledged")]
    return [Release.destroy_by < today, ~_followed_by("acknowledged")]


def waiting(connection: Connection, today: date) -> dict[Waits, int]:
    """How many releases wait: of matches that the latest run no longer has, to be recalled; recalled ones, for the
    recipient's acknowledgement; past the day by which their package had to be destroyed."""
    found = {}
    for waits in Waits:
        query = select(func.count()).select_from(Release).join(Match, Match.id == Release.match_id)
        found[waits] = connection.scalar(query.where(known(Release), *_waiting(waits, today))) or 0
    return found


def releases(
    connection: Connection,
    *,
    release_id: int | None = None,
    waits: tuple[Waits, date] | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[ReleaseNow], int]:
    """Releases, latest first; and how many there are. `waits`: those alone that wait for this on a day."""
    wanted: list[ColumnElement[bool]] = [known(Release)]
    if release_id is not None:
        wanted.append(Release.id == release_id)
    if waits is not None:
        wanted += _waiting(*waits)
    count = select(func.count()).select_from(Release).join(Match, Match.id == Release.match_id)
    total = connection.scalar(count.where(*wanted)) or 0
    rows = connection.execute(
        select(
            Release.id,
            Release.match_id,
            Match.force,
            Match.crime_ref,
            Match.crime_type,
            text_of_version(Match.force, Match.crime_ref, Match.crime_version),
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
            Match.settings,
            Match.what_if,
            Match.standing,
            Release.package.is_not(None),
        )
        .join(Match, Match.id == Release.match_id)
        .where(*wanted)
        .order_by(Release.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    updates = defaultdict(list)
    query = (
        select(
            ReleaseUpdate.release_id,
            ReleaseUpdate.kind,
            ReleaseUpdate.words,
            ReleaseUpdate.source,
            ReleaseUpdate.effective_on,
            ReleaseUpdate.recorded_at,
            ReleaseUpdate.recorded_by,
        )
        .where(known(ReleaseUpdate), ReleaseUpdate.release_id.in_([row[0] for row in rows]))
        .order_by(ReleaseUpdate.id)
    )
    for of, *each in connection.execute(query):
        updates[of].append(UpdateNow(*each))
    documents = _documents(connection, [row[0] for row in rows])
    found = []
    for row in rows:
        columns: list[Any] = [*row[:7], row[7].value, *row[8:], tuple(updates[row[0]]), tuple(documents[row[0]])]
        found.append(ReleaseNow(*columns))
    return found, total


def _documents(connection: Connection, numbers: list[int]) -> Mapping[int, list[DocumentNow]]:
    """Those kept of some releases, without their content."""
    found = defaultdict(list)
    kept = ReleaseDocument
    query = (
        select(kept.release_id, kept.form, kept.recalled, kept.sha256, kept.recorded_at)
        .where(kept.release_id.in_(numbers))
        .order_by(kept.id)
    )
    for number, *each in connection.execute(query):
        found[number].append(DocumentNow(*each))
    return found


_KEPT = (
    ReleaseDocument.id,
    ReleaseDocument.release_id,
    ReleaseDocument.form,
    ReleaseDocument.recalled,
    ReleaseDocument.content,
    ReleaseDocument.sha256,
    ReleaseDocument.recorded_at,
    ReleaseDocument.recorded_by,
    ReleaseDocument.seal,
    Release.sha256.label("package"),
)


def document_of(connection: Connection, release_id: int, form: DocumentForm, *, recalled: bool) -> KeptDocument | None:
    """None where none has left yet."""
    kept = ReleaseDocument
    mine = kept.release_id == release_id, kept.form == form, kept.recalled == recalled
    query = select(*_KEPT).join(Release, Release.id == kept.release_id).where(*mine)
    row = connection.execute(query).one_or_none()
    return None if row is None else _kept(row)


def documents(connection: Connection) -> Iterator[tuple[int, int, DocumentForm, KeptDocument]]:
    """(its number, release, form, document) of each that is kept, one at a time."""
    kept = ReleaseDocument
    query = select(*_KEPT).outerjoin(Release, Release.id == kept.release_id).order_by(kept.id)
    for row in connection.execute(query, execution_options={"yield_per": 4}):
        yield row.id, row.release_id, row.form, _kept(row)


def _kept(row: Any) -> KeptDocument:
    return KeptDocument(row.content, row.sha256, row.seal, seal(row._mapping, row.package or ""))


def releases_of(connection: Connection, keys: Collection[tuple[str, str, str]]) -> list[int]:
    """Releases not recalled of the matches with these keys: (force, crime reference, wearer reference)."""
    recalled = select(ReleaseUpdate.release_id).where(known(ReleaseUpdate), ReleaseUpdate.kind == "recalled")
    query = select(Release.id).join(Match, Match.id == Release.match_id).where(known(Release))
    key = tuple_(Match.force, Match.crime_ref, Match.wearer_ref)
    found: list[int] = []
    for some in in_pieces(sorted(keys), _AT_ONCE):
        mine = query.where(key.in_(some), Release.id.not_in(recalled))
        found += connection.scalars(mine).all()
    return sorted(found)


def package_of(connection: Connection, release_id: int) -> str | None:
    """The exact text that was released; None once the person is erased."""
    return connection.scalar(select(Release.package).where(Release.id == release_id))


def packages_gone(connection: Connection) -> tuple[set[int], set[int]]:
    """All releases; and those whose package is not there although the person was not erased."""
    there = set(connection.scalars(select(Release.id)))
    erased = Match.wearer_ref.like("erased-match-%")
    query = select(Release.id).join(Match, Match.id == Release.match_id).where(Release.package.is_(None), ~erased)
    return there, set(connection.scalars(query))


def packages(connection: Connection) -> Iterator[tuple[int, str, str]]:
    """(release, text, sha256) of each package that is kept, one at a time."""
    query = select(Release.id, Release.package, Release.sha256).where(Release.package.is_not(None)).order_by(Release.id)
    for row in connection.execute(query, execution_options={"yield_per": 10}):
        yield row.id, str(row.package), row.sha256
