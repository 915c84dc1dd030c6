"""The table of OWASP ASVS 4.0.3 in api/ASVS.md: each requirement of levels 1 and 2 once, and tests that there are."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "api" / "ASVS.md"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", re.MULTILINE)
REQUIRED = {
    1: {
        1: "1-7", 2: "1-4", 4: "1 4-5", 5: "1-4", 6: "1-4", 7: "1-2", 8: "1-2", 9: "1-2", 10: "1", 11: "1-2", 12: "2",
        14: "1-6",
    },
    2: {1: "1-12", 2: "1-3", 3: "1-3", 4: "1-5", 5: "1-7", 6: "1-3", 7: "1-6", 8: "1-7", 9: "1-3", 10: "1-4"},
    3: {1: "1", 2: "1-4", 3: "1-4", 4: "1-5", 5: "1-3", 7: "1"},
    4: {1: "1-3 5", 2: "1-2", 3: "1-3"},
    5: {1: "1-5", 2: "1-8", 3: "1-10", 4: "1-3", 5: "1-4"},
    6: {1: "1-3", 2: "1-6", 3: "1-2", 4: "1-2"},
    7: {1: "1-4", 2: "1-2", 3: "1 3-4", 4: "1-3"},
    8: {1: "1-4", 2: "1-3", 3: "1-8"},
    9: {1: "1-3", 2: "1-4"},
    10: {2: "1-2", 3: "1-3"},
    11: {1: "1-8"},
    12: {1: "1-3", 2: "1", 3: "1-6", 4: "1-2", 5: "1-2", 6: "1"},
    13: {1: "1 3-5", 2: "1-3 5-6", 3: "1-2", 4: "1-2"},
    14: {1: "1-4", 2: "1-6", 3: "2-3", 4: "1-7", 5: "1-4"},
}  # fmt: skip
"""Chapter, section, numbers; those that the standard deleted, and those of level 3 alone, are left out."""


def _numbers() -> list[str]:
    found = []
    for chapter, sections in REQUIRED.items():
        for section, ranges in sections.items():
            for each in ranges.split():
                first, _, last = each.partition("-")
                found += [f"{chapter}.{section}.{n}" for n in range(int(first), int(last or first) + 1)]
    return found


def _rows() -> list[tuple[str, str, str, str]]:
    return [row.groups() for row in ROW.finditer(TABLE.read_text(encoding="utf-8"))]  # type: ignore[misc]


def test_each_requirement_of_level_one_and_two_stands_there_once_in_order() -> None:
    numbers = [number for number, *_ in _rows()]
    assert len(_numbers()) == 259
    assert numbers == _numbers()


def test_nothing_is_not_held_and_each_row_says_how() -> None:
    counts = Counter(how for _, how, _, _ in _rows())
    assert set(counts) == {"held", "operator", "not applicable"}
    assert all(words.endswith(".") for _, _, words, _ in _rows())
    told = f"Of {counts.total()}: held {counts['held']}, operator {counts['operator']}, "
    assert f"{told}not applicable {counts['not applicable']}." in TABLE.read_text(encoding="utf-8")


def test_what_is_held_is_shown_by_tests_that_there_are() -> None:
    there: dict[str, set[str]] = {}
    wrong = []
    for number, how, _, shown in _rows():
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", shown)
        if bool(named) != (how == "held"):
            wrong.append((number, how, shown))
        for file, test in named:
            if file not in there:
                text = (ROOT / file).read_text(encoding="utf-8")
                there[file] = set(re.findall(r"^(?:async )?def (test_\w+)", text, flags=re.MULTILINE))
            if test not in there[file]:
                wrong.append((number, file, test))
    assert wrong == []
    assert sum(map(len, there.values())) > 100


def test_the_readme_leads_to_it() -> None:
    assert "](ASVS.md)" in (ROOT / "api" / "README.md").read_text(encoding="utf-8")
