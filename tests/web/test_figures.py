"""Every figure on every page is one of the answer that the page was made of, by its name, as JSON writes the same."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import msgspec
import pytest
from jinja2 import Template

from api.wording.text import lasting, london
from tests.support.page_figures import Figures
from tests.support.pages import PAGES, browsing
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.money import pounds


def told_by(answer: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Each value of an answer with the name that it has in JSON, however deep; lists by how many they have, too."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            yield from told_by(value, str(key))
    elif isinstance(answer, list):
        yield name, len(answer)
        for each in answer:
            yield from told_by(each, name)
    else:
        yield name, answer


def structs_in(shown: Any, depth: int = 4) -> Iterator[Any]:
    """The answers that a template was given, alone or in lists and tuples beside the words made of them."""
    if isinstance(shown, msgspec.Struct):
        yield msgspec.json.decode(msgspec.json.encode(shown, enc_hook=str))
    elif depth and isinstance(shown, dict):
        for each in shown.values():
            yield from structs_in(each, depth - 1)
    elif depth and isinstance(shown, list | tuple):
        for each in shown:
            yield from structs_in(each, depth - 1)
    elif depth and hasattr(shown, "__dataclass_fields__"):
        for each in vars(shown).values() if hasattr(shown, "__dict__") else ():
            yield from structs_in(each, depth - 1)


def forms(value: Any) -> set[str]:
    """How a page may write a value of JSON; what is not there is never a number."""
    if value is None:
        # A number that JSON withholds is null, or says so.
        return {"not known", "Not known", "none", "none on record", "not stated", "[c]", "–"}
    if isinstance(value, str):
        found = {"[c]"} if value == "withheld" else set[str]()
        found |= {value, f"{value[:1].upper()}{value[1:]}", f"{value}.", f"{value[:1].upper()}{value[1:]}."}
        if re.fullmatch(r"\d{4}-\d\d-\d\dT.*", value):
            at = london(datetime.fromisoformat(value))
            found |= {at, at[11:], at[:16]}
        elif re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            on = date.fromisoformat(value)
            found.add(f"{on.day} {on:%B %Y}")
        return found
    found = {f"{value:,}", str(value), pounds(round(value)), lasting(value)}
    for each in (value, 100 * value):
        found |= {form % each for form in ("%.0f", "%.1f", "%.2f", "%g", "%+.1f")}
    units = ("m", " m", "km/h", " km/h", "%", " %", " s", " points")
    return found | {f"{each}{unit}" for each in found for unit in units}


def figures_that_no_answer_has(text: str, answers: list[Any]) -> list[tuple[str, str]]:
    """Name and words of each figure that is the form of no value of its name."""
    by_name: defaultdict[str, set[str]] = defaultdict(set)
    for answer in answers:
        for name, value in told_by(answer):
            by_name[name] |= forms(value)
    wrong = []
    for name, written in Figures(text).found.items():
        if any(re.fullmatch(pattern, name) for pattern in MADE_BY_RULE):
            continue
        known = {form for part in names_in(name) for form in by_name[part]}
        wrong += [(name, words) for words in written if not _is_known(" ".join(words.split()), known)]
    return wrong


def _is_known(words: str, known: set[str]) -> bool:
    """`3 of 61` is two figures."""
    return words in known or (" of " in words and all(each in known for each in words.split(" of ")))


NAMED = {
    r"(flow|equality)\..*": ("people",),
    r"days .*": ("days",),
    r"received|due": ("receivedOn", "dueOn"),
    r"matches": ("total",),
    r".*\.fixesAtEdge": ("fixes",),
}
"""Figures that have another name in JSON than on the page, or two of its values in one phrase."""
MADE_BY_RULE = (
    r"(.*\.)?otherDays|against\.\d+",  # tests/api/views/test_lead.py, tests/web/test_analyst_pages.py
    r"(.*\.)?went",  # tests/web/test_analyst_pages.py
    r"version\.\d+\.(when|place)",  # tests/web/test_analyst_pages.py
    r"power\.\d+\.\d+",  # tests/api/documents/test_evaluation_charts.py
)
"""Figures that are sentences, or a chart's points, made from several values: each has a test of its own."""


def names_in(figure: str) -> list[str]:
    others = [name for pattern, names in NAMED.items() if re.fullmatch(pattern, figure) for name in names]
    return [*figure.split("."), *figure.split(", "), figure, *others]


@pytest.mark.parametrize("role", Role, ids=str)
def test_every_figure_of_a_page_is_one_of_the_answer_that_json_gives(
    world: World, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What JSON withholds is no value of it, so it stands in no figure; [c] stands there instead."""
    given: list[dict[str, Any]] = []
    render = Template.render

    def rendered(self: Template, *args: Any, **shown: Any) -> str:
        given.append(shown)
        return render(self, *args, **shown)

    monkeypatch.setattr(Template, "render", rendered)
    wrong, seen = [], 0
    with browsing(world, role) as client:
        for each in PAGES.values():
            if role not in (each.sees or each.may or ()):
                continue
            text = client.get(each.address).text
            seen += len(Figures(text).found)
            missing = figures_that_no_answer_has(text, list(structs_in(given[-1])))
            wrong += [(each.address, *figure) for figure in missing]
    assert wrong == []
    assert seen > 0 or role is Role.SUPPLIER


@pytest.mark.parametrize(
    ("written", "found"), [("3", []), ("4", [("people", "4")]), ("[c]", [("people", "[c]")])], ids=str
)
def test_a_figure_that_differs_is_found(written: str, found: list[tuple[str, str]]) -> None:
    page = f'<p><span data-figure="people">{written}</span> people.</p>'
    assert figures_that_no_answer_has(page, [{"people": 3, "withheld": None}]) == found
