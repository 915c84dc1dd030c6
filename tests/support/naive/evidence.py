"""What one trail shows of one crime, and which of a wearer's trails is heard, the slow, obvious way.

* A wearer's trails are asked about W if one of their windows, [from, to), has an instant in common with it.
* The trail heard is the one with the first of present and passed; of two alike the one with the greater p (as stored,
  to 6 digits; none is least), then the longer dwell (as stored, whole ms), then the smaller device by its bytes.
"""

from dataclasses import dataclass
from fractions import Fraction

from matcher.params import Params
from tests.support.naive.path import Disc, about, coverage, fixes_inside, presence, stretches
from tests.support.naive.presence import p_and_nearness
from tests.support.naive.trails import Trail
from tests.support.naive.visits import whole_ms

NEAR_TIE_P = 2e-6


@dataclass(frozen=True)
class Heard:
    """The trail whose evidence it is, and what it says: present or passed."""

    trail: Trail
    verdict: str
    near_tie: bool
    """Whether rounding could have let another of the wearer's trails be heard."""


def six(value: float) -> float:
    return float(f"{value:.6g}")


def asked(trails_of_wearer: list[Trail], disc: Disc) -> list[Trail]:
    return [trail for trail in trails_of_wearer if any(a <= disc.end and disc.start < b for a, b in trail.windows)]


def candidate(trail: Trail, disc: Disc, params: Params) -> str | None:
    """present or passed, if either."""
    fixes = about(trail.fixes, disc)
    xs, ys = [f.x for f in fixes], [f.y for f in fixes]
    # No path of these fixes enters D unless the box round them comes within the radius.
    near = fixes and min(xs) - disc.r <= disc.x <= max(xs) + disc.r and min(ys) - disc.r <= disc.y <= max(ys) + disc.r
    if not near or not presence(fixes, disc, params):
        return None
    return "present" if len(fixes_inside(fixes, disc)) >= params.min_fixes else "passed"


def covered(trails_of_wearer: list[Trail], disc: Disc, params: Params) -> Fraction:
    """The greatest coverage of W by a trail asked about it."""
    return max(
        (coverage(about(t.fixes, disc), disc, params) for t in asked(trails_of_wearer, disc)), default=Fraction(0)
    )


def dwell_ms(trail: Trail, disc: Disc, params: Params) -> int:
    return whole_ms(sum((b - a for a, b in stretches(about(trail.fixes, disc), disc, params)), Fraction(0)))


def p_of(trail: Trail, disc: Disc, sigma_place: float, params: Params) -> float:
    """As stored; -1 if there is none."""
    found = p_and_nearness(trail.fixes, disc, sigma_place, params, trail.windows) if params.presence else None
    return -1.0 if found is None else six(found[0])


def heard(trails_of_wearer: list[Trail], disc: Disc, sigma_place: float, params: Params) -> Heard | None:
    """None if the wearer is no candidate."""
    said = {t.device: (t, v) for t in asked(trails_of_wearer, disc) if (v := candidate(t, disc, params)) is not None}
    if not said:
        return None
    verdict = min((v for _, v in said.values()), key=("present", "passed").index)
    alike = [trail for trail, v in said.values() if v == verdict]
    if len(alike) == 1:
        return Heard(alike[0], verdict, False)
    of = {t.device: (p_of(t, disc, sigma_place, params), dwell_ms(t, disc, params)) for t in alike}
    # The first of those that are alike in everything: trails come in the order of their devices.
    best = max(alike, key=lambda t: of[t.device])
    unclear = any(
        t.fixes != best.fixes and too_alike(of[t.device], of[best.device]) for t in alike if t.device != best.device
    )
    return Heard(best, verdict, unclear)


def too_alike(a: tuple[float, int], b: tuple[float, int]) -> bool:
    """Whether it hangs on the last digit of p, or where p is the same on that of the dwell, which is the greater."""
    return abs(a[0] - b[0]) <= NEAR_TIE_P and (a[0] != b[0] or a[0] >= 0 or 0 < abs(a[1] - b[1]) <= 1)
