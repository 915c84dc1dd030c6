"""The room's README is what users read: it has every column and every code with what to do."""

from pathlib import Path

import tracker
from tracker.assignments import codes as assignment_codes
from tracker.assignments import file as assignment_columns
from tracker.crimes import codes, headed, ministry
from tracker.crimes.forces import FORCES

README = (Path(tracker.__file__).parent / "README.md").read_text(encoding="utf-8")


def test_every_code_stands_there_with_the_action_the_rejects_file_gives() -> None:
    for rule, action in (codes.ACTIONS | assignment_codes.ACTIONS).items():
        assert any(line.startswith(f"| `{rule}` |") and line.endswith(f"| {action} |") for line in README.splitlines())


def test_every_column_and_force_stands_there() -> None:
    for name in (*ministry.COLUMNS, *headed.COLUMNS, *assignment_columns.COLUMNS, *ministry.CRIME_TYPES):
        assert name in README
    for force in FORCES:
        assert f"`{force.identifier}` ({force.code})" in README


def test_evaluators_columns_and_codes_stand_in_their_room_s_readme() -> None:
    from tracker.evaluation.imports.files import ACTIONS, LAYOUTS

    text = (Path(tracker.__file__).parent / "evaluation" / "README.md").read_text(encoding="utf-8")
    for rule, action in ACTIONS.items():
        assert f"| `{rule}` | {action} |" in text
    for kind, layout in LAYOUTS.items():
        [line] = [line for line in text.splitlines() if line.startswith(f"| `{kind}` |")]
        assert all(f"`{name}`" in line for name in layout.columns)
