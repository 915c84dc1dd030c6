"""What a user of the matcher, or of the record round it, needs: what the criteria of `make prove` serve."""

from dataclasses import dataclass

METHOD = "matcher/analysis/README.md"
MATCHER, WHOLE = "matcher", "whole"
PARTS = (MATCHER,)
"""Parts of which a validation can be made by itself."""


@dataclass(frozen=True)
class Requirement:
    """What a user needs, where that is asked for, and where the part that does it is described."""

    key: str
    need: str
    source: str
    described: str
    also: tuple[str, ...] = ()
    """Tests, run with every change, that serve it beside or instead of a proof."""
    part: str = WHOLE
    """Which part of the program has to meet it alone."""


REQUIREMENTS = {
    each.key: each
    for each in (
        Requirement(
            "R1 permitted",
            "Only the fixes of wearers who may be matched are read, and a match goes to the police only once it is "
            "confirmed.",
            "PCD 570, 2.3 and note 1 (OGRS of 50 % or more; data is released only when a match is confirmed)",
            "tracker/README.md",
            (
                "tests/tracker/eligibility/test_gate.py",
                "tests/matcher/trails/test_read.py",
                "tests/api/usecases/matching/test_match_by_record.py",
                "tests/api/http/test_access.py",
                "tests/api/http/test_review.py",
            ),
        ),
        Requirement(
            "R2 not ruled out",
            "Nobody who was at the scene is said to have been elsewhere (*excluded*).",
            "PCD 570, 1.5, fourth aim: location data is shared appropriately for crime detection; a wrong exclusion "
            "misleads an inquiry and a defence alike",
            f"{METHOD}#who-was-elsewhere",
            part=MATCHER,
        ),
        Requirement(
            "R3 presence",
            "Of those to whom a probability of presence of 0.6 is given, sixty in a hundred were there.",
            "PCD 570, 2.3: whoever confirms a match goes by it",
            f"{METHOD}#probability-of-presence",
            part=MATCHER,
        ),
        Requirement(
            "R4 chance",
            "Who confirms a match knows how many of such matches come by chance: no list of matches has a greater "
            "false share than its q says, and a wearer's usual places are no evidence.",
            "PCD 570, 2.3: data is released only when a match is confirmed",
            f"{METHOD}#other-days-and-chance",
            part=MATCHER,
        ),
        Requirement(
            "R5 as defined",
            "The program computes what its definition says, no more and no less.",
            "FSR-G-218: the specification is what is validated",
            f"{METHOD}#how-it-is-checked",
            ("tests/matcher/analysis", "tests/matcher/kernels", "tests/matcher/naive"),
            part=MATCHER,
        ),
        Requirement(
            "R6 same answer",
            "The same data and settings give the same answer, however the work was cut, continued or interrupted.",
            "FSR-G-218: results can be repeated",
            "matcher/runs/README.md",
            ("tests/matcher/runs",),
            part=MATCHER,
        ),
        Requirement(
            "R7 whole",
            "What was imported, matched or exported is there wholly or not at all, whatever interrupted it.",
            "PCD 570, 6.5 (GDPR and the Data Protection Act 2018: integrity)",
            "matcher/store/README.md",
        ),
        Requirement(
            "R8 evaluation",
            "What leaves for the evaluation identifies no one, and an effect's interval holds the truth as often as it "
            "says.",
            "PCD 570, 1.9, 6.2 and 7.3",
            "tracker/evaluation/README.md",
        ),
        Requirement(
            "R9 faults noticed",
            "A change of the program by which one of these needs is no longer met is noticed before anybody uses it.",
            "FSR-G-218: a method that was changed is validated again",
            "tests/README.md",
        ),
    )
}


def keys_of(part: str | None) -> list[str]:
    """The requirements of a part, None for all."""
    return [key for key, each in REQUIREMENTS.items() if part in (None, each.part)]
