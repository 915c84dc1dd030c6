"""Purging and erasure in words."""

from api.schemas.operation.retention import Erased, Purge, PurgedOut
from api.wording.text import table


def purge_in_words(done: Purge) -> list[str]:
    """What is past its retention period, by kind, and what was or would be erased."""
    return [table(["kind", "past its period", "would go" if done.dry_run else "went"], [_row(x) for x in done.items])]


def _row(purged: PurgedOut) -> list[str]:
    if purged.kept_from is None:
        return [purged.kind, "no policy", "-"]
    counts = ", ".join(f"{n:,} {what}" for what, n in purged.counts.items())
    return [purged.kind, f"before {purged.kept_from}", counts]


def erased_in_words(erased: Erased) -> list[str]:
    """How much of a person was erased, by place."""
    went = erased.went
    rows = sum(went["record"].values())
    return [
        f"Erased: {rows:,} rows of the record, {went['fixes']['fixes']:,} fixes, "
        f"{went['device events']['events']:,} device events, {went['runs']['rows']:,} rows of "
        f"{went['runs']['runs']:,} runs."
    ]
