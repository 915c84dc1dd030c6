"""Where a programme stands, for a person at a terminal: one screen."""

from collections import Counter
from collections.abc import Mapping, Sequence

from api.schemas.delivery.entries import EndEntry
from api.schemas.delivery.status import StatusOut
from api.views.delivery.budget import money_in_words
from api.views.delivery.papers import funding_in_words, sizes_in_words, to_come_in_words
from api.views.delivery.rollout import forecast_in_words, numbers_in_words
from tracker.money import pounds

_NAMES_SHOWN = 5


def status_in_words(now: StatusOut) -> list[str]:
    ends = [_end_in_words(end) for end in now.ends.values()] or ["none stated"]
    noted = [f"Noted, released elsewhere: {pounds(now.noted_pence)}"] if now.noted_pence else []
    return [
        now.name,
        *to_come_in_words(now.to_come),
        "",
        *_places(now),
        *(_tags(now) if now.imposed is not None else _size(now)),
        *_head("Money", *money_in_words(now.money), *noted),
        *_head("Grants", *(funding_in_words(grant) for grant in now.grants)),
        *_head("Ends", *ends),
        *([] if now.imposed is not None else _head("Duties", _counts(Counter(d.state for d in now.duties)) or "none")),
        "",
        "Needs attention" if now.attention else "Nothing needs attention",
        *(f"  - {words}" for words in now.attention),
    ]


def _places(now: StatusOut) -> list[str]:
    if not now.boroughs.all:
        return [] if now.imposed is None else _head("Boroughs", "0 of 0 live")
    if now.boroughs.kind == "whole force":
        return _head("Places", "the whole force")
    places = f"{len(now.boroughs.live)} of {now.boroughs.all} live"
    if now.boroughs.not_known:
        places += f"; not known: {_few(now.boroughs.not_known)}"
    return _head("Boroughs" if now.boroughs.kind == "borough" else "Places", places)


def _tags(now: StatusOut) -> list[str]:
    mapping = f"{now.gate_open} of {now.scored} people scored have an open gate ({now.horizon_years}-year OGRS)"
    return [
        *_head("Tags", numbers_in_words(now), *forecast_in_words(now.forecast[:1], now.as_at)),
        *_head("Stock", _counts(now.stock) or "no tag received", *_lost(now)),
        *_head("Licences", _counts(now.licences) or "none"),
        *_head("Mapping", mapping),
    ]


def _size(now: StatusOut) -> list[str]:
    return _head("Size", sizes_in_words(now.size)) if now.size else []


def _lost(now: StatusOut) -> list[str]:
    if not now.lost:
        return []
    not_valued = f" and {now.lost_not_valued} not valued" if now.lost_not_valued else ""
    return [f"{now.lost} lost, {pounds(now.lost_pence or 0)}{not_valued}"]


def _end_in_words(end: EndEntry) -> str:
    return f"{end.kind}: {end.day or 'not stated'}" + (f", subject to {end.subject_to}" if end.subject_to else "")


def _counts(by_state: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {state}" for state, n in by_state.items())


def _head(name: str, *lines: str) -> list[str]:
    return [f"{name if i == 0 else '':<10} {words}" for i, words in enumerate(lines)]


def _few(names: Sequence[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
