"""Matching again what an earlier version of the matcher matched: which months have open matches of one, and the jobs
that match them again.

A *month* here is a pool: the crimes of one programme and one set of settings that begin in a calendar month of London.
It is matched again as it was matched: the crimes that the jobs for review asked for, at their latest versions.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import Connection, Engine

from api.schemas.matching.jobs import job_out
from api.schemas.matching.params import job_params_of
from api.schemas.matching.rematch import MonthToMatch, Rematch
from api.settings import Settings
from api.usecases.request_context import RequestContext
from api.wording.rematch import month_to_match_in_words, rematch_in_words
from geo.clock import to_london
from matcher.errors import BadParams
from matcher.params import ALGORITHM, Params
from tracker.access.roles import Right
from tracker.crimes.queries import latest_crimes
from tracker.errors import BadEntry
from tracker.jobs import queries as job_queries
from tracker.jobs import service as jobs
from tracker.jobs.run_queries import asked_by_runs
from tracker.record.engine import reading
from tracker.review.changed_queries import older_counts, older_digests, older_matches
from tracker.review.states import MatchState
from tracker.times import london_midnight

Asked = Mapping[str, Any]


class Standing(NamedTuple):
    """A programme ("": all that map crimes) and settings, as the text of all of them and of the levels of accuracy that
    a job gave."""

    programme: str
    settings: str
    what_if: str = ""


@dataclass(slots=True)
class OlderMonth:
    """Open matches of one month that earlier versions of the matcher (`by`; None: not known) tested last."""

    standing: Standing
    month: str
    params: dict[str, Any]
    levels: list[dict[str, Any]]
    kept: dict[str, Any] = field(default_factory=dict)
    """What else the jobs were: with standing settings."""
    states: Counter[MatchState] = field(default_factory=Counter)
    by: set[str | None] = field(default_factory=set)
    crimes: set[tuple[str, str]] = field(default_factory=set)

    @property
    def key(self) -> str:
        """Tells it from the other months that are to be matched again: `2019-09-` and letters of its programme and
        settings."""
        given = json.dumps(self.standing).encode()
        return f"{self.month}-{hashlib.sha256(given).hexdigest()[:8]}"

    @property
    def asked(self) -> dict[str, Any]:
        """The job that matches it again."""
        programme = {"programme": self.standing.programme} if self.standing.programme else {}
        levels = {"accuracyLevels": self.levels} if self.levels else {}
        what_if = {"whatIf": self.standing.what_if} if self.standing.what_if else {}
        asked = {"params": self.params, "forReview": True, "rematch": self.month}
        return {**programme, **levels, **what_if, **self.kept, **asked}


def preview(context: RequestContext) -> Rematch:
    """What would be matched again; nothing is stored."""
    context.require(Right.RUN_MATCHES)
    with context.reader.connect() as connection:
        found = older_months(connection)
    return _answer(found, [None] * len(found))


def of_job(context: RequestContext, job_id: int) -> set[str]:
    """The keys of the months to be matched again that a job matched: of its programme and settings, in its days.

    Raises NotFound where there is no such match job.
    """
    context.require(Right.RUN_MATCHES)
    with context.reader.connect() as connection:
        asked = job_queries.job_of(connection, job_id).asked
        found = older_months(connection)
    mine = standing_of(asked)
    return {each.key for each in found if each.standing == mine and _is_within(each.month, asked)}


def _is_within(month: str, asked: Asked) -> bool:
    """Whether crimes of a month may be among those that a job asked for."""
    if "rematch" in asked:
        return bool(asked["rematch"] == month)
    since, until = _span(month)
    first, last = (datetime.fromisoformat(text).astimezone(UTC) if (text := asked.get(k)) else None for k in _ENDS)
    return (first is None or first < until) and (last is None or last > since)


def rematch(context: RequestContext, only: Collection[str] | None = None) -> Rematch:
    """Store a job for each month that has open matches of an earlier version, or for those of the keys `only`; one that
    waits or runs already is not stored again.

    Raises BadEntry for a key of which nothing is to be matched again.
    """
    context.require(Right.RUN_MATCHES)
    with context.reader.connect() as connection:
        found = older_months(connection)
    if only is not None:
        if gone := sorted(set(only) - {each.key for each in found}):
            named = ", ".join(key[:40] for key in gone[:5])
            raise BadEntry(f"Nothing of {named} is to be matched again any more. Load the list again.")
        found = [each for each in found if each.key in only]
    made = _stored(context.engine, found, **context.entered)
    if made:
        context.wake_worker()
    return _answer(found, made)


def rematch_by_itself(engine: Engine, settings: Settings, *, by: str, now: datetime) -> int:
    """The same for a worker that starts, where the settings say so; how many months."""
    if not settings.rematch:
        return 0
    with reading(engine).connect() as connection:
        found = older_months(connection)
    _stored(engine, found, by=by, now=now)
    return len(found)


def older_in_words(connection: Connection, programme: str | None = None) -> str | None:
    """How many months have open matches of an earlier version, and what to do; of one programme, or of all. None: all
    is of the present version."""
    counted = older_counts(connection, ALGORITHM)
    asked = asked_by_runs(connection, {each.run_id for each in counted})
    months: Counter[tuple[str, Standing]] = Counter()
    for each in counted:
        standing = standing_of(asked.get(each.run_id, {}))
        if programme is None or standing.programme in ("", programme):
            months[each.month, standing] += each.matches
    return rematch_in_words(len(months), months.total(), ALGORITHM)


def older_months(connection: Connection) -> list[OlderMonth]:
    """By month, then by programme and settings."""
    matches = older_matches(connection, ALGORITHM)
    if not matches:
        return []
    asked = dict(job_queries.asked_by_run(connection))
    found: dict[tuple[str, Standing], OlderMonth] = {}
    for match in matches:
        of_run = asked.get(match.run_id, {})
        month = f"{to_london(match.t_from):%Y-%m}"
        key = (month, standing_of(of_run))
        given = dict(of_run.get("params", {})), list(of_run.get("accuracyLevels") or [])
        standing = {"standing": True} if of_run.get("standing") else {}
        group = found.setdefault(key, OlderMonth(key[1], month, *given, standing))
        group.states[match.state] += 1
        group.by.add(match.algorithm)
        group.crimes.add((match.force, match.crime_ref))
    return [found[key] for key in sorted(found)]


def standing_of(asked: Asked) -> Standing:
    """The programme and settings of a job, with the standard of this version where it said nothing."""
    given = dict(asked.get("params", {}))
    try:
        settings = Params.from_json({**Params().to_json(), **given}).to_json()
    except BadParams:
        # A setting that this version does not have, or takes no more.
        settings = given
    both = [settings, asked.get("accuracyLevels") or []]
    return Standing(asked.get("programme") or "", json.dumps(both, sort_keys=True), asked.get("whatIf") or "")


def replaced_digests(connection: Connection, asked: Asked, params_sha256: str) -> tuple[str, ...]:
    """The digests of the same programme and settings under other versions of the matcher."""
    older = older_digests(connection, ALGORITHM, params_sha256)
    if not older:
        return ()
    by_run, mine = dict(job_queries.asked_by_run(connection)), standing_of(asked)
    return tuple(sorted({digest for digest, run_id in older if standing_of(by_run.get(run_id, {})) == mine}))


def crimes_of_month(engine: Engine, asked: Asked) -> pl.DataFrame:
    """Force and reference of each crime that a job for a month matches again."""
    month, mine = str(asked["rematch"]), standing_of(asked)
    with reading(engine).connect() as connection:
        before = [each for _, each in job_queries.asked_by_run(connection) if standing_of(each) == mine]
        matched = {
            crime
            for each in older_months(connection)
            if (each.standing, each.month) == (mine, month)
            for crime in each.crimes
        }
    since, until = _span(month)
    begins = pl.col("t_from").is_between(since, until, closed="left")
    by_range, by_hand = pl.lit(False), defaultdict(set)
    for each in before:
        if not each.get("forReview", True) or "rematch" in each:
            continue
        if "crime" in each:
            by_hand[each["crime"][0]].add(each["crime"][1])
        else:
            by_range |= _asked_for(each)
    one_by_one = pl.any_horizontal(
        pl.lit(False),
        *[(pl.col("force") == force) & pl.col("crime_ref").is_in(sorted(refs)) for force, refs in by_hand.items()],
    )
    crimes = latest_crimes(engine)
    listed = pl.DataFrame(sorted(matched), {"force": pl.String(), "crime_ref": pl.String()}, orient="row")
    of_month = crimes.filter(begins & (by_range | one_by_one)).select("force", "crime_ref")
    return pl.concat([of_month, listed]).unique(maintain_order=True)


def _asked_for(asked: Asked) -> pl.Expr:
    """Crimes whose window has an instant in [from, to), as a job asks for them."""
    since, until = (datetime.fromisoformat(text).astimezone(UTC) if (text := asked.get(k)) else None for k in _ENDS)
    wanted = pl.lit(True)
    if since is not None:
        wanted &= pl.col("t_to") >= since
    if until is not None:
        wanted &= pl.col("t_from") < until
    return wanted


_ENDS = ("from", "to")


def _span(month: str) -> tuple[datetime, datetime]:
    first = date.fromisoformat(f"{month}-01")
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return london_midnight(first), london_midnight(following)


def _stored(engine: Engine, found: list[OlderMonth], *, by: str, now: datetime) -> list[job_queries.Job]:
    if not found:
        return []
    return jobs.create_missing(engine, [each.asked for each in found], by=by, now=now, clock=datetime.now(UTC))


def _answer(found: list[OlderMonth], made: "list[job_queries.Job] | list[None]") -> Rematch:
    items = []
    for each, job in zip(found, made, strict=True):
        of = {state.value: each.states[state] for state in each.states}
        items.append(
            MonthToMatch(
                key=each.key,
                month=each.month,
                programme=each.standing.programme or None,
                params=job_params_of(each.params),
                matched_by=sorted(version for version in each.by if version is not None),
                new=of.get("new", 0),
                in_review=of.get("in review", 0),
                confirmed=of.get("confirmed", 0),
                released=of.get("released", 0),
                in_words=month_to_match_in_words(each.month, of, len(each.crimes)),
                job=None if job is None else job_out(job),
            )
        )
    matches = sum(each.states.total() for each in found)
    return Rematch(items=items, algorithm=ALGORITHM, in_words=rematch_in_words(len(found), matches, ALGORITHM))
