"""Tags for a person at a terminal, and for another program."""

from collections import Counter
from typing import Any

from api.wording.text import london, table
from tracker.money import pounds
from tracker.tags.queries import LostTag, TagNow


def stock_in_words(held: list[TagNow], lost: list[LostTag]) -> list[str]:
    counts = Counter(tag.state for tag in held)
    lines = [f"{len(held):,} tags: " + (", ".join(f"{n:,} {state}" for state, n in counts.items()) or "none")]
    if held:
        rows = [[x.device_id, x.state, london(x.since) if x.since else "-", x.wearer or ""] for x in held]
        lines += ["", table(["tag", "state", "since (London)", "on"], rows)]
        lines += [f"odd: tag {tag.device_id} was {odd}" for tag in held for odd in tag.odd]
    if lost:
        rows = [
            [
                x.device_id,
                london(x.lost_at),
                "not valued" if x.charge is None else pounds(x.charge),
                f"reversed, found {london(x.found_at)}" if x.found_at else "charged",
            ]
            for x in lost
        ]
        lines += ["", table(["lost", "when (London)", "price", ""], rows)]
    return lines


def stock_plain(held: list[TagNow], lost: list[LostTag]) -> dict[str, Any]:
    return {
        "tags": [
            {
                "deviceId": tag.device_id,
                "state": tag.state.value,
                "since": tag.since,
                "wearerRef": tag.wearer,
                "odd": list(tag.odd),
            }
            for tag in held
        ],
        "lost": [
            {"deviceId": x.device_id, "lostAt": x.lost_at, "chargePence": x.charge, "foundAt": x.found_at} for x in lost
        ],
    }
