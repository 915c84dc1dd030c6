"""The audit in words: its rows, whether it is whole, its head, opened values."""

import json

from api.schemas.operation.audit import AuditHeadOut, AuditOpened, AuditRows, AuditVerified
from api.wording.text import table, utc
from tracker.counted import counted
from tracker.record.audit.clock import step_in_words


def rows_in_words(found: AuditRows) -> list[str]:
    """One line a row; details, sealed or not, are only in the JSON."""
    if not found.items:
        return ["No such row."]
    lines = [
        [
            str(row.row),
            utc(row.at),
            row.by,
            row.action,
            f"{row.subject} {row.id}",
            "-" if row.person is None else str(row.person),
            row.purpose or "",
        ]
        for row in found.items
    ]
    return [table(["row", "at", "by", "action", "what", "person", "purpose"], lines)]


def verified_in_words(found: AuditVerified) -> list[str]:
    """Of a chain that is whole, and what there is to know besides."""
    keyed = "No row has a keyed digest yet."
    if found.keyed_from is not None:
        keyed = f"Rows from {found.keyed_from:,} on have keyed digests." if found.keyed_from > 1 else ""
    whole = f"The audit is whole: {counted(found.rows, 'row')}."
    if found.first_row > 1:
        before, new = found.first_row - 1, found.rows - found.first_row + 1
        whole = f"{new:,} new rows hold and follow from the head given; the {before:,} before were not read."
        keyed = ""
    lines = [f"{whole} Head: {found.rows}:{found.head}", *([keyed] if keyed else [])]
    if found.heads_held:
        heads = "the one head" if found.heads_held == 1 else f"the {found.heads_held:,} heads"
        lines.append(f"It agrees with {heads} kept of it.")
    if found.heads_superseded:
        heads = "1 head is" if found.heads_superseded == 1 else f"{found.heads_superseded:,} heads are"
        lines.append(
            f"{heads} of rows that a restore from a backup took away; see `tagpilot audit list --subject restore`."
        )
    return [*lines, *steps_in_words(found)]


def steps_in_words(found: AuditVerified) -> list[str]:
    if not found.clock_steps:
        return []
    times = "once" if found.clock_steps_total == 1 else f"{found.clock_steps_total:,} times"
    lines = [f"The machine's clock was changed {times}:"]
    for step in found.clock_steps:
        lines.append(f"  before row {step.row} it {step_in_words(step.seconds)}, to {utc(step.wall_at)}")
    return lines


def head_in_words(found: AuditHeadOut) -> list[str]:
    key = "no key yet" if found.key is None else f"key {found.key}"
    lines = [
        f"{found.head}",
        f"{counted(found.rows, 'row')}, {key}. Keep the first line where the keeper of the record cannot.",
    ]
    lines += [f"  written out {utc(each.written_at)}: row {each.rows}" for each in found.written[:5] if each.written_at]
    return lines


def opened_in_words(found: AuditOpened) -> list[str]:
    lines = []
    for row in found.items:
        lines.append(
            f"row {row.row}  {utc(row.at)}  {row.by}  {row.action}  {row.subject} {row.id}  person {row.person}"
        )
        if row.readable:
            lines.append(f"  {json.dumps(row.values, ensure_ascii=False, sort_keys=True)}")
        else:
            lines.append("  The person was erased and the key destroyed: nobody can read these values.")
    return lines
