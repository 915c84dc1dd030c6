"""Monitored spans: a tag on, released on licence, not recalled, not in custody. Instants, not dates."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple


class Span(NamedTuple):
    """[since, until); `until` None: still running."""

    since: datetime
    until: datetime | None


def joined(spans: Iterable[Span]) -> list[Span]:
    """Spans in order; those that touch or overlap are merged, empty ones left out."""
    out: list[Span] = []
    given = list(spans)
    if len(given) > 1:
        given.sort(key=lambda s: s.since)
    for span in given:
        if span.until is not None and span.until <= span.since:
            continue
        if out and (out[-1].until is None or span.since <= out[-1].until):
            before = out[-1].until
            until = None if before is None or span.until is None else max(before, span.until)
            out[-1] = Span(out[-1].since, until)
        else:
            out.append(span)
    return out


def both(a: Iterable[Span], b: Iterable[Span]) -> list[Span]:
    """The time that is in both `a` and `b`. Each in order and disjoint, as `joined` returns them."""
    out = []
    others = list(b)
    for mine in a:
        for other in others:
            since = max(mine.since, other.since)
            ends = [until for until in (mine.until, other.until) if until is not None]
            until = min(ends) if ends else None
            if until is None or since < until:
                out.append(Span(since, until))
    return joined(out)


def without(a: Iterable[Span], gone: Iterable[Span]) -> list[Span]:
    """The time of `a` that is not in `gone`."""
    left = joined(a)
    for cut in joined(gone):
        kept = []
        for span in left:
            if (cut.until is not None and cut.until <= span.since) or (
                span.until is not None and span.until <= cut.since
            ):
                kept.append(span)
                continue
            if span.since < cut.since:
                kept.append(Span(span.since, cut.since))
            if cut.until is not None and (span.until is None or cut.until < span.until):
                kept.append(Span(cut.until, span.until))
        left = kept
    return left


def monitored(fittings: Iterable[Span], on_licence: Iterable[Span], custody: Iterable[Span]) -> list[Span]:
    """From the later of fitting and release to the earliest of removal, licence end and recall, less custody.

    Parameters
    ----------
    fittings
        When a device was on the wearer.
    on_licence
        From each release to the recall that followed it, or the licence's end.
    """
    return without(both(joined(fittings), joined(on_licence)), custody)
