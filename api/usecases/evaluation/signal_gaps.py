"""Long gaps in a tag's signal. Fixes are read only of wearers who may be matched, and only while they may be; of all
other monitored time only the device's own reports are used.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from api.settings import Settings
from api.usecases.stores import open_events
from matcher.errors import NoStore
from matcher.store.fixes import FixStore
from tracker.evaluation.cohort.columns import Signal
from tracker.evaluation.people.subject import Subject
from tracker.licences.spans import Span, both, joined, without

BEGINS = ("switched off", "signal lost", "battery flat")
ENDS = ("switched on", "signal found")
"""What devices report when their signal ends and when it is back; other reports are not used."""
Worn = Mapping[str, Sequence[tuple[str, Span]]]
"""Of each wearer the devices, and when."""
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


def signals(
    settings: Settings, people: Sequence[Subject], worn: Worn, until: datetime, over: timedelta
) -> dict[str, Signal]:
    """Gaps longer than `over`, by wearer.

    Parameters
    ----------
    worn
        Devices of each wearer with the spans they were worn for.
    until
        The end of the day asked for.
    """
    to_read = {
        person.wearer_ref: [
            (device, part)
            for device, span in worn.get(person.wearer_ref, ())
            for part in both([span], list(person.mapped))
        ]
        for person in people
    }
    heard = _instants(settings, [each for windows in to_read.values() for each in windows])
    silences = _events(settings, [device for windows in worn.values() for device, _ in windows], until)
    return {
        person.wearer_ref: _of(
            person, to_read[person.wearer_ref], worn.get(person.wearer_ref, ()), heard, silences, over
        )
        for person in people
    }


Instants = Mapping[str, npt.NDArray[np.int64]]
Silences = Mapping[str, list[Span]]


def _of(
    person: Subject,
    read: Sequence[tuple[str, Span]],
    worn: Sequence[tuple[str, Span]],
    heard: Instants | None,
    silences: Silences | None,
    over: timedelta,
) -> Signal:
    rest = without(person.monitored, person.mapped)
    if (person.mapped and heard is None) or (rest and silences is None):
        return Signal(None, "not known")
    gaps = [gap for device, part in read for gap in _gaps(heard or {}, device, part, over)]
    for device, span in worn if rest else ():
        silent = both(both((silences or {}).get(device, []), [span]), rest)
        gaps += [gap for gap in silent if gap.until is not None and gap.until - gap.since > over]
    bases = (["fixes"] if person.mapped else []) + (["device events"] if rest else [])
    return Signal(tuple(joined(gaps)), " and ".join(bases) or "not monitored")


def _gaps(heard: Instants, device: str, part: Span, over: timedelta) -> list[Span]:
    """Gaps within a window: before its first fix, between two, after its last."""
    start, end = _us(part.since), _us(part.until or _FOR_EVER)
    mine = heard.get(device, np.zeros(0, dtype=np.int64))
    inside = mine[np.searchsorted(mine, start) : np.searchsorted(mine, end)]
    edges = np.concatenate([[start], inside, [end]])
    long = np.flatnonzero(np.diff(edges) > over // timedelta(microseconds=1))
    return [Span(_instant(edges[n]), _instant(edges[n + 1])) for n in long]


def _instants(settings: Settings, windows: Sequence[tuple[str, Span]]) -> Instants | None:
    """Times of the devices' fixes, in the windows alone; None where no fixes were ever imported."""
    try:
        store = FixStore.open(settings.fixes_dir, create=False)
    except NoStore:
        return None
    if not windows:
        return {}
    found: dict[str, list[npt.NDArray[np.int64]]] = defaultdict(list)
    for day in store.days():
        # A day at a time: nothing is read of a device outside every window of that day.
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        today = [(d, part) for d, span in windows for part in both([span], [Span(start, start + timedelta(days=1))])]
        if not today:
            continue
        first, last = min(span.since for _, span in today), max(span.until or _FOR_EVER for _, span in today)
        allowed = pl.DataFrame(
            [(device, span.since, span.until) for device, span in today],
            schema={"device_id": pl.String, "since": pl.Datetime("us", "UTC"), "until": pl.Datetime("us", "UTC")},
            orient="row",
        )
        for _, rows in store.scan_days(sorted({d for d, _ in today}), first, last, ("device_id", "t")):
            plain = rows.with_columns(pl.col("device_id").cast(pl.String))
            kept = plain.join(allowed, on="device_id").filter(pl.col("t").is_between("since", "until", closed="left"))
            for (device,), mine in kept.partition_by("device_id", as_dict=True).items():
                found[str(device)].append(mine["t"].dt.epoch("us").to_numpy())
    return {device: np.unique(np.concatenate(parts)) for device, parts in found.items()}


def _events(settings: Settings, devices: Sequence[str], until: datetime) -> Silences | None:
    """From a report of a lost signal to the next of its return; None where no device events were ever imported."""
    found = open_events(settings).read(sorted(set(devices)), None, until)
    if found.is_empty():
        return None
    out: dict[str, list[Span]] = defaultdict(list)
    silent: dict[str, datetime] = {}
    for device, t, event in found.select("device_id", "t", "event").sort("t", maintain_order=True).iter_rows():
        text = event.casefold()
        if text.startswith(BEGINS):
            silent.setdefault(device, t)
        elif text.startswith(ENDS) and device in silent:
            out[device].append(Span(silent.pop(device), t))
    for device, since in silent.items():
        out[device].append(Span(since, until))
    return out


def _us(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _instant(us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(us))
