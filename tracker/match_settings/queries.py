"""Queries of standing settings: on record, as rules, and as conditions on a table of crimes or matches."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from tracker.crimes.tables import CrimeTally, LatestCrime
from tracker.eligibility.service import mapping_programmes
from tracker.match_settings.rules import STANDARD, MatchSettings, Span, StandingRule, spans
from tracker.match_settings.tables import StandingSetting
from tracker.programme.programme_table import Programme
from tracker.record.as_known import known
from tracker.times import AsOf, london_midnight


@dataclass(frozen=True, slots=True)
class RecordedSetting:
    """A standing setting on record, `superseded_at` when it was corrected or taken back; it corrects
    `supersedes_id`."""

    id: int
    rule: StandingRule
    reason: str
    entered_by: str
    recorded_at: datetime
    superseded_at: datetime | None
    supersedes_id: int | None


def standing_settings(connection: Connection, programme_id: int, as_of: AsOf) -> list[RecordedSetting]:
    """Those of a programme that hold for crimes up to a day, as known then: by type, every other type first, and
    day."""
    began = StandingSetting.effective_on <= as_of.at
    return _rows(
        connection, StandingSetting.programme_id == programme_id, known(StandingSetting, as_of.known_at), began
    )


def history(connection: Connection, programme_id: int) -> list[RecordedSetting]:
    """Every one that was ever entered, corrected and taken back ones too."""
    return _rows(connection, StandingSetting.programme_id == programme_id)


def standing_rules(connection: Connection) -> list[StandingRule]:
    """What holds now, for all programmes."""
    return [each.rule for each in _rows(connection, known(StandingSetting))]


def programmes_matched(connection: Connection, programme: str = "") -> list[str]:
    """The programmes whose settings a match of this one is held to; of all (""), those that map crimes. Where none
    does, runs were made by files: "" has the standard."""
    if programme:
        return [programme]
    keys = select(Programme.key).where(Programme.id.in_(mapping_programmes(connection))).order_by(Programme.key)
    return list(connection.scalars(keys)) or [""]


def conditions(
    rules: list[StandingRule], programme: str, crime_type: Any, t_from: Any
) -> dict[MatchSettings, ColumnElement[bool]]:
    """By set of settings, the condition that it holds for a row; `crime_type` and `t_from` are its columns."""
    found: dict[MatchSettings, list[ColumnElement[bool]]] = {}
    for span in spans(rules, programme):
        found.setdefault(span.settings, []).append(_condition(span, crime_type, t_from))
    return {settings: or_(*each) for settings, each in found.items()}


def is_standing(connection: Connection, programme: Any, settings_sha256: Any, crime_type: Any, t_from: Any) -> Any:
    """The condition that the settings of a row are the standing ones of its crime; all but the first are its
    columns."""
    rules, mapping = standing_rules(connection), programmes_matched(connection)
    named = {rule.programme for rule in rules}.union(mapping) - {""}
    parts = []
    for key in sorted({*named, *mapping}):
        mine = programme.in_(("", key)) if key in mapping else programme == key
        for settings, holds in conditions(rules, key, crime_type, t_from).items():
            parts.append(and_(mine, settings_sha256 == settings.sha256, holds))
    others = and_(programme.not_in(["", *sorted(named)]), settings_sha256 == STANDARD.sha256)
    return or_(*parts, others)


def _condition(span: Span, crime_type: Any, t_from: Any) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = []
    if span.crime_type is not None:
        parts.append(crime_type == span.crime_type)
    elif span.but:
        parts.append(crime_type.not_in(span.but))
    if span.since is not None:
        parts.append(t_from >= london_midnight(span.since))
    if span.until is not None:
        parts.append(t_from < london_midnight(span.until))
    return and_(*parts) if parts else t_from.is_not(None)


def _rows(connection: Connection, *where: ColumnElement[bool]) -> list[RecordedSetting]:
    query = (
        select(StandingSetting.__table__, Programme.key)
        .join(Programme, Programme.id == StandingSetting.programme_id)
        .where(*where)
        .order_by(
            Programme.key,
            StandingSetting.crime_type.is_not(None),
            StandingSetting.crime_type,
            StandingSetting.effective_on,
            StandingSetting.id,
        )
    )
    return [
        RecordedSetting(
            row.id,
            StandingRule(row.key, row.crime_type, row.effective_on, MatchSettings(row.settings)),
            row.reason,
            row.recorded_by,
            row.recorded_at,
            row.superseded_at,
            row.supersedes_id,
        )
        for row in connection.execute(query)
    ]


def of_day(found: list[RecordedSetting], crime_type: str | None, on: date) -> RecordedSetting | None:
    """The one that begins on a day."""
    return next((each for each in found if (each.rule.crime_type, each.rule.effective_on) == (crime_type, on)), None)


def sets_of_crimes(
    connection: Connection, programme: str, *, since: datetime | None, until: datetime | None, crime: Any = None
) -> list[MatchSettings]:
    """The sets that hold for some crime whose window has an instant in [since, until), or for `crime` (force and
    reference) alone."""
    asked: list[ColumnElement[bool]] = []
    if since is not None:
        asked.append(LatestCrime.t_to >= since)
    if until is not None:
        asked.append(LatestCrime.t_from < until)
    if crime is not None:
        asked += [LatestCrime.force == crime[0], LatestCrime.crime_ref == crime[1]]
    found = conditions(standing_rules(connection), programme, LatestCrime.crime_type, LatestCrime.t_from)
    return [
        settings
        for settings, holds in found.items()
        if connection.scalar(select(LatestCrime.crime_id).where(holds, *asked).limit(1)) is not None
    ]


def crimes_with(connection: Connection, programme: str, settings: MatchSettings) -> set[tuple[str, str]] | None:
    """(force, reference) of the crimes for which a set is the standing one; None: it is for all."""
    rules = standing_rules(connection)
    if not rules and settings == STANDARD:
        return None
    found: set[tuple[str, str]] = set()
    for key in programmes_matched(connection, programme):
        holds = conditions(rules, key, LatestCrime.crime_type, LatestCrime.t_from).get(settings)
        if holds is not None:
            rows = connection.execute(select(LatestCrime.force, LatestCrime.crime_ref).where(holds))
            found.update(rows.tuples())
    return found


def crimes_of_type(connection: Connection, crime_type: str) -> int:
    """How many crimes on record are of a type, as it is written."""
    query = select(func.sum(CrimeTally.crimes)).where(CrimeTally.crime_type == crime_type)
    return int(connection.scalar(query) or 0)
