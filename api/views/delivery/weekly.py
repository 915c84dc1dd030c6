"""The weekly return, for a person at a terminal."""

from api.schemas.delivery.weekly import WeekCounts, WeeklyReturn
from api.wording.text import table

_TITLES = ["week of", "borough", "conditions", "fittings", "removals", "losses", "recalls", "alerts"]


def weekly_in_words(found: WeeklyReturn) -> list[str]:
    rows = []
    for week in found.weeks:
        rows += [[str(week.monday), each.borough, *_cells(each.counts)] for each in week.boroughs]
        rows.append([str(week.monday), "all", *_cells(week.total)])
    return [f"{found.name}: {found.from_day} to {found.to_day}", "", table(_TITLES, rows)]


def _cells(of: WeekCounts) -> list[str]:
    return [str(each) for each in (of.conditions, of.fittings, of.removals, of.losses, of.recalls, of.alerts)]
