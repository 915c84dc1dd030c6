"""The room's README is what users read: it has every column and every code with what to do."""

from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

import tracker
from geo.csv_records import RECORD_ACTIONS
from tracker.assignments import codes as assignment_codes
from tracker.assignments import file as assignment_columns
from tracker.budget import ledger_file
from tracker.crimes import codes, headed, ministry
from tracker.crimes.forces import FORCES
from tracker.knife_crime import counts_file
from tracker.screening import codes as release_codes
from tracker.screening import dated, release_fields
from tracker.screening.criteria import Case, Operation, screen
from tracker.screening.home import Home
from tracker.screening.release_row import IDENTIFIERS
from tracker.tags import stock_file

ROOM = Path(tracker.__file__).parent
README = (ROOM / "README.md").read_text(encoding="utf-8")


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


def _table(readme: Path, first_title: str) -> list[list[str]]:
    """The cells of the one table whose first column has that title, without backticks."""
    lines = readme.read_text(encoding="utf-8").splitlines()
    [start] = [at for at, line in enumerate(lines) if line.startswith(f"| {first_title} |")]
    rows = takewhile(lambda line: line.startswith("|"), lines[start + 2 :])
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows]


@pytest.mark.parametrize(
    ("package", "columns", "required", "lengths", "actions"),
    [
        ("screening", release_fields.COLUMNS, release_fields.REQUIRED, release_fields.TEXTS, release_codes.ACTIONS),
        ("tags", stock_file.COLUMNS, stock_file.REQUIRED, stock_file.LONGEST, stock_file.ACTIONS),
        ("budget", ledger_file.COLUMNS, ledger_file.REQUIRED, ledger_file.LONGEST, ledger_file.ACTIONS),
        ("knife_crime", counts_file.COLUMNS, counts_file.COLUMNS, counts_file.LONGEST, counts_file.ACTIONS),
    ],
)
def test_columns_and_codes_of_a_kind_of_file_are_those_of_its_package_s_readme(
    package: str, columns: tuple[str, ...], required: tuple[str, ...], lengths: dict[str, int], actions: dict[str, str]
) -> None:
    readme = ROOM / package / "README.md"
    rows = _table(readme, "column")
    assert sorted(row[0] for row in rows) == sorted(columns)
    assert {row[0] for row in rows if row[3] == "yes"} == set(required)
    for name, longest in lengths.items():
        [form] = [row[2] for row in rows if row[0] == name]
        assert form.startswith(f"text, at most {longest}")
    own = {rule: action for rule, action in actions.items() if rule not in RECORD_ACTIONS}
    assert {row[0]: row[2] for row in _table(readme, "code")} == own


def test_one_of_the_identifiers_is_required() -> None:
    rows = _table(ROOM / "screening" / "README.md", "column")
    assert tuple(row[0] for row in rows if row[3] == "one of the three") == IDENTIFIERS


def test_criteria_and_offence_codes_are_those_of_the_rules() -> None:
    readme = ROOM / "screening" / "README.md"
    facts = ("born", "offence_code", "knife_involved", "knife_basis", "prison", "release_on")
    nothing: dict[str, Any] = dict.fromkeys(facts)
    findings = screen(Case(**nothing, home=Home()), {}, Operation(None, None)).findings
    criteria = [finding.criterion for finding in findings]
    assert [row[0] for row in _table(readme, "criterion")] == [*criteria, "proportionate", "crime mapping"]
    offences = [[o.code, o.words, "yes" if o.blade else "no", o.ogrs3_group] for o in dated.offences()]
    assert _table(readme, "offence code") == offences
