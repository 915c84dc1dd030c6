"""Choosing boroughs: counts of knife crime by borough, and the ranked table for the next phase. PCD 570, 1.6 and
2.2."""

from api.schemas.delivery.boroughs import (
    BoroughChoices,
    CountSource,
    CountsWithdrawn,
    KnifeCrimePage,
    choice_out,
    count_out,
)
from api.schemas.delivery.papers import ReadingOut
from api.usecases.request_context import Page, Programme, RequestContext
from geo.borough_names import NoSuchBorough, borough_named
from tracker.access.roles import Right
from tracker.errors import BadEntry, NotFound
from tracker.knife_crime import service
from tracker.knife_crime.choice import SOURCE, Order, Standing, choices
from tracker.knife_crime.queries import WantedCounts, count_page, counts_of, years_published
from tracker.programme.discrepancies import stated_in_words
from tracker.programme.queries import rows_of
from tracker.projections.figure_queries import places_taken
from tracker.rollout.queries import places
from tracker.times import AsOf

DECIDE = (
    "A choice is a decision like any other: tagpilot programme decide, with --borough and --phase, or the entries of "
    "that decision over HTTP."
)


def choose(
    context: RequestContext, programme: Programme, as_of: AsOf, *, year: str | None, order_by: str
) -> BoroughChoices:
    """Every borough ranked, with the two reasons, beside capacity and what is live. `year` None: the latest published.

    Raises NotFound for a year without counts, naming those there are.
    """
    context.require(Right.READ_PROGRAMME)
    context.require_tags(programme)
    with context.reader.connect() as connection:
        years = years_published(connection, as_of)
        if year is not None and year not in years:
            there_are = f"The years are {', '.join(years)}." if years else _NO_COUNTS
            raise NotFound(f"No counts of knife crime for {year} were published by {as_of.at}. {there_are}")
        chosen = year or next(iter(years), None)
        counts = {} if chosen is None else counts_of(connection, chosen, as_of)
        boroughs = places(connection, programme.id, as_of)
        full = places_taken(connection, programme.id, as_of).capacity
        stated = rows_of(connection, "statement", programme.id, as_of)
    found = choices({name: each.count for name, each in counts.items()}, boroughs, as_of.at, Order(order_by))
    sources = {(c.source, c.licence, c.published) for c in counts.values()}
    return BoroughChoices(
        **context.heading(as_of),
        programme=programme.key,
        name=programme.name,
        year=chosen,
        years=years,
        order_by=order_by,
        imposed=full.imposed,
        reserved=full.reserved,
        maximum=full.maximum.tags,
        maximum_said=full.maximum.words,
        headroom=full.headroom,
        live=sum(each.standing is Standing.LIVE for each in found),
        in_programme=sum(each.standing is not Standing.OUTSIDE for each in found),
        boroughs_stated=[
            ReadingOut(words=stated_in_words(row), source=row["source"])
            for row in stated
            if row["subject"] == "boroughs"
        ],
        counts_from=[CountSource(source=s, licence=licence, published=on) for s, licence, on in sorted(sources)],
        source=SOURCE,
        decide=DECIDE,
        items=[choice_out(each, chosen) for each in found],
        total=len(found),
    )


_NO_COUNTS = "There are none yet: tagpilot boroughs import counts.csv."


def list_counts(
    context: RequestContext, as_of: AsOf, page: Page, *, borough: str | None = None, year: str | None = None
) -> KnifeCrimePage:
    """Counts published by that day, the latest year first. Raises BadEntry for a borough that there is not."""
    context.require(Right.READ_PROGRAMME)
    wanted = WantedCounts(_borough(borough), year, page.limit, page.offset)
    with context.reader.connect() as connection:
        found, total = count_page(connection, as_of, wanted)
    items = [count_out(each) for each in found]
    return KnifeCrimePage(**context.heading(as_of), items=items, total=total, limit=page.limit, offset=page.offset)


def withdraw_counts(
    context: RequestContext, *, file_id: int | None, borough: str | None, year: str | None, reason: str
) -> CountsWithdrawn:
    """The counts of one file, or of one borough and year, were entered by mistake."""
    context.require(Right.ENTER_PROGRAMME)
    done = service.withdraw(
        context.engine, file_id=file_id, borough=_borough(borough), year=year, reason=reason, **context.entered
    )
    return CountsWithdrawn(withdrawn=done)


def _borough(text: str | None) -> str | None:
    try:
        return None if text is None else borough_named(text).name
    except NoSuchBorough as wrong:
        raise BadEntry(f"{wrong}.") from wrong
