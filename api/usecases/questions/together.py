"""Which wearers were together: of those who may be matched, each in that time alone, for a stated purpose; not kept."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from math import hypot

from api.schemas.matching.candidates import Against
from api.schemas.questions.together import (
    LEAST_MINUTES,
    LEAST_WITHIN_M,
    MOST_TOGETHER_HOURS,
    MOST_WITHIN_M,
    PairTogether,
    SpellTogether,
    TogetherAnswer,
    TogetherAsked,
    TogetherIn,
)
from api.usecases.people_lock import working_with_people
from api.usecases.questions.stated import Bounds, check_interval, check_stated, record_disclosure, who_may_be_read
from api.usecases.request_context import RequestContext
from api.usecases.stores import open_fixes
from api.wording.questions import Home, against_together
from api.wording.text import lasting, london
from matcher.questions.asked_of import epoch_us
from matcher.questions.kernels.arrays import Asked
from matcher.questions.together import Pair, Spell, who_was_together
from tracker.people.queries import homes_on
from tracker.times import london_day


def ask_together(context: RequestContext, wanted: TogetherIn) -> TogetherAnswer:
    """Pairs of wearers who were within a distance of each other for so long in an interval.

    Raises
    ------
    OutOfBounds
        The distance, the length of time or the interval is out of bounds.
    BadInput
        More wearers were near one another than are followed in one question.
    BadEntry
        The purpose or the authority names a person on record.
    Refused
        No programme maps crimes.
    StoreError
        No fixes were ever imported.
    """
    check_stated(context, wanted)
    check_interval(wanted.from_, wanted.to, timedelta(hours=MOST_TOGETHER_HOURS))
    Bounds("withinM", LEAST_WITHIN_M, MOST_WITHIN_M, "metres").check(wanted.within_m)
    minutes = (wanted.to - wanted.from_) / timedelta(minutes=1)
    most = max(LEAST_MINUTES, minutes)
    Bounds("leastMinutes", LEAST_MINUTES, most, "minutes, no more than the interval has").check(wanted.least_minutes)
    with working_with_people(context.settings):
        may = who_may_be_read(context)
        asked = Asked(epoch_us(wanted.from_), epoch_us(wanted.to), wanted.within_m * 1000)
        found = who_was_together(open_fixes(context.settings), may, asked, 60 * wanted.least_minutes, wanted.limit)
        with context.reader.connect() as connection:
            homes = homes_on(connection, found.asked, london_day(wanted.from_))
    with_whom: dict[str, set[str]] = defaultdict(set)
    for one, other in (pair.wearers for pair in found.pairs):
        with_whom[one].add(other)
        with_whom[other].add(one)
    shown = found.pairs[: wanted.limit]
    record_disclosure(
        context,
        "together",
        wanted,
        sorted({wearer for pair in shown for wearer in pair.wearers}),
        within_m=wanted.within_m,
        least_minutes=wanted.least_minutes,
        wearers_asked=len(found.asked),
    )
    return TogetherAnswer(
        asked=TogetherAsked(
            within_m=wanted.within_m,
            least_minutes=wanted.least_minutes,
            from_=wanted.from_,
            to=wanted.to,
            purpose=wanted.purpose,
            authority=wanted.authority,
        ),
        wearers_asked=len(found.asked),
        items=[_pair(pair, with_whom, homes) for pair in shown],
        total=len(found.pairs),
        limit=wanted.limit,
    )


def _pair(pair: Pair, with_whom: Mapping[str, set[str]], homes: Mapping[str, Home]) -> PairTogether:
    one, other = pair.wearers
    points = against_together(pair.wearers, pair.spells, len(with_whom[one] & with_whom[other]), homes)
    return PairTogether(
        wearer_ref=one,
        other_wearer_ref=other,
        together_s=pair.together_s,
        in_words=_in_words(pair.together_s, pair.spells),
        spells=[_spell(each) for each in pair.spells],
        speaks_against=[Against(code=p.code, sentence=p.sentence, figures=p.figures) for p in points],
    )


def _in_words(together_s: float, spells: Sequence[Spell]) -> str:
    """`together for 42 min 00 s, first at 2019-10-04 21:03:00 BST`; with several spells, how many."""
    times = "" if len(spells) == 1 else f" in {len(spells):,} spells"
    return f"together for {lasting(together_s)}{times}, from {london(spells[0].since)}"


def _spell(spell: Spell) -> SpellTogether:
    return SpellTogether(
        from_=spell.since,
        to=spell.until,
        together_s=spell.together_s,
        easting_m=round((spell.west_m + spell.east_m) / 2, 3),
        northing_m=round((spell.south_m + spell.north_m) / 2, 3),
        extent_m=round(hypot(spell.east_m - spell.west_m, spell.north_m - spell.south_m), 3),
    )
