"""Which matches may be shown, kept in their rows: whose wearer may be matched throughout the window; and which have the
standing settings of their crime. Both as known now.

It follows `eligible_span`: `tracker.projections.service` calls `follow` by name, because it is below this package, and
whoever writes matches calls `keep_shown`. All in the transaction that changed either.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Text, case, cast, func, insert, or_, select, update

from tracker.match_settings.queries import is_standing
from tracker.match_settings.rules import MatchSettings
from tracker.pieces import in_pieces
from tracker.projections.queries import may_be_shown
from tracker.record.engine import reading
from tracker.review.changed_queries import waiting_differences
from tracker.review.queries import in_queue
from tracker.review.states import MatchState
from tracker.review.strength import UNKNOWN_Q, falling
from tracker.review.tables import Match, MatchNews

_MAY = may_be_shown(Match.wearer_ref, Match.t_from, Match.t_to)


def follow(connection: Connection, wearers: Collection[str]) -> None:
    """When these wearers may be matched has changed."""
    for some in in_pieces(sorted(wearers)):
        keep_shown(connection, Match.wearer_ref.in_(some))


def keep_shown(connection: Connection, which: ColumnElement[bool] | None = None) -> None:
    """Of these matches, or of all. Those that come to be shown are news."""
    stands = or_(Match.shown & ~_MAY, ~Match.shown & _MAY)
    conditions = [] if which is None else [which]
    note_news(connection, ~Match.shown, _MAY, Match.state != MatchState.WITHDRAWN, in_queue(), *conditions)
    query = update(Match).where(stands).values(shown=~Match.shown)
    connection.execute(query if which is None else query.where(which))


def note_news(connection: Connection, *which: ColumnElement[bool]) -> None:
    """These matches are news."""
    made = select(Match.id).where(*which).order_by(Match.id)
    connection.execute(insert(MatchNews).from_select([MatchNews.match_id.key], made))


def keep_standing(connection: Connection, which: ColumnElement[bool] | None = None) -> None:
    """Of these matches, or of all, whether their settings are the standing ones. Those that may be shown and enter the
    queue by that are news; of new ones this is asked first."""
    is_now = _standing(connection)
    conditions = [] if which is None else [which]
    note_news(connection, ~Match.standing, is_now, Match.shown.is_(True), Match.state == MatchState.NEW, *conditions)
    query = (
        update(Match).where(or_(Match.standing & ~is_now, ~Match.standing & is_now)).values(standing=~Match.standing)
    )
    connection.execute(query if which is None else query.where(which))


def leaving_queue(connection: Connection) -> int:
    """How many new matches in the queue have the standing settings no more."""
    going = select(func.count()).select_from(Match)
    queued = going.where(Match.state == MatchState.NEW, Match.shown, Match.standing, ~_standing(connection))
    return connection.scalar(queued) or 0


def _standing(connection: Connection) -> ColumnElement[bool]:
    found: ColumnElement[bool] = is_standing(
        connection, Match.programme, Match.settings_sha256, Match.crime_type, Match.t_from
    )
    return found


_RANKS: dict[Any, Any] = {
    Match.rank_q: func.coalesce(Match.q_value, UNKNOWN_Q),
    Match.rank_p: func.coalesce(-Match.p_present, falling(None)),
    Match.rank_e: func.coalesce(-Match.e_value, falling(None)),
}
_MISPLACED = or_(*(column != rank for column, rank in _RANKS.items()))


def shown_differences(engine: Engine) -> list[str]:
    """Matches whose row does not say what the facts give; nothing is changed."""
    differ = or_(case((_MAY, True), else_=False) != Match.shown, _MISPLACED)
    with reading(engine).connect() as connection:
        standing = case((_standing(connection), True), else_=False) != Match.standing
        found = {*connection.scalars(select(Match.id).where(or_(differ, standing))), *waiting_differences(connection)}
        found.update(_other_settings(connection))
    return [
        f"candidate_match {match_id} is not listed as the facts give: make it anew with tagpilot db rebuild"
        for match_id in sorted(found)
    ]


def _other_settings(connection: Connection) -> list[int]:
    """Matches whose settings are not those of their digest."""
    text = cast(Match.settings, Text)
    sets = connection.execute(
        select(Match.settings_sha256, text, func.min(Match.id)).group_by(Match.settings_sha256, text)
    )
    return [match_id for sha256, stored, match_id in sets if MatchSettings(json.loads(stored)).sha256 != sha256]


def rebuild(connection: Connection) -> None:
    """Make anew what the rows of matches say for the list; only those that differ are written."""
    connection.execute(update(Match).where(_MISPLACED).values(_RANKS))
    keep_standing(connection)
    keep_shown(connection)
    for match_id in waiting_differences(connection):
        connection.execute(update(Match).where(Match.id == match_id).values(waits=~Match.waits))
