"""Purging and erasure in words."""

from api.schemas.operation.retention import Erased, ErasurePage, Purge, PurgedOut
from api.wording.text import table
from tracker.counted import counted


def purge_in_words(done: Purge) -> list[str]:
    """What is past its retention period, by kind, and what was or would be erased."""
    return [table(["kind", "past its period", "would go" if done.dry_run else "went"], [_row(x) for x in done.items])]


def _row(purged: PurgedOut) -> list[str]:
    if purged.kept_from is None:
        return [purged.kind, "no policy", "-"]
    counts = ", ".join(f"{n:,} {what}" for what, n in purged.counts.items())
    return [purged.kind, f"before {purged.kept_from}", counts]


def erased_in_words(erased: Erased) -> list[str]:
    """How much of a person was erased, by place, and what is left to do."""
    went = erased.went
    lines = []
    if "record" in went and "runs" in went:
        rows = sum(went["record"].values())
        lines.append(
            f"Erased: {counted(rows, 'row')} of the record, {counted(went['fixes']['fixes'], 'fix', 'fixes')}, "
            f"{counted(went['device events']['events'], 'device event')}, {counted(went['runs']['rows'], 'row')} of "
            f"{counted(went['runs']['runs'], 'run')}."
        )
    if erased.state == "unfinished":
        lines.append(
            f"Erasure {erased.number} is not finished: a match, an import, an export or a backup is still running. A "
            "server or worker finishes it, or: tagpilot keep erase --finish"
        )
    if "journals" in went:
        lines.append(
            f"{went['journals']['out of reach']} folders of backups cannot be reached: copy erasures.jsonl from the "
            "home to each as tagpilot-erasures.jsonl before a backup there is restored."
        )
    lines.append("Finished backups keep the person until they are deleted; a restore erases the person again.")
    return lines


def erasures_in_words(page: ErasurePage) -> list[str]:
    """Erasures with their state."""
    rows = [
        [str(x.number), str(x.person), f"{x.begun_at:%Y-%m-%d %H:%M}", x.state, ", ".join(x.left) or "-", x.reason]
        for x in page.items
    ]
    return [table(["erasure", "person", "begun (UTC)", "state", "left", "reason"], rows)] if rows else ["No erasures."]
