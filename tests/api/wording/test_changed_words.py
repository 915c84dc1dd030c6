"""What is said of a changed match, figure by figure."""

from typing import Any

import pytest

from api.wording.changed import CAUSES, NAMES, causes_in_words, change_in_words, verdict_in_words
from api.wording.rematch import month_to_match_in_words, rematch_in_words, version_in_words
from tracker.review.changed import FIGURES, Cause

BEFORE: dict[str, Any] = {"verdict": "present", "p_present": 0.991234, "dwell_s": 720.0, "closest_m": 18.5, "visits": 1}


@pytest.mark.parametrize(
    ("now", "differs", "words"),
    [
        ({"p_present": 0.31}, ("p_present",), "probability of presence 0.991234, now 0.31 (much less likely)"),
        ({"p_present": 0.991235}, ("p_present",), "probability of presence 0.991234, now 0.991235 (hardly likelier)"),
        ({"p_present": 0.9}, ("p_present",), "probability of presence 0.991234, now 0.9 (less likely)"),
        ({"p_present": None}, ("p_present",), "probability of presence 0.991234, now not known"),
        (
            {"dwell_s": 200.0, "closest_m": 4.0, "visits": 2},
            ("visits", "dwell_s", "closest_m"),
            "visits 1, now 2; time inside 12 min 00 s, now 3 min 20 s; closest 18.5 m, now 4 m",
        ),
        ({"verdict": "excluded"}, ("verdict",), "verdict fix inside, now no candidate (excluded)"),
        (
            {"against": [{"code": "left_out_fix"}, {"code": "edge"}], "_before": [{"code": "edge"}, {"code": "gaps"}]},
            ("against",),
            "what speaks against it edge; gaps, now left out fix; edge (new: left out fix; no longer: gaps)",
        ),
    ],
)
def test_a_change_is_said_with_both_figures(now: dict[str, Any], differs: tuple[str, ...], words: str) -> None:
    before = {**BEFORE, "against": now.pop("_before", None)}
    assert change_in_words(before, {**before, **now}, differs) == words


def test_a_strength_is_said_with_the_proposition_it_supports() -> None:
    words = change_in_words({"strength": 188.2}, {"strength": 1e-5}, ("strength",))
    assert words == (
        "evidential strength moderate support that the wearer was at the scene, now weak support that the "
        "wearer was elsewhere in the circle, as on this wearer's other days (weaker)"
    )


def test_a_cause_that_is_known_is_not_said_to_be_unknown() -> None:
    assert causes_in_words(["crime version", "not known"]) == (
        "a later version of the crime, and perhaps more, which is not known because the run before is no longer kept"
    )
    assert causes_in_words(["not known"]) == "the run before is no longer kept, so the cause is not known"
    assert causes_in_words(["fixes", "settings"]) == "fixes that came or went since, other settings"


def test_every_cause_and_every_figure_has_words() -> None:
    assert set(CAUSES) == {cause.value for cause in Cause}
    assert set(NAMES) == {*FIGURES, "strength", "against"}
    assert verdict_in_words(None) == "no candidate"


def test_what_to_match_again_is_one_sentence_with_numbers_and_the_command() -> None:
    assert rematch_in_words(0, 0, "3") is None
    assert rematch_in_words(2, 1_204, "3") == (
        "2 months have 1,204 open or released matches of an earlier version of the matcher than version 3: "
        "tagpilot review rematch"
    )
    assert month_to_match_in_words("2019-09", {"new": 1_000, "in review": 1, "released": 2}, 40) == (
        "September 2019: 1,000 new, 1 in review and 2 released, at 40 crimes"
    )
    assert version_in_words("3", "3") is None
    assert version_in_words(None, "3") == (
        "Last tested by an earlier version of the matcher; the present version is 3: tagpilot review rematch."
    )
