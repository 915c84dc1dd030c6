"""What a wrong answer would do, what keeps it from happening, and which criteria test that."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Risk:
    what: str
    effect: str
    control: str
    criteria: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """Tests, run with every change, that hold the control."""


RISKS = (
    Risk(
        "A wearer who had nothing to do with the crime is listed",
        "An innocent name comes before the police.",
        "Each candidate is compared with the same wearer at the same clock times on other days; each list says how "
        "many of it come by chance; crowds are judged apart; one person confirms and another releases.",
        (
            "e-mean",
            "e-tail",
            "false-share-0.1",
            "false-share-0.2",
            "false-share-0.5",
            "false-share-read-together",
            "false-share-busy-crowd",
            "pool-equals-run",
            "crowd-moves-no-list",
            "chance-as-told",
            "chance-as-told-by-one",
        ),
        ("tests/api/http/test_review.py",),
    ),
    Risk(
        "A wearer who was at the scene is said to have been elsewhere",
        "The right person is ruled out; an alibi is believed that is none.",
        "*Excluded* only if no way at 40 m/s leads into the circle with every fix and the scene off by up to 4 sigma; "
        "fixes of one drift count once and as no finer than 25 m; rows left out are looked at first.",
        ("inside-not-excluded", "drift-not-excluded", "four-sigma-not-excluded", "worst-visit-as-formula"),
        ("tests/matcher/trails/test_left_out.py",),
    ),
    Risk(
        "A wearer who was elsewhere cannot be excluded",
        "A true alibi is not seen, and the wearer stays a suspect.",
        "The verdict *possible* says that the fixes leave time for a visit; it is no candidate and is not released.",
        ("far-excluded", "further-excluded-more", "elsewhere-excluded"),
    ),
    Risk(
        "The probability of presence is too high or too low",
        "A match is confirmed that should not be, or dismissed that should not be.",
        "Fixes with a common error count once; the scene's own error is added; small values say when fixes are too "
        "coarse to tell.",
        (
            "p-slope",
            "p-mean",
            "p-brier-before",
            "p-better-than-a-fix",
            "visit-lost-10-60",
            "visit-lost-10-80",
            "visit-lost-50-50",
            "lost-visit-says-coarse",
            "lost-visit-says-coarse-900",
        ),
    ),
    Risk(
        "A device's errors are greater than it states",
        "Presence, exclusion and strength all lean on the stated accuracy.",
        "`tagpilot accuracy` measures each device model's real radius from nights at home; it is used once an analyst "
        "adopts it. Until then there is only the floor of 25 m for exclusion and the heavy tail of nearness.",
        ("understated-errors", "drift-not-excluded", "p-wrong-error-time"),
        ("tests/matcher/analysis/test_real_accuracy.py", "tests/tracker/accuracy/test_adoptions.py"),
    ),
    Risk(
        "True leads are lost among many",
        "A crime that could have been cleared up is not.",
        "Lists keep their power where people and crimes keep the same rhythm: decoys are of the same weekday, while "
        "e uses all days.",
        ("truth-listed", "truth-listed-dense"),
    ),
    Risk(
        "Strength of evidence is overstated",
        "A court gives a match more weight than it has.",
        "It is said in words beside both propositions, chosen by the least ratio found of such strengths in any "
        "kind of world; a ratio is shown only within bounds in which said and found were seen to agree.",
        ("strength-words", "strength-shown", "strength-factor", "strength-cost", "strength-order"),
        ("tests/api/wording/test_strength_words.py",),
    ),
    Risk(
        "The program does not do what is described",
        "An expert judges a method that was not the one used.",
        "Every quantity has a second program, slow and written from the definition alone; both must agree.",
        ("twin-match", "twin-verdicts", "twin-strength", "twin-other-days"),
    ),
    Risk(
        "A later change breaks a rule, and no test notices",
        "Somebody is matched, told or published who should not be, for as long as nobody looks.",
        "Small faults are made on purpose in the files that decide; a test has to fail for each that is drawn.",
        ("mutants-killed", "mutants-alive-where-none-may-be"),
    ),
    Risk(
        "Work is interrupted, or cut otherwise",
        "Half a file or half a run is taken for the whole; the same question has two answers.",
        "Imports, runs and exports are put in place at once; runs are named by the digest of what they read.",
        (
            "incremental-equals-whole",
            "killed-run-resumes",
            "killed-demo-resumes",
            "killed-fix-import",
            "killed-import",
            "cut-short",
            "killed-worker",
            "killed-export",
            "killed-entry",
            "projections-follow",
            "known-then-stays",
            "faces-agree",
            "pages-in-a-browser",
            "flips-seen",
            "erased-gone",
            "import-memory",
        ),
    ),
    Risk(
        "Somebody is matched who may not be, or a match leaves unconfirmed",
        "Interference with private life without a basis.",
        "The gate is asked for each wearer and day before a fix is read; the states of a match allow no other way out.",
        ("schema-fuzzed",),
        (
            "tests/tracker/eligibility/test_gate.py",
            "tests/api/usecases/matching/test_match_by_record.py",
            "tests/api/http/test_review.py",
            "tests/api/http/test_access.py",
        ),
    ),
    Risk(
        "Evidence is said to be stronger than it is",
        "A coincidence is taken for more than it can bear; in court a ratio is quoted that nobody could find.",
        "Strength is shown as a ratio only between bounds in which it is found in every world tried; at present there "
        "are none. It is said in words, and none of these is stronger than what was found in worlds that they were not "
        "chosen by.",
        ("strength-words", "strength-shown", "strength-factor", "strength-cost", "strength-order"),
        ("tests/api/wording/test_strength_words.py",),
    ),
    Risk(
        "A figure is read as the probability of guilt",
        "The prosecutor's fallacy.",
        "Sentences name both propositions, never turn a ratio round, and stand beside what speaks against the match.",
        (),
        ("tests/api/wording/test_strength_words.py",),
    ),
    Risk(
        "What is published on the programme names somebody, or claims an effect that is none",
        "A person is found out; a policy rests on chance.",
        "One gate and one ledger for all that leaves; intervals that hold the truth as often as they say.",
        (
            "export-names-no-one",
            "releases-hold",
            "no-conviction-told",
            "effect-covered",
            "effect-error",
            "evaluators-day",
        ),
    ),
)
