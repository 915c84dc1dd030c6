"""A programme's state on a day: gathered once, told in one screen or as JSON."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from api.views.budget import money_in_words, position_plain
from api.views.rollout import capacity_plain, forecast_in_words, numbers_in_words
from tracker.budget.position import Position
from tracker.budget.queries import position_of
from tracker.duties.rules import DutyNow, DutyState
from tracker.duties.service import duties
from tracker.licences.queries import AlertNow, alerts, licences
from tracker.licences.states import AlertState
from tracker.money import pounds
from tracker.ogrs.gate import open_on
from tracker.ogrs.queries import gates, horizon_of
from tracker.programme.discrepancies import discrepancies
from tracker.programme.portfolio import Portfolio
from tracker.programme.queries import portfolio, programme_named
from tracker.rollout.capacity import Capacity, MaximumReached, forecast
from tracker.rollout.places import Place
from tracker.rollout.queries import capacity, imposed_days, phase_limits, places
from tracker.tags.queries import LostTag, TagNow, lost_tags, tags
from tracker.times import AsOf


@dataclass(frozen=True, slots=True)
class Status:
    """All that an officer asks of a day."""

    on: date
    held: Portfolio
    places: dict[str, Place]
    full: Capacity
    binds: list[MaximumReached]
    tags: list[TagNow]
    lost: list[LostTag]
    licences: Counter[str]
    alerts: list[AlertNow]
    mapped: int
    scored: int
    horizon_years: int
    money: Position
    duties: list[DutyNow]


def told(connection: Connection, programme: str, as_of: AsOf) -> Status:
    """Gather it."""
    programme_id, key, _ = programme_named(connection, programme)
    full = capacity(connection, programme_id, as_of)
    limits = phase_limits(connection, programme_id, as_of)
    horizon = horizon_of(connection, programme_id, as_of)
    gate = gates(connection, programme_id, as_of, horizon)
    return Status(
        on=as_of.at,
        held=portfolio(connection, key, as_of),
        places=places(connection, programme_id, as_of),
        full=full,
        binds=forecast(full, imposed_days(connection, programme_id, as_of), as_of.at, limits),
        tags=tags(connection, programme_id, as_of),
        lost=lost_tags(connection, programme_id, as_of),
        licences=Counter(x.state.value for x in licences(connection, programme_id, as_of)),
        alerts=alerts(connection, programme_id, as_of),
        mapped=sum(1 for intervals in gate.values() if open_on(intervals, as_of.at)),
        scored=len(gate),
        horizon_years=horizon,
        money=position_of(connection, key, as_of),
        duties=duties(connection, key, as_of),
    )


def status_in_words(now: Status) -> list[str]:
    """One screen."""
    live = [p.name for p in now.places.values() if p.live(now.on) is True]
    unknown = [p.name for p in now.places.values() if p.live(now.on) is None]
    lines = [
        now.held.name,
        "",
        _head(
            "Boroughs", f"{len(live)} of {len(now.places)} live" + (f"; not known: {_few(unknown)}" if unknown else "")
        ),
        _head("Tags", numbers_in_words(now.full)),
    ]
    lines += [_head("", words) for words in forecast_in_words(now.binds[:1])]
    stock = Counter(tag.state.value for tag in now.tags)
    lines.append(_head("Stock", ", ".join(f"{n} {state}" for state, n in stock.items()) or "no tag received"))
    if now.lost:
        charged = [x for x in now.lost if x.found_at is None]
        worth = sum(x.charge or 0 for x in charged)
        unvalued = sum(1 for x in charged if x.charge is None)
        words = f"{len(charged)} lost, {pounds(worth)}" + (f" and {unvalued} not valued" if unvalued else "")
        lines.append(_head("", words))
    lines.append(_head("Licences", ", ".join(f"{n} {state}" for state, n in now.licences.items()) or "none"))
    lines.append(
        _head(
            "Mapping", f"{now.mapped} of {now.scored} people scored have an open gate ({now.horizon_years}-year OGRS)"
        )
    )
    first, second = money_in_words(now.money)
    lines += [_head("Money", first), _head("", second)]
    lines += [_head("Ends" if i == 0 else "", words) for i, words in enumerate(_ends(now))]
    wants = attention(now)
    lines += ["", "Wants attention" if wants else "Nothing wants attention", *[f"  - {words}" for words in wants]]
    return lines


def attention(now: Status) -> list[str]:
    """What an officer should look at, the most pressing first."""
    out = [f"{duty.words}: {duty.in_words()} ({duty.source})" for duty in now.duties if duty.state is DutyState.OVERDUE]
    room = now.full.headroom
    if room is not None and room <= 0:
        out.append(f"no place is free: {numbers_in_words(now.full)}")
    out += [f"line {x.line} is over by {pounds(x.actual - x.allocated)}" for x in now.money.lines if x.over]
    waiting = [a for a in now.alerts if a.state in (AlertState.RAISED, AlertState.VERIFIED)]
    if waiting:
        out.append(f"{len(waiting)} alerts wait for an answer, the oldest since {waiting[0].at:%Y-%m-%d}")
    late = [p for p in now.places.values() if p.launched is None and p.planned is not None and now.on > p.planned.last]
    if late:
        out.append(
            f"{len(late)} boroughs are past their planned month without a launch: {_few([p.name for p in late])}"
        )
    found = discrepancies(now.held)
    if found:
        out.append(f"{len(found)} things in the papers do not fit together: tagpilot programme discrepancies")
    return out


def status_plain(now: Status) -> dict[str, Any]:
    """The same for another program."""
    return {
        "programme": now.held.key,
        "name": now.held.name,
        "boroughs": {
            "live": [p.name for p in now.places.values() if p.live(now.on) is True],
            "notKnown": [p.name for p in now.places.values() if p.live(now.on) is None],
            "all": len(now.places),
        },
        **capacity_plain(now.full),
        "forecast": [{"tags": b.tags, "on": str(b.on) if b.on else None} for b in now.binds],
        "stock": dict(Counter(tag.state.value for tag in now.tags)),
        "lost": sum(1 for x in now.lost if x.found_at is None),
        "licences": dict(now.licences),
        "gateOpen": now.mapped,
        "scored": now.scored,
        "horizonYears": now.horizon_years,
        "money": position_plain(now.money),
        "duties": [
            {"key": d.key, "state": d.state.value, "due": str(d.due) if d.due else None, "source": d.source}
            for d in now.duties
        ],
        "attention": attention(now),
    }


def _ends(now: Status) -> list[str]:
    return [
        f"{kind}: {row['day'] or 'not stated'}" + (f", subject to {row['subject_to']}" if row["subject_to"] else "")
        for kind, row in now.held.ends().items()
    ] or ["none stated"]


def _head(name: str, words: str) -> str:
    return f"{name:<10} {words}"


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
