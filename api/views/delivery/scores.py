"""OGRS scores and the mapping gate, for a person at a terminal."""

from collections.abc import Sequence

from api.schemas.delivery.scores import Ogrs3Out, ScoreEntered, ScoreOut, ScoresWithdrawn, WearerScores
from api.wording.text import table


def wearer_in_words(found: WearerScores) -> list[str]:
    words = scores_in_words(found.scores) if found.scores else [f"Wearer {found.wearer} has no score."]
    return [*words, "", *_gate_in_words(found)]


def scores_in_words(scores: Sequence[ScoreOut]) -> list[str]:
    rows = [
        [
            str(score.scored_on),
            f"{score.pct:g} %",
            f"{score.horizon_years}-year {score.instrument}",
            "computed here" if score.computed else "given, rounded" if score.rounded else "given",
            score.band,
            score.given_by,
        ]
        for score in scores
    ]
    return [table(["scored on", "score", "instrument", "", "band", "by"], rows)]


def entered_in_words(entered: ScoreEntered) -> list[str]:
    return [
        f"{entered.score}, {entered.band}" + ("" if entered.new else "; was on record already"),
        *(f"The mapping gate ({entered.horizon_years}-year score) {change}." for change in entered.gate),
        *_matches_in_words(entered),
        *(f"warning: {words}" for words in entered.warnings),
    ]


def withdrawn_in_words(withdrawn: ScoresWithdrawn) -> list[str]:
    return [
        f"The scores of {withdrawn.on} are withdrawn.",
        *(f"The mapping gate {change}." for change in withdrawn.gate),
        *_matches_in_words(withdrawn),
    ]


def computed_in_words(found: Ogrs3Out) -> list[str]:
    return [
        f"OGRS3: {found.one_year_pct:.2f} % within a year, {found.two_year_pct:.2f} % within two ({found.band})",
        *(f"  {weight:+.5f}  {term}" for term, weight in found.terms.items()),
        *(entered_in_words(found.entered) if found.entered is not None else []),
    ]


def _gate_in_words(found: WearerScores) -> list[str]:
    head = f"The mapping gate, by the {found.horizon_years}-year score, 50 % or over"
    if not found.gate:
        return [f"{head}: closed"]
    lines = []
    for open_ in found.gate:
        end = "until further notice" if open_.to is None else f"until the day before {open_.to}"
        lines.append(f"  open from {open_.from_} {end}: {open_.why}")
    return [f"{head}:", *lines]


def _matches_in_words(changed: ScoreEntered | ScoresWithdrawn) -> list[str]:
    if not changed.matches_affected:
        return []
    return [f"Affected matches: {changed.matches_affected:,}", *(f"  {words}" for words in changed.matches or ())]
