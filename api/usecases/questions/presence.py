"""Who was here between these times: of wearers who may be matched throughout, for a stated purpose, and not kept."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import polars as pl
from sqlalchemy import Engine

from api.schemas.matching.candidates import Against, pair_of, visits_by_pair
from api.schemas.questions.presence import (
    MOST_HOURS,
    MOST_RADIUS_M,
    NotAsked,
    PresenceAnswer,
    PresenceAsked,
    PresenceIn,
    here_of,
    others_of,
    verdict_counts_of,
)
from api.usecases.people_lock import working_with_people
from api.usecases.questions.stated import (
    Bounds,
    check_interval,
    check_stated,
    grid_place,
    record_disclosure,
    who_may_be_read,
)
from api.usecases.request_context import RequestContext
from api.usecases.stores import open_events, open_fixes
from api.wording.against import Shown, speaks_against
from api.wording.questions import home_here, not_asked_in_words, of_interval
from matcher.questions.presence import PlaceAndTime, WasHere, who_was_here
from tracker.people.queries import homes_on
from tracker.times import london_day

LONGEST = timedelta(hours=MOST_HOURS)
_OF_A_CRIME = frozenset({"long_window", "crowd", "strength"})
"""What speaks against a match alone: that the crime's time is not known, and what chance brings."""


def ask_presence(context: RequestContext, wanted: PresenceIn) -> PresenceAnswer:
    """Who was in a circle in an interval.

    Raises
    ------
    OutOfBounds
        The place, the radius or the interval is out of bounds.
    BadEntry
        The purpose or the authority names a person on record.
    Refused
        No programme maps crimes.
    StoreError
        No fixes were ever imported.
    """
    check_stated(context, wanted)
    check_interval(wanted.from_, wanted.to, LONGEST)
    Bounds("radiusM", 10, MOST_RADIUS_M, "metres").check(wanted.radius_m)
    place = grid_place(wanted.place)
    asked = PlaceAndTime(place.easting_m, place.northing_m, wanted.radius_m, wanted.from_, wanted.to)
    with working_with_people(context.settings):
        may = who_may_be_read(context)
        found = who_was_here(open_fixes(context.settings), may, open_events(context.settings), asked)
        against = _against(context.reader, found, asked)
    items = here_of(found, against)
    here = [each.wearer_ref for each in items]
    others = others_of(found.verdicts, here) if wanted.list_others else None
    record_disclosure(
        context,
        "presence",
        wanted,
        [*here, *(each.wearer_id for each in others or ())],
        place=[place.easting_m, place.northing_m],
        radius_m=wanted.radius_m,
        others_listed=wanted.list_others,
        wearers_asked=found.verdicts.height,
    )
    return PresenceAnswer(
        asked=PresenceAsked(
            place=place,
            radius_m=wanted.radius_m,
            from_=wanted.from_,
            to=wanted.to,
            purpose=wanted.purpose,
            authority=wanted.authority,
        ),
        counts=verdict_counts_of(found.verdicts),
        not_asked=NotAsked(
            matchable_in_part=found.partly,
            not_monitored=found.not_monitored,
            in_words=not_asked_in_words(found.partly, found.not_monitored),
        ),
        items=items,
        total=len(items),
        others=others,
    )


def _against(engine: Engine, found: WasHere, asked: PlaceAndTime) -> dict[str, list[Against]]:
    """What speaks against each: as of a candidate match, and that the wearer lives here."""
    crime, visits = asked.window.row(0, named=True), visits_by_pair(found.visits)
    with engine.connect() as connection:
        homes = homes_on(connection, found.here["wearer_id"].to_list(), london_day(asked.t_from))
    out = {}
    for row in found.here.iter_rows(named=True):
        wearer, mine = row["wearer_id"], found.windows[row["wearer_id"]]
        points = speaks_against(
            Shown(
                crime=crime,
                candidate=row,
                radius_m=asked.radius_m,
                visits=visits.get(pair_of(row), []),
                fixes=mine.fixes.to_dicts(),
                gaps=mine.gaps.to_dicts(),
                suspect=mine.quality.to_dicts(),
                events=_events(found.events, wearer),
            )
        )
        points = [*home_here(homes.get(wearer), asked), *(p for p in points if p.code not in _OF_A_CRIME)]
        out[wearer] = [Against(code=p.code, sentence=of_interval(p.sentence), figures=p.figures) for p in points]
    return out


def _events(reported: pl.DataFrame, wearer: str) -> Sequence[Mapping[str, Any]]:
    return reported.filter(pl.col("wearer_id") == wearer).select("t", "event").sort("t", "event").to_dicts()
