"""The officer's pages: every figure is the Struct's, what is refused keeps what was typed, and a whole day by forms."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import msgspec
import pytest

from api.usecases.actor import LOCAL
from api.usecases.delivery import budget, overview, rollout, tags
from api.usecases.request_context import Page, RequestContext
from api.usecases.stores import open_record
from tests.support.clients import Client
from tests.support.page_figures import Figures
from tests.support.pages import browsing, hidden_field
from tests.support.pilot import PILOT
from tests.support.release_lists import person, write_list
from tests.support.worlds import World, done, load_papers
from tracker.access.roles import Role
from tracker.money import pounds

OWN = f"/app/programmes/{PILOT}"
TODAY = "2019-04-01"


def figure_of(answer: Any, name: str) -> str:
    """How a page writes a figure of an answer, by its path: `money.lines.tagging.freePence`."""
    value: Any = msgspec.to_builtins(answer)
    for part in name.split("."):
        value = next(each for each in value if each["line"] == part) if isinstance(value, list) else value[part]
    if isinstance(value, list):
        return str(len(value))
    if name.endswith("Pence"):
        return pounds(value)
    return "Not known" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


@pytest.fixture(scope="module")
def young(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The first phase is launched, and of four people on a release list three are under age: no place is theirs by
    rule."""
    root = tmp_path_factory.mktemp("delivery")
    (root / "files").mkdir()
    (root / "home").mkdir()
    (root / "home" / "today").write_text(f"{TODAY}\n")
    world = World(root / "home", root / "files")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGPILOT_TODAY", TODAY)
        load_papers(world)
        done(world, "rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18")
        rows = (person(n) | ({"born": "2002-01-01"} if n < 4 else {}) for n in (1, 2, 3, 4))
        done(world, "screen", "import", write_list(world.files / "releases.csv", *rows))
    with world.client_as(Role.OFFICER):
        return world


@pytest.fixture(scope="module")
def officer(young: World) -> Iterator[Client]:
    with browsing(young, Role.OFFICER) as client:
        yield client


def sends(client: Client, page: str, path: str, part: str, fields: dict[str, str]) -> Any:
    """The form of a page, sent as a browser sends it: with the page's hidden fields."""
    return sent_from(client.get(page).text, client, path, part, fields)


def sent_from(shown: str, client: Client, path: str, part: str, fields: dict[str, str]) -> Any:
    """As `sends`, from a page that was opened before."""
    # The form itself, or, where the page has none any more, the way out.
    form = next((each for each in shown.split("<form") if f'name="part" value="{part}"' in each), shown)
    hidden = {name: unescape(hidden_field(form, name)) for name in ("csrf", "once", "seen", "state")}
    return client.post(
        path, data={**hidden, "part": part, **{f"{part}{name}": value for name, value in fields.items()}}
    )


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("", lambda context, programme, as_of: overview.show(context, programme, as_of)),
        ("/rollout", lambda context, programme, as_of: rollout.show(context, programme, as_of)),
        ("/money", lambda context, programme, as_of: budget.show_position(context, programme, as_of)),
        ("/tags", lambda context, programme, as_of: tags.stock(context, programme, as_of, Page())),
    ],
    ids=["overview", "rollout", "money", "tags"],
)
def test_every_figure_of_a_page_is_the_answers(world: World, path: str, read: Any) -> None:
    engine = open_record(world.settings)
    context = RequestContext(LOCAL, world.settings, engine)
    answer = read(context, context.programme(PILOT), context.as_of())
    with browsing(world, Role.OFFICER) as client:
        found = Figures(client.get(f"{OWN}{path}").text).found
    engine.dispose()
    wrapped = answer if path != "/money" else {"money": answer, **msgspec.to_builtins(answer)}
    assert found
    assert {name: texts for name, texts in found.items() if texts != {figure_of(wrapped, name)}} == {}


def test_a_place_that_a_rule_refuses_needs_an_override_with_a_reason(officer: Client) -> None:
    page = f"{OWN}/licences/L00001"
    nothing = sends(officer, page, f"{page}/place", "place-", {})
    assert nothing.status_code == 422
    assert 'href="#place-move"' in nothing.text
    refused = sends(officer, page, f"{page}/place", "place-", {"move": "reserve", "on": TODAY})
    assert refused.status_code == 409
    assert "adult: failed, 17 on 2019-05-01" in refused.text
    assert f'value="{TODAY}"' in refused.text, "what was typed stays"
    assert 'value="reserve" checked' in refused.text
    given = sends(officer, page, f"{page}/place", "place-", {"move": "reserve", "reason": "agreed by the court"})
    assert (given.status_code, given.headers["location"]) == (303, page)
    after = officer.get(page).text
    assert "A place is reserved" in after
    assert "Settled: " in after
    assert "agreed by the court (delivery-officer" in after


def test_over_the_maximum_a_place_needs_an_override_with_a_reason(officer: Client, young: World) -> None:
    lowered = ("phase", "--where", "name=February 2019", "--set", "running_maximum=1", "--override", "one tag alone")
    done(young, "programme", "correct", PILOT, *lowered)
    page = f"{OWN}/licences/L00004"
    agreed = {"proportionate": "true", "decidedBy": "A. Officer", "organisation": "NPS London", "reasons": "suitable"}
    assert sends(officer, page, f"{page}/decision", "decide-", agreed).status_code == 303
    full = sends(officer, page, f"{page}/place", "place-", {"move": "reserve", "reason": ""})
    assert full.status_code == 409
    assert "1 place is taken" in full.text
    over = sends(
        officer, page, f"{page}/place", "place-", {"move": "reserve", "reason": "a place falls free on Friday"}
    )
    assert over.status_code == 303
    assert "The rule was overridden: a place falls free on Friday" in officer.get(page).text
    overview_now = officer.get(OWN).text
    assert "Over by 1" in overview_now
    assert 'over by <span data-figure="over">1</span>' in overview_now


def test_a_form_of_a_licence_that_somebody_changed_meanwhile_is_refused_with_both_states(officer: Client) -> None:
    page = f"{OWN}/licences/L00003"
    old = officer.get(page).text
    agreed = {"proportionate": "false", "decidedBy": "B. Officer", "organisation": "NPS London", "reasons": "too young"}
    assert sent_from(old, officer, f"{page}/decision", "decide-", agreed).status_code == 303
    typed = {"move": "reserve", "on": TODAY, "reason": "agreed with the prison"}
    late = sent_from(old, officer, f"{page}/place", "place-", typed)
    assert late.status_code == 412
    told = late.text.partition('class="tp-both"')[2].partition("<h1")[0]
    seen, now = told.split("Now</h2>")
    assert ("probation: undecided" in seen, "probation: not proportionate" in now) == (True, True)
    assert "Last changed" in now
    assert "by delivery-officer" in now
    assert 'value="reserve" checked' in late.text
    assert "agreed with the prison" in late.text
    assert "A place is reserved" not in officer.get(page).text
    again = sent_from(late.text, officer, f"{page}/place", "place-", typed)
    assert (again.status_code, again.headers["location"]) == (303, page)


def test_money_rollout_and_duties_rest_on_what_the_page_showed(officer: Client) -> None:
    money, other, rollout_page, mine, duties = (
        officer.get(f"{OWN}/{each}").text for each in ("money", "money", "rollout", "rollout", "duties")
    )
    paid = {"line": "tagging|", "pounds": "10", "words": "the first bill", "reference": "A77"}
    assert sent_from(money, officer, f"{OWN}/money/spend", "spend-", paid).status_code == 303
    promised = {"reference": "C77", "line": "tagging|", "pounds": "20", "words": "the second bill"}
    late = sent_from(money, officer, f"{OWN}/money/commit", "commit-", promised)
    was, _, now = late.text.partition('class="tp-both"')[2].partition("Now</h2>")
    assert (late.status_code, "Nothing was entered here" in was, "Last changed" in now) == (412, True, True)
    assert sent_from(late.text, officer, f"{OWN}/money/commit", "commit-", promised).status_code == 303
    # A payment was made whatever else was entered.
    assert sent_from(other, officer, f"{OWN}/money/spend", "spend-", {**paid, "reference": "A78"}).status_code == 303
    planned = {"borough": "Camden", "on": "2019-07", "reason": "asked by the borough"}
    assert sent_from(rollout_page, officer, f"{OWN}/rollout/plan", "plan-", planned).status_code == 303
    earlier = sent_from(mine, officer, f"{OWN}/rollout/plan", "plan-", {**planned, "on": "2019-08"})
    assert earlier.status_code == 412
    first, second = re.findall(r'name="part" value="(done-[^"]+)"', duties)[:2]
    evidence = {"evidence": "the register of the board"}
    assert sent_from(duties, officer, f"{OWN}/duties/done", first, evidence).status_code == 303
    assert sent_from(duties, officer, f"{OWN}/duties/done", second, evidence).status_code == 412


def test_a_form_that_rests_on_a_state_is_not_taken_without_it(officer: Client) -> None:
    page = f"{OWN}/licences/L00002"
    shown = officer.get(page).text
    form = {
        "csrf": hidden_field(shown, "csrf"),
        "once": "without-a-state",
        "part": "place-",
        "place-move": "reserve",
        "place-on": TODAY,
        "place-reason": "a reason",
    }
    assert officer.post(f"{page}/place", data=form).status_code == 428


def test_money_past_what_is_free_is_refused_in_pounds_and_keeps_what_was_typed(officer: Client) -> None:
    typed = {"reference": "C1", "line": "evaluation|", "pounds": "65,000", "words": "the report"}
    page = f"{OWN}/money"
    refused = sends(officer, page, f"{page}/commit", "commit-", typed)
    assert refused.status_code == 409
    assert "£65,000 is more than is free" in refused.text
    assert 'value="65,000"' in refused.text
    wrong = sends(officer, page, f"{page}/commit", "commit-", {**typed, "pounds": "sixty"})
    assert (wrong.status_code, "is not an amount of money" in wrong.text) == (422, True)
    over = sends(officer, page, f"{page}/commit", "commit-", {**typed, "override": "agreed on 1 April"})
    assert over.status_code == 303
    shown = officer.get(page).text
    assert "£65,000 is committed as C1." in shown
    assert "Over by £5,000" in shown
    todo = officer.get(OWN).text
    assert "Line evaluation is over by £5,000 by commitments" in todo


def test_duties_attention_papers_and_rollout_are_entered_by_forms(officer: Client) -> None:
    duties = officer.get(f"{OWN}/duties").text
    part = duties.partition('name="part" value="')[2].partition('"')[0]
    told = sends(officer, f"{OWN}/duties", f"{OWN}/duties/done", part, {"evidence": "minutes of the board"})
    assert told.status_code == 303
    assert "minutes of the board" in officer.get(f"{OWN}/duties").text
    launched = sends(officer, f"{OWN}/rollout", f"{OWN}/rollout/launch", "launch-", {"what": "", "on": "soon"})
    assert (launched.status_code, "Choose what is launched" in launched.text) == (422, True)
    planned = {"borough": "Hackney", "on": "2019-07", "reason": "the analyst is not in post"}
    assert sends(officer, f"{OWN}/rollout", f"{OWN}/rollout/plan", "plan-", planned).status_code == 303
    assert "Hackney is planned for July 2019." in officer.get(f"{OWN}/rollout").text
    decision = {
        "reference": "PCD 1258", "title": "More months", "paragraph": "2.1", "effectiveOn": TODAY,
        "signedOn": TODAY, "line": "evaluation|", "pounds": "10,000",
    }  # fmt: skip
    entered = sends(officer, f"{OWN}/papers", f"{OWN}/papers/decisions", "decide-", decision)
    assert entered.status_code == 303, entered.text
    assert "PCD 1258" in officer.get(f"{OWN}/papers").text
    kind = f"{OWN}/attention/failed-adult"
    nobody = sends(officer, kind, f"{kind}/settle", "settle-", {"reason": "known"})
    assert (nobody.status_code, "Tick the licences" in nobody.text) == (422, True)
    settled = sends(officer, kind, f"{kind}/settle", "settle-", {"reason": "the court knows", "licences": "L00001"})
    assert settled.status_code == 303
    assert "the court knows" in officer.get(f"{OWN}/licences/L00001").text


def test_a_person_is_found_by_a_form_and_their_name_stands_in_no_address(officer: Client) -> None:
    page = officer.get(f"{OWN}/licences")
    said = {"csrf": hidden_field(page.text, "csrf")}
    short = officer.post(f"{OWN}/licences/search", data={**said, "nameOrNumber": "S"})
    assert short.status_code == 422
    found = officer.post(f"{OWN}/licences/search", data={**said, "nameOrNumber": "Sample 2"})
    assert (found.status_code, "L00002" in found.text, "L00001" in found.text) == (200, True, False)
    assert "Sample 2, born" in found.text
    assert "Sample" not in page.text, "a list without a search has no names"


def test_the_lists_narrow_sort_and_leave_as_csv(officer: Client) -> None:
    none = officer.get(f"{OWN}/licences", params={"answer": "not known"}).text
    assert "Nobody is on this list with these filters" in none
    down = officer.get(f"{OWN}/licences", params={"sort": "-licence"}).text
    assert down.index("L00003") < down.index("L00001")
    assert 'aria-sort="descending"' in down
    csv = officer.get(f"{OWN}/licences/csv", params={"answer": "failed"})
    assert (csv.headers["content-type"], csv.text.count("L0000")) == ("text/csv; charset=utf-8", 3)
    got = sends(
        officer, f"{OWN}/tags", f"{OWN}/tags/receive", "receive-", {"devices": "T1, T2", "at": f"{TODAY}T09:00"}
    )
    assert got.status_code == 303
    lost = sends(officer, f"{OWN}/tags/T1", f"{OWN}/tags/T1/move", "move-", {"move": "lose", "at": f"{TODAY}T09:30"})
    assert lost.status_code == 303, lost.text
    one = officer.get(f"{OWN}/tags", params={"state": "lost"}).text
    assert ("/tags/T1" in one, "/tags/T2" in one) == (True, False)
    assert officer.get(f"{OWN}/tags/csv", params={"state": "in stock"}).text.count("T2") == 1
