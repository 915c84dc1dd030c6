"""Which wearers may be matched, and when: the only facts about people that the matcher receives.

Three frames of references and instants, read from the record at one moment: *assignments* (which wearer had which
device on), *monitored* spans and *eligible* spans (the mapping gate is open). A wearer is in them only with a licence
in a programme that maps crimes, time monitored under it, and a score that opens the gate. No other wearer's fixes are
read.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
from sqlalchemy import Connection, Engine, select

from tracker.assignments.queries import assignments_of
from tracker.errors import Refused
from tracker.licences.queries import monitored_spans
from tracker.licences.spans import Span, both, joined
from tracker.licences.tables import Licence
from tracker.ogrs.queries import gates, horizon_of
from tracker.programme.queries import programme_named, programmes
from tracker.programme.statement_queries import maps_crimes
from tracker.record.engine import reading
from tracker.times import AsOf, london_midnight

_INSTANT = pl.Datetime("us", "UTC")
INTERVALS: dict[str, pl.DataType] = {"wearer_id": pl.String(), "from": _INSTANT, "to": _INSTANT}
"""Columns of `monitored` and `eligible`, the same as the matcher reads; a null `to` is still running."""


@dataclass(frozen=True, slots=True)
class EligibleWearers:
    """`assignments` (device_id, wearer_id, from, to), `monitored` and `eligible` (`INTERVALS`); sorted.

    `programmes`: the programmes that map crimes, each with the horizon of its gate in years. `on_licence`: how many
    people have a licence in them, eligible or not.
    """

    assignments: pl.DataFrame
    monitored: pl.DataFrame
    eligible: pl.DataFrame
    programmes: dict[str, int]
    on_licence: int


def eligible_wearers(
    engine: Engine, programme: str | None = None, *, as_known_at: datetime | None = None
) -> EligibleWearers:
    """Wearers who may be matched, now or as known at an instant; in one programme, or in all that map crimes.

    A score opens and closes the gate at midnight in London. Only wearers in `eligible` are in the other two frames.

    Raises
    ------
    NotFound
        There is no such programme.
    Refused
        The programme does not map crimes.
    """
    as_of = AsOf(date.max, as_known_at)
    with reading(engine).connect() as connection:
        mapped = _mapped(connection, programme, as_of)
        found = _spans(connection, mapped, as_of, None)
        worn = assignments_of(connection, as_known_at)
    return EligibleWearers(
        assignments=worn.filter(pl.col("wearer_id").is_in(list(found.open))),
        monitored=_frame({wearer: _watched(found.open[wearer], found.watched[wearer]) for wearer in found.open}),
        eligible=_frame(found.eligible()),
        programmes=found.horizons,
        on_licence=len(found.on_licence),
    )


def eligible_spans(connection: Connection, person_ids: Collection[int]) -> dict[str, list[Span]]:
    """The `eligible` intervals of these people alone, by wearer reference, in all programmes that map crimes, as known
    now."""
    whenever = AsOf(date.max)
    return _spans(connection, _mapped(connection, None, whenever), whenever, person_ids).eligible()


def mapping_programmes(connection: Connection) -> list[int]:
    """The programmes that map crimes, as known now. Where there is none, the record does not decide who is matched."""
    return [programme_id for programme_id, _ in _mapped(connection, None, AsOf(date.max))]


@dataclass(frozen=True, slots=True)
class _Spans:
    """By wearer, a list for each programme: when the gate is open, and when the wearer was monitored."""

    open: dict[str, list[list[Span]]]
    watched: dict[str, list[list[Span]]]
    horizons: dict[str, int]
    on_licence: set[str]

    def eligible(self) -> dict[str, list[Span]]:
        return {wearer: joined(s for spans in of_wearer for s in spans) for wearer, of_wearer in self.open.items()}


def _spans(
    connection: Connection, mapped: list[tuple[int, str]], as_of: AsOf, person_ids: Collection[int] | None
) -> _Spans:
    out = _Spans(defaultdict(list), defaultdict(list), {}, set())
    for programme_id, key in mapped:
        ids = None
        if person_ids is not None:
            licences = select(Licence.id, Licence.programme_id).where(Licence.person_id.in_(person_ids))
            ids = [row.id for row in connection.execute(licences) if row.programme_id == programme_id]
        out.horizons[key] = horizon_of(connection, programme_id, as_of)
        gate = _gate_spans(connection, programme_id, as_of, out.horizons[key], person_ids)
        monitored = monitored_spans(connection, programme_id, as_of, ids)
        out.on_licence.update(monitored)
        for wearer in monitored:
            if monitored[wearer] and gate.get(wearer):
                out.open[wearer].append(gate[wearer])
                out.watched[wearer].append(monitored[wearer])
    return out


def _mapped(connection: Connection, programme: str | None, as_of: AsOf) -> list[tuple[int, str]]:
    if programme is None:
        return [(i, key) for i, key, _ in programmes(connection) if maps_crimes(connection, i, as_of)]
    programme_id, key, _ = programme_named(connection, programme)
    if not maps_crimes(connection, programme_id, as_of):
        raise Refused(
            "crime mapping",
            f"{key} does not map crimes: none of its decisions states an OGRS score for crime mapping. "
            "Enter the decision that does.",
        )
    return [(programme_id, key)]


def _gate_spans(
    connection: Connection, programme_id: int, as_of: AsOf, horizon: int, person_ids: Collection[int] | None
) -> dict[str, list[Span]]:
    return {
        wearer: [
            Span(london_midnight(i.since), None if i.until is None else london_midnight(i.until)) for i in intervals
        ]
        for wearer, intervals in gates(connection, programme_id, as_of, horizon, person_ids).items()
    }


def _watched(gates_: list[list[Span]], monitored: list[list[Span]]) -> list[Span]:
    """With several programmes, each one's gate opens only its own monitored time."""
    if len(monitored) == 1:
        return monitored[0]
    return joined(s for gate, spans in zip(gates_, monitored, strict=True) for s in both(gate, spans))


def _frame(spans: dict[str, list[Span]]) -> pl.DataFrame:
    rows = [(wearer, *span) for wearer, of_wearer in spans.items() for span in of_wearer]
    return pl.DataFrame(rows, schema=INTERVALS, orient="row").sort("wearer_id", "from")
