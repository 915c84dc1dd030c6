"""Where a programme stands, for a person at a terminal: one screen."""

from collections.abc import Sequence

from api.schemas.delivery.entries import EndEntry
from api.schemas.delivery.status import StatusOut
from api.views.delivery.budget import money_in_words
from api.views.delivery.rollout import forecast_in_words, numbers_in_words
from tracker.money import pounds

_NAMES_SHOWN = 5


def status_in_words(now: StatusOut) -> list[str]:
    boroughs = f"{len(now.boroughs.live)} of {now.boroughs.all} live"
    if now.boroughs.not_known:
        boroughs += f"; not known: {_few(now.boroughs.not_known)}"
    mapping = f"{now.gate_open} of {now.scored} people scored have an open gate ({now.horizon_years}-year OGRS)"
    ends = [_end_in_words(end) for end in now.ends.values()] or ["none stated"]
    return [
        now.name,
        "",
        *_head("Boroughs", boroughs),
        *_head("Tags", numbers_in_words(now), *forecast_in_words(now.forecast[:1])),
        *_head("Stock", _counts(now.stock) or "no tag received", *_lost(now)),
        *_head("Licences", _counts(now.licences) or "none"),
        *_head("Mapping", mapping),
        *_head("Money", *money_in_words(now.money)),
        *_head("Ends", *ends),
        "",
        "Needs attention" if now.attention else "Nothing needs attention",
        *(f"  - {words}" for words in now.attention),
    ]


def _lost(now: StatusOut) -> list[str]:
    if not now.lost:
        return []
    not_valued = f" and {now.lost_not_valued} not valued" if now.lost_not_valued else ""
    return [f"{now.lost} lost, {pounds(now.lost_pence)}{not_valued}"]


def _end_in_words(end: EndEntry) -> str:
    return f"{end.kind}: {end.day or 'not stated'}" + (f", subject to {end.subject_to}" if end.subject_to else "")


def _counts(by_state: dict[str, int]) -> str:
    return ", ".join(f"{n} {state}" for state, n in by_state.items())


def _head(name: str, *lines: str) -> list[str]:
    return [f"{name if i == 0 else '':<10} {words}" for i, words in enumerate(lines)]


def _few(names: Sequence[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
