"""The same wearer at several crimes, at a terminal."""

from api.schemas.questions.series import SeriesAnswer, WearerSeries
from api.views.matching.candidates import cut
from api.views.matching.run import indented, wrapped
from api.wording.text import london, table
from tracker.counted import counted


def series_in_words(found: SeriesAnswer) -> list[str]:
    """The question, and each wearer with their crimes."""
    asked = found.asked
    lines = [
        f"Wearers with matches at {asked.at_least:,} crimes or more that began",
        f"from {london(asked.from_)} to {london(asked.to)}",
        f"Purpose: {asked.purpose} ({asked.authority})",
        "",
        f"Wearers: {found.total:,}",
        *cut(found.total, found.limit),
        "",
    ]
    for each in found.items:
        lines += [*_wearer(each), ""]
    return [*lines, *wrapped(found.meaning)]


def _wearer(each: WearerSeries) -> list[str]:
    titles = ["match", "crime", "type", "from", "state", "what was seen"]
    rows = [
        [str(m.id), f"{m.force} {m.crime_ref}", m.crime_type, london(m.crime_from), m.state, m.in_words]
        for m in each.matches
    ]
    head = f"{each.wearer_ref}: {counted(each.crimes, 'crime')}. {each.on_like_days.in_words}"
    return [head, *indented(table(titles, rows))]
