"""What a page says in the place of a command of the shell, for every message of the source that names one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.web.shell_words import OPERATORS, on_pages

ROOT = Path(__file__).parents[2]
SAID = ("tracker", "matcher", "api/usecases", "api/wording", "api/schemas")
"""Where messages are made that a page may show; the screens of a terminal have their own views."""


def messages() -> Iterator[tuple[str, str]]:
    """Each text of the source that names a command, without docstrings; what is filled in is a number."""
    for folder in SAID:
        for path in sorted((ROOT / folder).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if "tagpilot " not in source:
                continue
            tree = ast.parse(source)
            told = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
            parts = {id(part) for each in ast.walk(tree) if isinstance(each, ast.JoinedStr) for part in each.values}
            for each in ast.walk(tree):
                text = ""
                if isinstance(each, ast.JoinedStr):
                    text = "".join(part.value if isinstance(part, ast.Constant) else "12" for part in each.values)
                elif isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in told | parts:
                    text = each.value
                if re.search(r"\btagpilot [a-z]", text):
                    yield f"{path.relative_to(ROOT)}:{each.lineno}", text


def test_every_message_that_names_a_command_names_a_page_instead_or_is_an_operator_s() -> None:
    found = dict(messages())
    assert len(found) > 40
    left = {
        where: text
        for where, text in found.items()
        for one, two in re.findall(r"\btagpilot ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", on_pages(text))
        if OPERATORS.isdisjoint((one, f"{one} {two}")) and not text.startswith(KEYED)
    }
    assert left == {}


KEYED = ("tagpilot audit key", "tagpilot ")
"""Not read by people: the name under which a key is made; and what settles something, as JSON's `where` and `command`
have it for programs and a terminal prints it: no page shows these fields."""


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("version 4 is present: tagpilot review rematch.", "version 4 is present: the page “Match again”."),
        ("tagpilot import withdraw 12 --reason ... withdraws it", "The page “Withdrawals” withdraws it"),
        ("decided it: tagpilot keep set 'fixes' --days N --source '...'", "decided it: the page “Retention”"),
        ("None. tagpilot screen list has all", "None. The page “Licences” has all"),
        ("tagpilot audit rotate-key --lost begins another", "tagpilot audit rotate-key --lost begins another"),
        ("record a fitting (tagpilot tag fit)", "record a fitting (the page “Tags”)"),
        ("damaged; tagpilot verify names every file", "damaged; tagpilot verify names every file"),
    ],
)
def test_a_page_stands_in_the_place_of_a_command(said: str, shown: str) -> None:
    assert on_pages(said) == shown
