"""Choosing boroughs, for a person at a terminal."""

from api.schemas.delivery.boroughs import BoroughChoices, CountsWithdrawn, KnifeCrimePage
from api.views.heading import heading_in_words
from api.wording.text import table


def choices_in_words(found: BoroughChoices) -> list[str]:
    """The ranked table beside capacity, with the two reasons."""
    rows = [
        [
            "-" if each.rank is None else str(each.rank),
            each.borough,
            "-" if each.knife_crimes is None else f"{each.knife_crimes:,}",
            each.command_unit_name,
            each.state,
            each.grouping,
        ]
        for each in found.items
    ]
    room = "no maximum is stated" if found.headroom is None else _room(found.headroom)
    stated = (
        "; ".join(f"{each.words} ({each.source})" for each in found.boroughs_stated) or "the papers state no number"
    )
    heads = ["rank", "borough", f"knife crimes {found.year or ''}".strip(), "command unit", "standing", "grouping"]
    return [
        heading_in_words(found),
        "",
        f"{found.name}: boroughs for the next phase, by level of knife crime and for grouping ({found.source})",
        f"{_counted(found.live, 'borough')} live, {found.in_programme} in the programme; stated: {stated}",
        f"{_counted(found.imposed, 'condition')} imposed, {_counted(found.reserved, 'place')} reserved, {room} "
        f"({found.maximum_said})",
        *(f"Counts: {each.source}, published {each.published}; {each.licence}" for each in found.counts_from),
        *(
            []
            if found.year
            else [f"No counts published by {found.as_at} are on record: tagpilot boroughs import counts.csv"]
        ),
        "",
        table(heads, rows),
        "",
        found.decide,
    ]


def _room(headroom: int) -> str:
    return f"over by {-headroom}" if headroom < 0 else f"{headroom} {'place' if headroom == 1 else 'places'} free"


def counts_in_words(found: KnifeCrimePage) -> list[str]:
    if not found.items:
        return [heading_in_words(found), "", "No counts of knife crime are on record for this."]
    rows = [
        [
            each.borough,
            each.year,
            f"{each.knife_crimes:,}",
            str(each.published),
            each.source,
            each.licence,
            f"{each.file_id}: {each.file}",
        ]
        for each in found.items
    ]
    heads = ["borough", "year", "knife crimes", "published", "source", "licence", "file"]
    return [heading_in_words(found), "", table(heads, rows)]


def withdrawn_in_words(found: CountsWithdrawn) -> list[str]:
    counts = "1 count is" if found.withdrawn == 1 else f"{found.withdrawn} counts are"
    return [f"{counts} withdrawn; what was known before stays on record."]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
