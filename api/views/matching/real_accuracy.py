"""The real accuracy of device models, in words."""

from api.schemas.matching.real_accuracy import AccuracyBand, AccuracyReport, FoundRadius, ModelFound
from api.wording.text import lasting, program, table

_TITLES = ["stated radius", "real / stated", "95 % sure", "95 % radius", "people", "nights", "fixes"]


def report_in_words(found: AccuracyReport) -> list[str]:
    """What was read, then each model: the ratio by bands of stated accuracy, how long errors last, how to adopt it."""
    lines = [
        f"Fixes of {', '.join(found.programmes)} in the nights that end on {found.from_} to {found.to}, "
        f"{_clock(found.night_begins)} to {_clock(found.night_ends)} in London, of wearers who may be matched.",
        _nights(found),
        "An error is the distance to the middle of the wearer's nights at home: the record has no curfew address, and "
        "an error that is the same every night is not seen. A night counts as one observation.",
    ]
    if not found.models:
        return [*lines, "", "No night was spent at home with fixes that state an accuracy."]
    for model in found.models:
        lines += ["", *_model(model, found.smallest_count)]
    return lines


def _nights(found: AccuracyReport) -> str:
    if found.people is None:
        return f"They are of fewer than {found.smallest_count} people, so nothing is told of them."
    return (
        f"{found.people:,} people, {found.nights:,} nights; not used: {found.moved:,} that were not spent at one "
        f"place, {found.elsewhere:,} spent elsewhere than most. Figures of fewer than {found.smallest_count} people "
        "are withheld."
    )


def _model(model: ModelFound, least: int) -> list[str]:
    name = "Devices without a model on record" if model.model is None else f"Model {model.model}"
    if model.found.ratio is None:
        return [f"{name}: fewer than {least} people, withheld."]
    lines = [f"{name}: the real 68 % radius is {model.found.ratio:.2f} times the stated one."]
    rows = [_row("all", model.found), *[_row(_band(band), band.found) for band in model.bands]]
    lines += [f"  {line}" for line in table(_TITLES, rows).splitlines()]
    if model.error_time_s is None:
        lines.append("  Errors last longer than an hour.")
    else:
        lines.append(f"  Errors last {lasting(model.error_time_s)} (to 1/e of their size).")
    if model.adopt is not None:
        lines.append(f"  To adopt it: {program()}{model.adopt.removeprefix('tagpilot')}")
    return lines


def _row(name: str, found: FoundRadius) -> list[str]:
    if found.ratio is None or found.low is None or found.high is None or found.ratio_95 is None:
        return [name, "withheld", "", "", "", "", ""]
    return [
        name,
        f"{found.ratio:.2f}",
        f"{found.low:.2f} to {found.high:.2f}",
        f"{found.ratio_95:.2f}",
        f"{found.people:,}",
        f"{found.nights:,}",
        f"{found.fixes:,}",
    ]


def _band(band: AccuracyBand) -> str:
    return f"over {band.over_m:g} m" if band.up_to_m is None else f"{band.over_m:g} to {band.up_to_m:g} m"


def _clock(hours: int) -> str:
    return f"{hours % 24:02}:00"
