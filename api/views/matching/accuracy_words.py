"""The report on the real accuracy of device models as its page shows it."""

from datetime import date
from typing import NamedTuple

from api.schemas.matching.accuracy_levels import AdoptionOut
from api.schemas.matching.real_accuracy import AccuracyBand, AccuracyReport, FoundRadius, ModelFound
from api.wording.accuracy import reason_to_adopt

WITHHELD = "[c]"
"""In the place of a figure of too few people."""


class RatioRow(NamedTuple):
    """The real radius over the stated one, of fixes that state a radius as `words` say."""

    words: str
    ratio: str
    low: str
    high: str
    ratio_95: str
    people: str
    nights: str
    fixes: str


class ToAdopt(NamedTuple):
    """What a report would have adopted. `level`: the one in force, "" for none."""

    model: str
    from_on: date
    level: str
    factor: str
    reason: str


def ratio_rows(model: ModelFound) -> list[RatioRow]:
    """Of all fixes of a model, then by the radius that they state."""
    return [_row("All", model.found), *(_row(_band(band), band.found) for band in model.bands)]


def to_adopt(report: AccuracyReport, model: ModelFound, before: AdoptionOut | None) -> ToAdopt | None:
    """None where nothing can be adopted: the interval holds 1, or too few people."""
    found = model.found
    if model.adopt is None or model.model is None or found.ratio is None or found.low is None or found.high is None:
        return None
    reason = reason_to_adopt(report.from_, report.to, found.nights or 0, found.people or 0, found.low, found.high)
    level = "" if before is None or before.level is None else str(before.level)
    return ToAdopt(model.model, report.from_, level, f"{found.ratio:.3f}", reason)


def _row(words: str, found: FoundRadius) -> RatioRow:
    return RatioRow(
        words,
        ratio=_told(found.ratio, ".2f"),
        low=_told(found.low, ".2f"),
        high=_told(found.high, ".2f"),
        ratio_95=_told(found.ratio_95, ".2f"),
        people=_told(found.people, ","),
        nights=_told(found.nights, ","),
        fixes=_told(found.fixes, ","),
    )


def _told(value: float | None, form: str) -> str:
    return WITHHELD if value is None else format(value, form)


def _band(band: AccuracyBand) -> str:
    return f"Over {band.over_m:g} m" if band.up_to_m is None else f"{band.over_m:g} to {band.up_to_m:g} m"
