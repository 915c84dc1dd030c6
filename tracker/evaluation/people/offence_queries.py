"""Imported reoffences of the programme's people and of the comparison group."""

from collections import defaultdict

from sqlalchemy import Connection, select

from tracker.evaluation.people.subject import RecordedOffence
from tracker.evaluation.people.tables import Reoffence
from tracker.record.as_known import known
from tracker.times import AsOf


def offences_of(
    connection: Connection, programme_id: int, as_of: AsOf
) -> tuple[dict[int, tuple[RecordedOffence, ...]], dict[str, tuple[RecordedOffence, ...]]]:
    """Reoffences by person, and by reference of the comparison group, in the order of their days."""
    ours: dict[int, list[RecordedOffence]] = defaultdict(list)
    others: dict[str, list[RecordedOffence]] = defaultdict(list)
    query = (
        select(
            Reoffence.person_id,
            Reoffence.comparison_ref,
            Reoffence.offence_on,
            Reoffence.offence_code,
            Reoffence.convicted_on,
        )
        .where(
            known(Reoffence, as_of.known_at), Reoffence.programme_id == programme_id, Reoffence.offence_on <= as_of.at
        )
        .order_by(Reoffence.offence_on, Reoffence.id)
    )
    for person_id, reference, on, code, convicted_on in connection.execute(query):
        offence = RecordedOffence(
            on, code, convicted_on if convicted_on is not None and convicted_on <= as_of.at else None
        )
        if person_id is not None:
            ours[person_id].append(offence)
        else:
            others[reference].append(offence)
    return {k: tuple(v) for k, v in ours.items()}, {k: tuple(v) for k, v in others.items()}
