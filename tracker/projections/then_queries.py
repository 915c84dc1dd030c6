"""What held on a day as known at a past instant, as tables that a list's query reads in the place of `DayState`.

Projections are as known now, and of everybody of whom nothing was recorded since as known then too. Of the others the
functions that make them answer from the facts of then; of all people, where papers or very many rows were recorded
since: such an answer takes time with their number. The database puts the rows that were computed, which it is given as
one value, beside those of projections: so the query, with its filters, order, page and count, is the same one.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    Connection,
    Date,
    Integer,
    Select,
    String,
    cast,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from tracker.licences.tables import Alert, Licence
from tracker.pieces import in_pieces
from tracker.projections.day_queries import StateRow, rows_of_alerts, rows_of_people
from tracker.projections.queries import holds
from tracker.projections.since_queries import changed_since
from tracker.projections.tables import DayState, What
from tracker.times import AsOf

_PIECE = 500
_COLUMNS = ("subject_id", "value", "from_on", "until_on")
_KINDS: tuple[Any, ...] = (Integer, String, Date, Date)


class Then:
    """The rows of a programme at an instant, by what they are about."""

    def __init__(self, connection: Connection, programme_id: int, as_of: AsOf, *, alerts: bool) -> None:
        self._postgres = connection.dialect.name == "postgresql"
        self._connection, self._programme_id, self._as_of = connection, programme_id, as_of
        self._changed = changed = changed_since(connection, programme_id, as_of.known_at)
        self._rows: dict[What, list[StateRow]] = defaultdict(list)
        mine = Licence.programme_id == programme_id, Licence.recorded_at <= as_of.known_at
        every = connection.scalars(select(Licence.person_id).distinct().where(*mine)).all()
        people = [each for each in every if changed is None or each in changed.people]
        for some in in_pieces(people, _PIECE):
            self._keep(rows_of_people(connection, some, as_of.known_at))
        raised = select(Alert.id).join(Licence, Licence.id == Alert.licence_id).where(*mine)
        waited = [
            each for each in (connection.scalars(raised) if alerts else ()) if changed is None or each in changed.alerts
        ]
        for some in in_pieces(waited, _PIECE):
            self._keep(rows_of_alerts(connection, some, as_of.known_at))

    def _keep(self, rows: Iterable[StateRow]) -> None:
        on = self._as_of.at
        for row in rows:
            # A gate that has closed is asked for too.
            held = row.from_on <= on < row.until_on or row.what is What.GATE
            if held and row.programme_id == self._programme_id:
                self._rows[row.what].append(row)

    @property
    def as_now(self) -> bool:
        """Whether nothing was recorded since of anyone in the programme."""
        return self._changed is not None and not any(self._changed)

    def _unchanged(self, what: What) -> Select[Any] | None:
        """The rows of everybody of whom nothing was recorded since."""
        if self._changed is None:
            return None
        query = select(*(DayState.__table__.c[name] for name in _COLUMNS)).where(
            DayState.programme_id == self._programme_id, DayState.what == what
        )
        if what is not What.GATE:
            query = query.where(*holds(self._as_of.at))
        changed = [[each] for each in sorted(self._changed.of(what))]
        return query.where(DayState.subject_id.not_in(select(self._given(changed, "changed")[0]))) if changed else query

    def table(self, what: What) -> CTE:
        """The rows of one kind in the programme, with the columns of `DayState` that say of whom, what and when."""
        rows = [[row.subject_id, row.value, str(row.from_on), str(row.until_on)] for row in self._rows[what]]
        computed = select(
            *(column.label(name) for column, name in zip(self._given(rows, "computed"), _COLUMNS, strict=True))
        )
        unchanged = self._unchanged(what)
        every = computed if unchanged is None else union_all(unchanged, computed)
        return every.cte(f"{what.name.lower()}_then").prefix_with("MATERIALIZED")

    def _given(self, rows: Sequence[Sequence[Any]], name: str) -> list[Any]:
        """The columns of rows that the database is given as one value."""
        given = literal(json.dumps(rows), String)
        if self._postgres:
            value: Any = func.jsonb_array_elements(cast(given, JSONB)).table_valued("value", name=name).c.value
            parts = [type_coerce(value, JSONB)[n].astext for n in range(len(_KINDS))]
            return [part if kind is String else cast(part, kind) for part, kind in zip(parts, _KINDS, strict=True)]
        value = func.json_each(given).table_valued("value", name=name).c.value
        extracted = [func.json_extract(value, f"$[{n}]") for n in range(len(_KINDS))]
        columns: list[Any] = [type_coerce(each, kind) for each, kind in zip(extracted, _KINDS, strict=True)]
        # As an integer, so that SQLite makes an index of them for the join.
        columns[0] = cast(extracted[0], Integer)
        return columns
