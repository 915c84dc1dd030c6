"""Evidential strength in words: which of two propositions the positions support, and how strongly.

The words are the scale of evaluative reporting that European and British forensic laboratories share. They are chosen
by what was found of such strengths where the truth is known, not by the strength itself (`tracker.review.strength`). A
ratio is shown beside them only within the bounds in which it agrees with truth. It says how much better one proposition
explains the positions than the other, never how probable either is.
"""

from tracker.review.package import may_be_shown
from tracker.review.strength import step

SCALE = ("weak", "moderate", "moderately strong", "strong", "very strong", "extremely strong")
"""Up to each of `tracker.review.strength.STEPS`, and over the last."""

AT_THE_SCENE = "the wearer was at the scene"
NEARBY_AS_USUAL = "the wearer was elsewhere in the circle, as on this wearer's other days"
NEITHER = f"the positions support neither that {AT_THE_SCENE} nor that {NEARBY_AS_USUAL}"


def strength_in_words(strength: float) -> str:
    """`strong support for the proposition that ..., rather than that ...`, with a ratio where one may be shown."""
    word = step(strength)
    if word == 0:
        return NEITHER
    first, other = (AT_THE_SCENE, NEARBY_AS_USUAL) if word > 0 else (NEARBY_AS_USUAL, AT_THE_SCENE)
    words = f"{SCALE[abs(word) - 1]} support for the proposition that {first}, rather than that {other}"
    shown = ratio_shown(strength)
    return words if shown is None else f"{words}: {shown} for the first"


def support_in_words(strength: float) -> str:
    """The same in short, `moderate support that the wearer was at the scene`."""
    word = step(strength)
    if word == 0:
        return NEITHER
    words = f"{SCALE[abs(word) - 1]} support that {AT_THE_SCENE if word > 0 else NEARBY_AS_USUAL}"
    shown = ratio_shown(strength)
    return words if shown is None else f"{words} ({shown})"


def ratio_shown(strength: float | None) -> str | None:
    """`34 to 1` for the supported proposition; None where a ratio may not be shown."""
    if strength is None or not may_be_shown(strength):
        return None
    return f"{max(strength, 1 / strength):.3g} to 1"
