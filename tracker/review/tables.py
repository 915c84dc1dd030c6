"""Tables of matches under review, their moves, their releases, what followed each release, the pools that matches are
judged in, the matches of which a later run says something else, notes on matches, and which are new."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Date,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tracker.match_settings.rules import STANDARD
from tracker.record.base import Instant, Json, JsonDict, RowId, Table, checked
from tracker.record.fact import Fact
from tracker.review.changed import Decision
from tracker.review.states import DocumentForm, MatchMove, MatchState

_RANKED = ("rank_q", "rank_p", "rank_e", "id", "force", "t_from", "t_to")


class Match(Table):
    """One wearer at one crime with one set of settings, as the latest run with it found it; `state` follows from its
    moves."""

    __tablename__ = "candidate_match"
    # Those of settings came with revision 0041, to rows that had a digest; they are held against run and rules.
    not_in_digest = frozenset(
        {
            "shown",
            "waits",
            "rank_q",
            "rank_p",
            "rank_e",
            "settings",
            "settings_sha256",
            "programme",
            "what_if",
            "standing",
        }
    )
    __table_args__ = (
        UniqueConstraint("force", "crime_ref", "wearer_ref", "settings_sha256"),
        # With all that a list of many is filtered by, so that what does not fit is passed over in the index.
        Index("ix_candidate_match_rank", "state", "shown", "standing", *_RANKED),
        Index("ix_candidate_match_type", "crime_type", "state", "shown", "standing", *_RANKED),
        Index("ix_candidate_match_what_if", "what_if", "settings_sha256"),
        Index("ix_candidate_match_assignee_state", "assignee", "state"),
        Index("ix_candidate_match_state_algorithm", "state", "algorithm"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    force: Mapped[str] = mapped_column(String(200))
    crime_ref: Mapped[str] = mapped_column(String(200), index=True)
    crime_version: Mapped[int]
    crime_type: Mapped[str] = mapped_column(String(200))
    t_from: Mapped[datetime] = mapped_column(Instant, index=True)
    t_to: Mapped[datetime] = mapped_column(Instant)
    wearer_ref: Mapped[str] = mapped_column(String(200), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    run_id: Mapped[str] = mapped_column(String(64), index=True)
    params_sha256: Mapped[str] = mapped_column(String(64))
    """Digest of settings, version of the matcher and levels of accuracy of the run that found it last: its pool's."""
    settings: Mapped[JsonDict] = mapped_column(Json, default=lambda: dict(STANDARD.values))
    """`match_settings.rules.MatchSettings`, with which it was found and is found again."""
    settings_sha256: Mapped[str] = mapped_column(String(64), default=STANDARD.sha256)
    programme: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Of the run that found it last; empty: all programmes that map crimes."""
    what_if: Mapped[str | None] = mapped_column(String(200))
    """The name of the what-if that found it last."""
    standing: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Its settings are the standing ones of its crime, as known now (`shown_service`)."""
    algorithm: Mapped[str | None] = mapped_column(String(16))
    """Version of the matcher that last tested it; null: an earlier one than those on record."""
    figures: Mapped[JsonDict] = mapped_column(Json)
    """The latest figures; those at confirmation stay with the move."""
    p_present: Mapped[float | None] = mapped_column(Float)
    q_value: Mapped[float | None] = mapped_column(Float)
    """That of the pool; null where the figures' note says why, or until a pool has been judged."""
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("match_pool.id"), index=True)
    e_value: Mapped[float | None] = mapped_column(Float)
    shown: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The wearer may be matched throughout the window, as known now (`shown_service`)."""
    waits: Mapped[bool] = mapped_column(default=False, server_default=false(), index=True)
    """A later run says something else of it, and nobody has decided yet (`ChangedMatch`)."""
    rank_q: Mapped[float] = mapped_column(Float, server_default=text("2.0"))
    rank_p: Mapped[float] = mapped_column(Float, server_default=text("1.0"))
    rank_e: Mapped[float] = mapped_column(Float, server_default=text("1.0"))
    """Its place in the queue (`strength`), of `q_value`, `p_present` and `e_value`."""
    state: Mapped[MatchState] = mapped_column(checked(MatchState, "match_state"))
    assignee: Mapped[str | None] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class Pool(Table):
    """All crimes of a month of London that were matched for review with the same settings, see `pool_service`."""

    __tablename__ = "match_pool"
    __table_args__ = (UniqueConstraint("programme", "params_sha256", "month"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    programme: Mapped[str] = mapped_column(String(200))
    """Empty: all programmes that map crimes."""
    params_sha256: Mapped[str] = mapped_column(String(64))
    month: Mapped[str] = mapped_column(String(7))
    """As 2019-10."""
    what_if: Mapped[str | None] = mapped_column(String(200))
    """The name of the what-if whose crimes it has; null: a pool of the queue."""
    figures: Mapped[JsonDict] = mapped_column(Json)
    """How many crimes, candidates observed and matches expected by chance."""
    judged_at: Mapped[datetime] = mapped_column(Instant)
    staged_at: Mapped[datetime | None] = mapped_column(Instant)
    """Not null: it does not count yet, or no longer (`pool_staging_service`); nobody reads it, and it is deleted."""


class PoolCrime(Table):
    """What the latest run for review keeps of one crime of a pool."""

    __tablename__ = "match_pool_crime"
    digest_with = "pool_id"
    content_digest = "content"
    __table_args__ = (UniqueConstraint("pool_id", "force", "crime_ref"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    pool_id: Mapped[int] = mapped_column(ForeignKey("match_pool.id"))
    force: Mapped[str] = mapped_column(String(200))
    crime_ref: Mapped[str] = mapped_column(String(200))
    crime_version: Mapped[int]
    run_id: Mapped[str] = mapped_column(String(64))
    t_from: Mapped[datetime] = mapped_column(Instant)
    stratum: Mapped[int]
    x_mm: Mapped[int] = mapped_column(BigInteger)
    y_mm: Mapped[int] = mapped_column(BigInteger)
    covered: Mapped[JsonDict] = mapped_column(Json)
    """Pairs that can be compared, by decoy day."""
    content: Mapped[str | None] = mapped_column(String(64))
    """Digest of all this and of its pairs, made before it is written; null: it is made when it is asked for."""


class PoolPair(Table):
    """A wearer who is a candidate at a crime, or would be on a decoy day. An erasure deletes the wearer's."""

    __tablename__ = "match_pool_pair"
    digest_with = "pool_crime_id"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    pool_crime_id: Mapped[int] = mapped_column(ForeignKey("match_pool_crime.id"), index=True)
    wearer_ref: Mapped[str] = mapped_column(String(200), index=True)
    candidate: Mapped[bool]
    strength: Mapped[float | None] = mapped_column(Float)
    note: Mapped[str | None] = mapped_column(String(200))
    decoys: Mapped[JsonDict] = mapped_column(Json)
    """Strength by decoy day."""


class MatchMoved(Fact):
    """One move of a match, made by `recorded_by`. `figures`: those at the time, for a confirmation."""

    __tablename__ = "match_moved"

    match_id: Mapped[int] = mapped_column(ForeignKey("candidate_match.id"), index=True)
    move: Mapped[MatchMove] = mapped_column(checked(MatchMove, "match_move"))
    reason: Mapped[str | None] = mapped_column(Text)
    assignee: Mapped[str | None] = mapped_column(String(64))
    together: Mapped[str | None] = mapped_column(String(32), index=True)
    """The batch of moves made at once, which can be undone at once."""
    figures: Mapped[JsonDict | None] = mapped_column(Json)


class Release(Fact):
    """A package released by `recorded_by`. `package` is its exact text, which an erasure of the person deletes."""

    __tablename__ = "match_release"

    match_id: Mapped[int] = mapped_column(ForeignKey("candidate_match.id"), index=True)
    recipient_name: Mapped[str] = mapped_column(String(200))
    recipient_rank: Mapped[str] = mapped_column(String(100))
    recipient_unit: Mapped[str] = mapped_column(String(200))
    confirmed_by: Mapped[str] = mapped_column(String(200))
    package: Mapped[str | None] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    destroy_by: Mapped[date] = mapped_column(Date)


class ReleaseDocument(Table):
    """A release's package as a Word file or PDF, as it first left; `recalled`: the one that says that it was recalled.
    An erasure of the person deletes it."""

    __tablename__ = "release_document"
    no_digest = "the audit has the digest of its content, which is asked again whenever it is given out"
    __table_args__ = (UniqueConstraint("release_id", "form", "recalled"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("match_release.id"))
    form: Mapped[DocumentForm] = mapped_column(checked(DocumentForm, "release_document_form"))
    recalled: Mapped[bool]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))
    """Digest of the row and of the package's digest: it is this release's, of this form (`release_queries.seal`)."""
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str] = mapped_column(String(200))


class ReleaseUpdate(Fact):
    """What followed a release: its recall, the recipient's acknowledgement, or an outcome."""

    __tablename__ = "release_told"

    release_id: Mapped[int] = mapped_column(ForeignKey("match_release.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    words: Mapped[str] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(String(200))
    effective_on: Mapped[date] = mapped_column(Date)


class ChangedMatch(Fact):
    """A confirmed or released match of which a later run says something else, until somebody decides."""

    __tablename__ = "changed_match"

    match_id: Mapped[int] = mapped_column(ForeignKey("candidate_match.id"), index=True)
    state: Mapped[MatchState] = mapped_column(checked(MatchState, "changed_match_state"))
    """Confirmed or released: who decides."""
    crime_version: Mapped[int]
    run_before: Mapped[str] = mapped_column(String(64))
    algorithm_before: Mapped[str | None] = mapped_column(String(16))
    run_id: Mapped[str] = mapped_column(String(64))
    algorithm: Mapped[str] = mapped_column(String(16))
    causes: Mapped[list[str]] = mapped_column(Json)
    differs: Mapped[list[str]] = mapped_column(Json)
    before: Mapped[JsonDict] = mapped_column(Json)
    """The figures at confirmation, or at the last decision to keep it."""
    after: Mapped[JsonDict] = mapped_column(Json)
    weight: Mapped[int]
    size: Mapped[float] = mapped_column(Float)
    """The order of the list, see `changed.Change`."""


class ChangedMatchDecision(Fact):
    """What was decided of a changed match, by `recorded_by`: once."""

    __tablename__ = "changed_match_decision"

    changed_match_id: Mapped[int] = mapped_column(ForeignKey("changed_match.id"), unique=True)
    decision: Mapped[Decision] = mapped_column(checked(Decision, "changed_match_decision"))
    reason: Mapped[str] = mapped_column(Text)


class MatchNote(Fact):
    """What `recorded_by` noted on a match, before it is decided or after; corrected and taken back as any fact."""

    __tablename__ = "match_note"

    match_id: Mapped[int] = mapped_column(ForeignKey("candidate_match.id"), index=True)
    words: Mapped[str] = mapped_column(Text)


class MatchNews(Table):
    """A match came to be shown: a run found it, or found it again, or its wearer may be matched now. Numbers follow the
    order of entries, for there is one writer at a time: behind a number that was read nothing is added before it."""

    __tablename__ = "match_news"
    no_digest = "made with the matches, and says no more than that there is something to look at"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    match_id: Mapped[int] = mapped_column(ForeignKey("candidate_match.id"), index=True)


class NewsSeen(Fact):
    """Up to which news `recorded_by` has looked; moved on when they say so, not by reading."""

    __tablename__ = "match_news_seen"
    __table_args__ = (Index("ix_match_news_seen_by", "recorded_by", "superseded_at"),)

    up_to: Mapped[int] = mapped_column(BigInteger)


class NewsMail(Fact):
    """A mail about new matches that was sent, or could not be: `up_to` is what mail has said until then, `failures` how
    often it failed since one was sent, `why` in words without an address."""

    __tablename__ = "match_news_mail"

    up_to: Mapped[int] = mapped_column(BigInteger)
    matches: Mapped[int]
    failures: Mapped[int]
    why: Mapped[str | None] = mapped_column(String(200))
