"""The linkage file on its own way: asked for, decided by somebody else, handed to a named linker, audited by person."""

import csv
import io
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from geo.rejects import formula_safe
from tracker.errors import BadEntry, NotFound, Refused
from tracker.evaluation.releases import pseudonyms
from tracker.evaluation.releases.linkage_states import LinkageMove, LinkageState, advance
from tracker.evaluation.releases.queries import export_of, key_of, linkage_of
from tracker.evaluation.releases.tables import LinkageStep
from tracker.people.tables import Identity
from tracker.record.as_known import known
from tracker.record.audit_chain import Action
from tracker.record.entry import entering


def ask_linkage(engine: Engine, number: int, linker: str, organisation: str, why: str, **said: Any) -> LinkageState:
    """Ask that a linkage file go to a named linker."""
    for name, text in (("linker", linker), ("organisation", organisation), ("why", why)):
        if not text.strip():
            raise BadEntry(f"give {name}: a linkage file goes to somebody by name, for a reason")
    return _linkage(engine, number, LinkageMove.ASK, linker, organisation, why, **said)


def decide_linkage(engine: Engine, number: int, approve: bool, why: str, **said: Any) -> LinkageState:
    """The data protection officer's decision. Raises Refused where it is the asker's own."""
    move = LinkageMove.APPROVE if approve else LinkageMove.REFUSE
    return _linkage(engine, number, move, None, None, why, **said)


def _linkage(
    engine: Engine,
    number: int,
    move: LinkageMove,
    linker: str | None,
    organisation: str | None,
    words: str,
    *,
    by: str,
    now: datetime,
) -> LinkageState:
    with entering(engine, by=by, now=now, purpose="linkage") as entry:
        found = export_of(entry.connection, number)
        if found.destroyed_at is not None:
            raise NotFound(f"the key of cohort export {number} is destroyed; nothing can be linked any more")
        held = linkage_of(entry.connection, number)
        state = advance(held.state, move)
        if move is not LinkageMove.ASK and held.asked_by == by:
            raise Refused("separation of duty", f"{by} asked for it, so somebody else has to decide")
        entry.add(
            LinkageStep,
            cohort_export_id=number,
            move=move,
            linker=linker or held.linker,
            organisation=organisation or held.organisation,
            words=words,
        )
    return state


def hand_over_linkage(engine: Engine, number: int, *, by: str, now: datetime) -> tuple[bytes, str]:
    """The linkage file as CSV, and to whom it goes; each person in it is audited as disclosed.

    pseudonym, pnc_id and which group: comparison people have their own reference in the place of the PNC id. Whoever
    has no PNC id on record has an empty one.
    """
    with entering(engine, by=by, now=now, purpose="linkage") as entry:
        held = linkage_of(entry.connection, number)
        advance(held.state, LinkageMove.HAND_OVER)
        found, key = export_of(entry.connection, number), key_of(entry.connection, number)
        query = select(Identity.person_id, Identity.pnc_id).where(known(Identity))
        pnc = dict(entry.connection.execute(query).tuples().all())
        recipient = f"{held.linker}, {held.organisation}"
        rows = []
        for person_id in found.members["people"]:
            if person_id in pnc:
                rows.append((pseudonyms.of_person(key, person_id), pnc[person_id] or "", "programme"))
                entry.note(Action.DISCLOSE, "linkage", number, person_id=person_id, recipient=recipient)
        for reference in found.members["comparison"]:
            rows.append((pseudonyms.of_comparison(key, reference), reference, "comparison"))
        entry.add(
            LinkageStep,
            cohort_export_id=number,
            move=LinkageMove.HAND_OVER,
            linker=held.linker,
            organisation=held.organisation,
            words=f"{len(rows)} rows",
        )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("person", "pnc_id_or_reference", "group"))
    writer.writerows(tuple(map(formula_safe, row)) for row in sorted(rows))
    return out.getvalue().encode("utf-8"), recipient
