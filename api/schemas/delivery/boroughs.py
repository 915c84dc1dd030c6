"""Knife crime by borough, and which boroughs a programme could take next, on the wire."""

from datetime import date

from api.schemas.delivery.papers import ReadingOut
from api.schemas.fields import Key, Long
from api.schemas.wire import Body, StateAnswer, StatePage, Wire
from tracker.knife_crime.choice import Choice
from tracker.knife_crime.queries import Count


class BoroughChoice(Wire, frozen=True, kw_only=True):
    """A borough with the paper's two reasons in words: `level` of knife crime and `grouping`. `rank` of `of` boroughs
    with a count; `standing`: live, planned or not in the programme, and `state` in words; `toComeInUnit`: knife crimes
    of its command unit's boroughs where the programme is not live."""

    borough: str
    gss: str
    rank: int | None
    of: int
    knife_crimes: int | None
    command_unit: str | None
    command_unit_name: str
    standing: str
    state: str
    level: str
    grouping: str
    live_in_unit: list[str]
    planned_in_unit: list[str]
    to_come_in_unit: int


class CountSource(Wire, frozen=True, kw_only=True):
    """Where the counts come from, under which licence, and when they were published."""

    source: str
    licence: str
    published: date


class BoroughChoices(StateAnswer, frozen=True, kw_only=True):
    """Every borough, ranked, beside the programme's capacity. `year`: of the counts, nothing where none is on record,
    and the `years` there are; `boroughsStated`: how many boroughs the papers speak of; `source`: the paragraph of the
    two reasons. Nothing is chosen here: `decide` says how a choice is entered as a decision."""

    programme: str
    name: str
    year: str | None
    years: list[str]
    order_by: str
    imposed: int
    reserved: int
    maximum: int | None
    maximum_said: str
    headroom: int | None
    live: int
    in_programme: int
    boroughs_stated: list[ReadingOut]
    counts_from: list[CountSource]
    source: str
    decide: str
    items: list[BoroughChoice]
    total: int


class KnifeCrimeCount(Wire, frozen=True, kw_only=True):
    """Knife crimes of a borough in a year, as published on a day; `fileId`: the number of the file they came by."""

    borough: str
    year: str
    knife_crimes: int
    published: date
    source: str
    licence: str
    file_id: int
    file: str


class KnifeCrimePage(StatePage, frozen=True, kw_only=True):
    items: list[KnifeCrimeCount]


class CountsWithdrawn(Wire, frozen=True, kw_only=True):
    """How many counts are withdrawn."""

    withdrawn: int


class CountsWithdrawnIn(Body, frozen=True, kw_only=True):
    """The counts of one file, by the `fileId` that they are listed with, or those of one borough and year."""

    file_id: int | None = None
    borough: Key | None = None
    year: Key | None = None
    reason: Long


def choice_out(found: Choice, year: str | None) -> BoroughChoice:
    return BoroughChoice(
        borough=found.borough,
        gss=found.gss,
        rank=found.rank,
        of=found.of,
        knife_crimes=found.count,
        command_unit=found.unit,
        command_unit_name=found.unit_name,
        standing=found.standing.value,
        state=found.state,
        level=found.level_in_words(year),
        grouping=found.group_in_words(),
        live_in_unit=list(found.with_live),
        planned_in_unit=list(found.with_planned),
        to_come_in_unit=found.to_come,
    )


def count_out(found: Count) -> KnifeCrimeCount:
    return KnifeCrimeCount(
        borough=found.borough,
        year=found.year,
        knife_crimes=found.count,
        published=found.published,
        source=found.source,
        licence=found.licence,
        file_id=found.file_id,
        file=found.file,
    )
