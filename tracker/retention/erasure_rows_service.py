"""The rows of one person, deleted or emptied, table by table.

Every table of the record stands in one of three lists: its rows about the person are deleted, what they say of the
person is emptied, or nothing in it is about a person who wore a tag. A test fails for a table in none.
"""

from typing import Any

from sqlalchemy import Connection, delete, select, update

from tracker.access.idempotency_queries import forget_answers
from tracker.assignments.tables import Assignment
from tracker.attention.tables import Settlement
from tracker.evaluation.people.tables import Characteristic, Reoffence
from tracker.licences.tables import Alert, AlertEvent, Custody, Licence, LicenceEvent, LicenceNote, LicenceTerms
from tracker.ogrs.tables import OgrsScore
from tracker.people.tables import Address, Identity
from tracker.projections.tables import EligibleSpan
from tracker.record.audit.tables import PersonKey
from tracker.record.fact import FactChange
from tracker.retention.tables import SubjectAccess, SubjectAccessEvent
from tracker.review.tables import (
    ChangedMatch,
    ChangedMatchDecision,
    Match,
    MatchMoved,
    MatchNews,
    MatchNote,
    PoolCrime,
    PoolPair,
    Release,
    ReleaseDocument,
    ReleaseUpdate,
)
from tracker.rollout.tables import PlaceEvent
from tracker.screening.tables import Proportionality, Screening
from tracker.tags.tables import TagEvent

DELETED = (
    "identity", "address", "ogrs_score", "licence_terms", "screening", "proportionality", "reoffence",
    "characteristic", "person_key", "match_pool_pair", "changed_match", "changed_match_decision",
    "eligible_span", "fact_change", "licence_note", "settlement", "match_note", "match_news", "release_document",
)  # fmt: skip
EMPTIED = (
    "person", "assignment", "licence_event", "custody", "tag_event", "alert_event", "place_event",
    "subject_access_event", "candidate_match", "match_moved", "match_release", "release_told", "answered",
    "cohort_export", "told_count", "match_job", "import_file", "erasure", "export_key", "day_state",
)  # fmt: skip
"""Their rows stay for capacity, stock and the ledger, without a name, a reference or a note; unreleased matches go. Of
exports and jobs the files go too (`api.usecases.operation.erasure`)."""
NOT_ABOUT_WEARERS = (
    "licence", "alert", "subject_access", "audit_entry", "audit_head", "row_sum", "erasure_step", "retention_policy",
    "app_user", "known_address", "login_failure", "login_notice", "login_session", "outside_identity", "recovery_code",
    "second_factor", "spent_refresh",
    "accuracy_adoption", "standing_setting", "refused_attempt", "actual", "commitment", "commitment_change",
    "line_forecast", "virement", "borough_crime", "crime", "crime_batch", "batch_crime", "crime_version",
    "latest_crime", "crime_tally", "benchmark", "comparison_person",
    "table_release", "linkage_step", "review_reader", "programme", "allocation", "budget_line", "capacity_measure",
    "contract", "contract_amendment", "contract_condition", "decision", "duty", "duty_done", "funding", "legal_basis",
    "phase", "phase_place", "programme_end", "recommendation", "responsible_person", "statement", "match_pool",
    "match_pool_crime", "launch", "tag", "device_model", "tag_price",
    "day_count", "case_holder", "release_list_row", "match_news_seen", "match_news_mail",
    "withdrawal", "withdrawal_step", "told_answer", "month_closing", "comparison_set", "analysis_plan",
)  # fmt: skip
"""Numbers and days alone where they are of a person's licence; the audit's values are sealed under the person's key."""


def delete_rows(connection: Connection, person_id: int, wearer_ref: str) -> dict[str, int]:
    """Delete and empty the person's rows; the counts of those deleted. The person's own row and key stay."""
    licences = select(Licence.id).where(Licence.person_id == person_id)
    counts: dict[str, int] = {}
    for table, mine in (
        (Identity, Identity.person_id == person_id),
        (Address, Address.person_id == person_id),
        (OgrsScore, OgrsScore.person_id == person_id),
        (LicenceTerms, LicenceTerms.licence_id.in_(licences)),
        (LicenceNote, LicenceNote.licence_id.in_(licences)),
        (Screening, Screening.licence_id.in_(licences)),
        (Proportionality, Proportionality.licence_id.in_(licences)),
        (Settlement, Settlement.licence_id.in_(licences)),
        (Reoffence, Reoffence.person_id == person_id),
        (Characteristic, Characteristic.person_id == person_id),
    ):
        # Corrections refer to the rows they superseded.
        connection.execute(update(table).where(mine).values(supersedes_id=None))
        counts[table.__tablename__] = connection.execute(delete(table).where(mine)).rowcount
    connection.execute(delete(EligibleSpan).where(EligibleSpan.person_id == person_id))
    # Why the person's rows were corrected or taken back.
    connection.execute(delete(FactChange).where(FactChange.person_id == person_id))
    requests = select(SubjectAccess.id).where(SubjectAccess.person_id == person_id)
    for noted, theirs in (
        (LicenceEvent, LicenceEvent.licence_id.in_(licences)),
        (Custody, Custody.licence_id.in_(licences)),
        (TagEvent, TagEvent.licence_id.in_(licences)),
        (AlertEvent, AlertEvent.alert_id.in_(select(Alert.id).where(Alert.licence_id.in_(licences)))),
        (SubjectAccessEvent, SubjectAccessEvent.subject_access_id.in_(requests)),
    ):
        kind = {"kind": None} if noted is AlertEvent else {}
        connection.execute(update(noted).where(theirs).values(note=None, **kind))
    counts |= _delete_matches(connection, wearer_ref)
    place = PlaceEvent.licence_id.in_(licences)
    connection.execute(update(PlaceEvent).where(place).values(reason=None))
    overridden = place, PlaceEvent.over_reason.is_not(None)
    connection.execute(update(PlaceEvent).where(*overridden).values(over_reason="erased"))
    # Of every user: an address in them may hold the reference.
    forget_answers(connection)
    gone = erased_reference(person_id)
    connection.execute(update(Assignment).where(Assignment.wearer_id == wearer_ref).values(wearer_id=gone))
    connection.execute(delete(PersonKey).where(PersonKey.person_id == person_id))
    return counts


def erased_reference(person_id: int) -> str:
    """What stands in the place of the reference of a person who was erased."""
    return f"erased-{person_id}"


def _delete_matches(connection: Connection, wearer_ref: str) -> dict[str, int]:
    """Delete matches with their figures, moves and reasons; of a released one the release, its time and digest stay."""
    mine = select(Match.id).where(Match.wearer_ref == wearer_ref)
    released = select(Release.match_id).where(Release.match_id.in_(mine))
    counts = {
        "release": connection.execute(update(Release).where(Release.match_id.in_(mine)).values(package=None)).rowcount
    }
    releases = select(Release.id).where(Release.match_id.in_(mine))
    connection.execute(update(ReleaseUpdate).where(ReleaseUpdate.release_id.in_(releases)).values(words="erased"))
    documents = delete(ReleaseDocument).where(ReleaseDocument.release_id.in_(releases))
    counts["release_document"] = connection.execute(documents).rowcount
    of = select(PoolPair.pool_crime_id).where(PoolPair.wearer_ref == wearer_ref)
    connection.execute(update(PoolCrime).where(PoolCrime.id.in_(of)).values(content=None))
    counts["match_pool_pair"] = connection.execute(delete(PoolPair).where(PoolPair.wearer_ref == wearer_ref)).rowcount
    counts["changed_match"] = _delete_changes(connection, mine)
    connection.execute(delete(MatchNews).where(MatchNews.match_id.in_(mine)))
    connection.execute(update(MatchNote).where(MatchNote.match_id.in_(mine)).values(supersedes_id=None))
    counts["match_note"] = connection.execute(delete(MatchNote).where(MatchNote.match_id.in_(mine))).rowcount
    counts["match_moved"] = _delete_moves(connection, mine, released)
    unreleased = delete(Match).where(Match.wearer_ref == wearer_ref, Match.id.not_in(released))
    counts["candidate_match"] = connection.execute(unreleased).rowcount
    for match_id in list(connection.scalars(mine)):
        left: dict[str, Any] = {
            "wearer_ref": f"erased-match-{match_id}",
            "figures": {},
            "assignee": None,
            "shown": False,
            "waits": False,
        }
        connection.execute(update(Match).where(Match.id == match_id).values(**left))
    return counts


def _delete_changes(connection: Connection, mine: Any) -> int:
    """Delete what later runs said of the matches, and what was decided on it."""
    changes = select(ChangedMatch.id).where(ChangedMatch.match_id.in_(mine))
    connection.execute(delete(ChangedMatchDecision).where(ChangedMatchDecision.changed_match_id.in_(changes)))
    connection.execute(update(ChangedMatch).where(ChangedMatch.match_id.in_(mine)).values(supersedes_id=None))
    return connection.execute(delete(ChangedMatch).where(ChangedMatch.match_id.in_(mine))).rowcount


def _delete_moves(connection: Connection, mine: Any, released: Any) -> int:
    """Delete the moves of deleted matches, and the reasons and figures of the others."""
    gone = MatchMoved.match_id.in_(mine), MatchMoved.match_id.not_in(released)
    connection.execute(update(MatchMoved).where(*gone).values(supersedes_id=None))
    rows = connection.execute(delete(MatchMoved).where(*gone)).rowcount
    kept = update(MatchMoved).where(MatchMoved.match_id.in_(mine)).values(reason=None, figures=None)
    return rows + connection.execute(kept).rowcount
