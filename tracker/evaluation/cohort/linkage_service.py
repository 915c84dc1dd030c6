"""Linkage files: asked for, decided by another person, handed to a named linker, audited for each person in them."""

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
from tracker.record.audit.chain import Action
from tracker.record.entry import entering


def ask_linkage(engine: Engine, number: int, linker: str, organisation: str, why: str, **entered: Any) -> LinkageState:
    """Ask for a linkage file to be given to a named linker."""
    for name, text in (("linker", linker), ("organisation", organisation), ("why", why)):
        if not text.strip():
            raise BadEntry(
                f"{name} is empty; a linkage file goes to a named person of an organisation, for a stated reason"
            )
    return _linkage(engine, number, LinkageMove.ASK, linker, organisation, why, **entered)


def decide_linkage(engine: Engine, number: int, approve: bool, why: str, **entered: Any) -> LinkageState:
    """The data protection officer's decision. Raises Refused where the same person asked."""
    move = LinkageMove.APPROVE if approve else LinkageMove.REFUSE
    return _linkage(engine, number, move, None, None, why, **entered)


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
            raise NotFound(f"The key of cohort export {number} has been destroyed, so it can no longer be linked.")
        before = linkage_of(entry.connection, number)
        state = advance(before.state, move)
        if move is not LinkageMove.ASK and before.asked_by == by:
            raise Refused("separation of duty", f"{by} asked for this file; another person has to decide")
        entry.add(
            LinkageStep,
            cohort_export_id=number,
            move=move,
            linker=linker or before.linker,
            organisation=organisation or before.organisation,
            words=words,
        )
    return state


def hand_over_linkage(engine: Engine, number: int, *, by: str, now: datetime) -> tuple[bytes, str]:
    """The linkage file as CSV, and its recipient; the disclosure is audited for each person in it.

    Columns: pseudonym, PNC id (for comparison people their reference; empty where none is on record), group.
    """
    with entering(engine, by=by, now=now, purpose="linkage") as entry:
        before = linkage_of(entry.connection, number)
        advance(before.state, LinkageMove.HAND_OVER)
        found, key = export_of(entry.connection, number), key_of(entry.connection, number)
        query = select(Identity.person_id, Identity.pnc_id).where(known(Identity))
        pnc = dict(entry.connection.execute(query).tuples().all())
        recipient = f"{before.linker}, {before.organisation}"
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
            linker=before.linker,
            organisation=before.organisation,
            words=f"{len(rows)} rows",
        )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("person", "pnc_id_or_reference", "group"))
    writer.writerows(tuple(map(formula_safe, row)) for row in sorted(rows))
    return out.getvalue().encode("utf-8"), recipient
