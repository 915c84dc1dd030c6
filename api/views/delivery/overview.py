"""The officer's overview for a person at a terminal: one screen."""

from collections.abc import Iterator

from api.schemas.delivery.status import OverviewOut, ToDo
from api.views.delivery.papers import sizes_in_words, to_come_in_words
from api.wording.text import table
from tracker.money import pounds

NOT_KNOWN = "not known"
_MONTHS_SHOWN = 12


def overview_in_words(now: OverviewOut) -> list[str]:
    return [
        f"{now.name} ({', '.join(now.papers) or 'no paper'})",
        *to_come_in_words(now.to_come),
        "",
        "For you to do" if now.to_do else "Nothing waits for you.",
        *(line for each in now.to_do for line in _one(each)),
        "",
        *_figures(now),
        "",
        now.places.message,
        *_phases(now),
        *_course(now),
        "",
        now.money_message,
        *_money(now),
    ]


def _one(each: ToDo) -> list[str]:
    due = "" if each.due is None else f", was due {each.due}"
    return [f"  - {each.tag}: {each.words} ({each.source}{due})" if each.source else f"  - {each.tag}: {each.words}"]


def figure(number: int | None) -> str:
    """A figure as it is written: never 0 for what is not known."""
    return NOT_KNOWN if number is None else f"{number:,}"


def _figures(now: OverviewOut) -> Iterator[str]:
    places = f"{figure(now.boroughs_live)} live of {now.boroughs_planned} planned"
    if now.boroughs_not_known:
        places += f", {now.boroughs_not_known} not known"
    if now.imposed is None:
        yield f"Places      {places}"
        if now.size:
            yield f"Size        {sizes_in_words(now.size)}"
        return
    maximum = "no maximum is stated" if now.maximum is None else f"of {now.maximum:,}"
    yield f"Imposed     {figure(now.imposed)}, {maximum}; {figure(now.reserved)} reserved"
    yield f"Worn now    {figure(now.worn)}; fitted so far {figure(now.fitted)}"
    yield f"Boroughs    {places}"
    yield f"In stock    {figure(now.in_stock)}; lost {figure(now.lost)}"
    yield f"Crime maps  {figure(now.may_be_mapped)} may be mapped, of {figure(now.scored)} scored"
    ladder = ", ".join(f"{number:,} {state}" for state, number in now.licences.items())
    yield f"Licences    {ladder or 'none'}; open alerts {figure(now.alerts_waiting)}"


def _phases(now: OverviewOut) -> list[str]:
    rows = [
        [each.name, figure(each.maximum), f"{each.live} of {each.boroughs}", figure(each.not_known), each.state]
        for each in now.places.phases
    ]
    return ["", table(["phase", "maximum", "live", "not known", "state"], rows)] if rows else []


def _course(now: OverviewOut) -> list[str]:
    """The last day of each month on which something changed, and the last day."""
    if not now.course:
        return []
    months = {(row.day.year, row.day.month): row for row in now.course}
    rows = [
        [str(row.day), *(figure(n) for n in (row.imposed, row.fitted, row.worn, row.maximum))]
        for row in list(months.values())[-_MONTHS_SHOWN:]
    ]
    return ["", now.maximum_message or "", "", table(["until", "imposed", "fitted", "worn", "maximum"], rows)]


def _money(now: OverviewOut) -> list[str]:
    rows = [
        [
            now.titles.get(line.line, line.line) + (f" {line.year}" if line.year else ""),
            pounds(line.allocated_pence),
            pounds(line.actual_pence),
            pounds(line.committed_pence),
            pounds(line.free_pence) if line.free_pence >= 0 else f"over by {pounds(-line.free_pence)}",
        ]
        for line in now.money.lines
    ]
    rows.append(["Not on a line", pounds(now.money.unallocated_pence), "-", "-", "-"])
    return [table(["line", "allocated", "spent", "committed", "free"], rows)]
