"""Batches of crimes in words and tables."""

from api.schemas.matching.batches import BatchCrimePage, BatchDetail, BatchPage
from api.wording.text import london, table
from tracker.counted import counted


def batches_in_words(found: BatchPage) -> list[str]:
    """A line for each batch."""
    if not found.items:
        return ["No batches are on record."]
    titles = ["number", "batch", "force", "received (London)", "sent by", "what became of it"]
    rows = [
        [str(each.number), each.batch_id, each.force, london(each.received_at), each.sent_by or "-", each.in_words]
        for each in found.items
    ]
    return [table(titles, rows), f"{len(found.items):,} of {counted(found.total, 'batch', 'batches')}."]


def batch_lines(found: BatchDetail) -> list[str]:
    """Everything about one batch."""
    batch = found.batch
    lines = [
        f"Batch {batch.batch_id} of {batch.force}, number {batch.number}: {batch.in_words}",
        f"  received {london(batch.received_at)} (London) from {batch.sent_by or 'a sender not kept then'}, "
        f"{batch.status}, {counted(batch.rows, 'row')}",
    ]
    lines += [f"  crimes: {crime_type} {crimes:,}" for crime_type, crimes in batch.crimes_by_type.items()]
    lines += [f"  rejected: {rule} {rows:,}" for rule, rows in batch.rejected_by_rule.items()]
    lines += [f"  cannot be matched: {each.crimes:,}, {each.in_words}" for each in batch.not_matchable]
    lines.append("Versions:")
    for each in found.versions:
        here = " (this one)" if each.number == batch.number else ""
        lines.append(f"  {each.number} {each.batch_id}, {london(each.received_at)}{here}: {each.in_words}")
        if not each.complete:
            lines.append("    what stayed in a version was not kept when it was received: what went is not known")
    return lines


def batch_crimes_in_words(found: BatchCrimePage) -> list[str]:
    """A line for each crime."""
    if not found.items:
        return ["None."]
    titles = ["crime", "version", "type", "from (London)", "", "cannot be matched"]
    rows = [
        [
            each.crime_ref,
            str(each.version),
            each.crime_type,
            london(each.crime_from),
            each.became,
            each.why_not_in_words or "",
        ]
        for each in found.items
    ]
    return [table(titles, rows), f"{len(found.items):,} of {counted(found.total, 'crime')}."]
