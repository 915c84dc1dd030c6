"""Which files are mutated, in which area each stands, and the tests that are to notice.

The tests of a *target* are those of its own room: a mutant costs seconds. `also` are tried on what these leave alive:
slower, and of the rooms round it.
"""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NONE_ALIVE = ("release", "gate", "disclosure", "audit")
"""Areas in which no mutant may survive that is not known to be the same program."""
SHARES = {
    "kernels": 120, "rules": 80, "release": 60, "disclosure": 50, "gate": 35, "audit": 35, "erasure": 10, "sums": 10,
}  # fmt: skip
"""How many of a sample of 400 are drawn from each area."""


@dataclass(frozen=True)
class Target:
    area: str
    files: tuple[str, ...]
    """Patterns, from the root."""
    tests: tuple[str, ...]
    also: tuple[str, ...] = ()
    compiled: bool = True
    """False: tried as plain Python, as compiling takes longer than the tests, and its lines can be followed."""
    but: str = ""
    """Tests left out, as pytest's -k has it."""


_TRACKER = "tests/tracker"
_OPERATION = "tests/api/usecases/operation"
_SLOW_SEARCHES = (
    "not wide_grid and not slow_twin and not window_grows and not straight_piece and not same_bits "
    "and not segment_meets_a_disc_exactly"
)
"""Hundreds of thousands of places, or long searches: an hour as plain Python."""

TARGETS = (
    Target(
        "release",
        (
            "tracker/review/*service.py",
            "tracker/review/*queries.py",
            "tracker/review/states.py",
            "tracker/review/package.py",
            "tracker/review/changed.py",
        ),
        (f"{_TRACKER}/review",),
        ("tests/api/http/test_review.py", "tests/api/http/test_changed_matches.py"),
    ),
    Target(
        "release",
        ("api/usecases/matching/releases.py",),
        ("tests/api/http/test_review.py",),
        ("tests/api/http/test_changed_matches.py",),
    ),
    Target(
        "gate",
        ("tracker/ogrs/gate.py", "tracker/eligibility/service.py"),
        (f"{_TRACKER}/eligibility", f"{_TRACKER}/ogrs"),
        ("tests/api/usecases/matching/test_match_by_record.py",),
    ),
    Target("gate", ("api/usecases/gate.py",), ("tests/api/usecases/test_gate.py",), ("tests/api/http/test_trails.py",)),
    Target(
        "gate",
        ("matcher/permitted.py",),
        ("tests/matcher/test_permitted.py",),
        ("tests/matcher/test_inputs.py", "tests/matcher/trails/test_read.py"),
    ),
    Target(
        "disclosure",
        ("tracker/evaluation/disclosure/*.py",),
        (f"{_TRACKER}/evaluation/test_disclosure_space.py", f"{_TRACKER}/evaluation/test_disclosure.py"),
        (f"{_TRACKER}/evaluation/test_tables_released.py", f"{_TRACKER}/evaluation/test_cohorts.py"),
    ),
    Target(
        "disclosure",
        ("tracker/evaluation/releases/*.py",),
        (f"{_TRACKER}/evaluation/test_tables_released.py", f"{_TRACKER}/evaluation/test_cohorts.py"),
        ("tests/api/http/test_evaluators_day.py",),
    ),
    Target(
        "audit",
        ("tracker/record/*.py", "tracker/record/audit/*.py"),
        (f"{_TRACKER}/record",),
        ("tests/api/cli/test_audit_command.py", f"{_TRACKER}/retention"),
    ),
    Target(
        "erasure",
        (
            "tracker/retention/erasure_service.py",
            "tracker/retention/erasure_rows_service.py",
            "tracker/retention/hidden_names_service.py",
        ),
        (f"{_TRACKER}/retention", f"{_OPERATION}/test_erasure.py"),
        ("tests/attacks/test_names_left.py", f"{_OPERATION}/test_erased_means_gone.py"),
    ),
    Target(
        "erasure",
        ("api/usecases/operation/erasure.py", "api/usecases/operation/erasure_journal.py"),
        (f"{_OPERATION}/test_erasure.py",),
        ("tests/attacks/test_homes_and_archives.py", f"{_OPERATION}/test_erased_means_gone.py"),
    ),
    Target(
        "sums",
        ("matcher/sums.py",),
        ("tests/matcher/store/test_sums.py",),
        ("tests/matcher/store", "tests/matcher/runs/test_damaged_runs.py"),
    ),
    Target(
        "sums",
        ("matcher/runs/verify.py",),
        ("tests/matcher/runs/test_verify.py", "tests/matcher/runs/test_damaged_runs.py"),
        (f"{_OPERATION}/test_at_rest.py",),
    ),
    Target(
        "sums",
        ("api/usecases/integrity/*.py",),
        (f"{_OPERATION}/test_at_rest.py",),
        (f"{_OPERATION}/test_flipped_bits.py",),
    ),
    Target("rules", ("tracker/screening/criteria.py",), (f"{_TRACKER}/screening",)),
    Target("rules", ("tracker/rollout/capacity.py", "tracker/rollout/places.py"), (f"{_TRACKER}/rollout",)),
    Target("rules", ("tracker/duties/rules.py",), (f"{_TRACKER}/duties",)),
    Target("rules", ("tracker/accuracy/rules.py",), (f"{_TRACKER}/accuracy",)),
    Target("rules", ("tracker/tags/states.py", "tracker/tags/queries.py"), (f"{_TRACKER}/tags",)),
    Target("rules", ("tracker/jobs/states.py",), (f"{_TRACKER}/jobs",)),
    Target("rules", ("tracker/ogrs/ogrs3.py",), (f"{_TRACKER}/ogrs",)),
    Target("rules", ("tracker/budget/commitments.py", "tracker/budget/position.py"), (f"{_TRACKER}/budget",)),
    Target("rules", ("tracker/retention/policy.py",), (f"{_TRACKER}/retention",)),
    Target(
        "rules",
        ("tracker/licences/states.py", "tracker/licences/spans.py"),
        (f"{_TRACKER}/tags", f"{_TRACKER}/eligibility", f"{_TRACKER}/screening"),
        ("tests/api/cli/test_officer_commands.py", "tests/api/http/test_officers_day.py"),
    ),
    Target(
        "kernels",
        ("matcher/kernels/other_days/*.py",),
        ("tests/matcher/analysis/test_other_days.py", "tests/matcher/kernels/test_kernels.py"),
        ("tests/matcher/analysis",),
        compiled=False,
        but=_SLOW_SEARCHES,
    ),
    Target(
        "kernels",
        ("matcher/kernels/indexed/*.py",),
        ("tests/matcher/runs/test_near.py", "tests/matcher/kernels/test_near.py"),
        ("tests/matcher/store/test_index.py",),
        compiled=False,
        but=_SLOW_SEARCHES,
    ),
    Target(
        "kernels",
        ("matcher/kernels/trails/*.py",),
        ("tests/matcher/trails", "tests/matcher/kernels/test_left_out.py", "tests/matcher/naive"),
        ("tests/matcher/analysis", "tests/matcher/kernels"),
        compiled=False,
        but=_SLOW_SEARCHES,
    ),
    Target(
        "kernels",
        ("matcher/kernels/*.py",),
        (
            "tests/matcher/kernels",
            "tests/matcher/analysis/test_verdicts_worked_examples.py",
            "tests/matcher/analysis/test_presence.py",
        ),
        ("tests/matcher/analysis", "tests/matcher/naive"),
        compiled=False,
        but=f"{_SLOW_SEARCHES} and not without_being_compiled and not memory_held",
    ),
)


def files_of(target: Target) -> list[str]:
    """The files themselves, without those that only gather names."""
    found = {path for pattern in target.files for path in ROOT.glob(pattern) if path.name != "__init__.py"}
    return sorted(path.relative_to(ROOT).as_posix() for path in found if not path.stem.endswith("tables"))


def files_of_area(area: str) -> dict[str, Target]:
    """Each file of an area, with its target."""
    return {file: target for target in TARGETS if target.area == area for file in files_of(target)}
