"""A candidate's evidential strength, in words before numbers: what was seen, how unusual it is, how probable presence
is."""

from typing import Any

from api.wording.meanings import VERDICTS
from api.wording.text import london

PROBABLY_NOT = "probably not inside"
NOTES = {
    "accuracy_unknown": "a fix there states no accuracy, so the probability of presence is not known",
    "crime_day_not_covered": (
        "other days are not compared: the tag itself was not seen for long enough in the crime's own window"
    ),
    "few_reference_days": "few other days to compare with",
}
STRATA = ("windows up to 30 minutes", "windows up to 3 hours", "longer windows")


def in_words(row: dict[str, Any]) -> str:
    """`fix inside at 21:04, 18 m; inside on 0 of 56 other days; probability of presence 0.93`."""
    parts = [f"{VERDICTS[row['verdict']]} at {london(row['closest_at'])[11:16]}, {row['closest_m']:.0f} m"]
    notes = set((row["note"] or "").split(",")) - {""}
    if row["reference_days"] and "crime_day_not_covered" not in notes:
        parts.append(f"inside on {row['reference_hits']} of {row['reference_days']} other days")
    if row["p_present"] is not None:
        parts.append(f"probability of presence {row['p_present']:.2f}")
        if row["p_present"] < 0.5:
            parts.append(PROBABLY_NOT)
    return "; ".join(parts + [NOTES.get(note, note) for note in sorted(notes)])


def times(e_value: float | None) -> str:
    """How many times rarer on other days: `57 x`."""
    return "-" if e_value is None else f"{e_value:.0f} ×" if e_value >= 10 else f"{e_value:.1f} ×"


def share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def strength_lines(row: dict[str, Any]) -> list[str]:
    """One candidate's evidential strength, a sentence for each number that is known."""
    lines = []
    if row["reference_days"] == 0 and row["e_value"] is not None:
        lines.append("no other day could be compared: monitored, eligible and seen at these clock times on none")
    elif row["e_value"] is not None:
        weekdays = f"on {row['same_weekday_hits']} of {row['same_weekday_days']} days of the same weekday"
        lines.append(
            f"inside at these clock times on {row['reference_hits']} of {row['reference_days']} other days, "
            f"{weekdays}: e-value {row['e_value']:g}"
        )
    if row["strength"] is not None:
        lines.append(f"at the scene, against within the circle as on other days: {row['strength']:.3g} to 1")
    if row["q_value"] is not None:
        lines.append(
            f"of all candidates as strong as this one, about {min(row['q_value'], 1.0):.0%} would come by chance"
        )
    return lines
