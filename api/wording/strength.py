"""Evidential strength in words: which of two propositions the positions support, and how strongly.

The words are the scale of evaluative reporting that European and British forensic laboratories share. A ratio is shown
beside them only within the bounds in which it agrees with truth. It says how much better one proposition explains the
positions than the other, never how probable either is.
"""

from tracker.review.package import may_be_shown

SCALE = (
    (10.0, "weak"),
    (100.0, "moderate"),
    (1_000.0, "moderately strong"),
    (10_000.0, "strong"),
    (1_000_000.0, "very strong"),
)
"""Up to each ratio, and over the last extremely strong."""

AT_THE_SCENE = "the wearer was at the scene"
NEARBY_AS_USUAL = "the wearer was elsewhere in the circle, as on this wearer's other days"


def support(ratio: float) -> str:
    """How strong a ratio of 1 or more is: `moderately strong`."""
    return next((words for most, words in SCALE if ratio <= most), "extremely strong")


def strength_in_words(strength: float) -> str:
    """`strong support for the proposition that ..., rather than that ...`, with a ratio where one may be shown."""
    if strength == 1:
        return f"the positions support neither that {AT_THE_SCENE} nor that {NEARBY_AS_USUAL}"
    first, other = (AT_THE_SCENE, NEARBY_AS_USUAL) if strength > 1 else (NEARBY_AS_USUAL, AT_THE_SCENE)
    ratio = strength if strength > 1 else 1 / strength if strength > 0 else float("inf")
    words = f"{support(ratio)} support for the proposition that {first}, rather than that {other}"
    shown = ratio_shown(strength)
    return words if shown is None else f"{words}: {shown} for the first"


def ratio_shown(strength: float | None) -> str | None:
    """`34 to 1` for the supported proposition; None where a ratio may not be shown."""
    if strength is None or not may_be_shown(strength):
        return None
    return f"{max(strength, 1 / strength):.3g} to 1"
