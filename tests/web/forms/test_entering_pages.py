"""What is entered by a form that its fields make: of a licence, a tag, money, the programme; and what papers say."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from api.schemas.delivery.entries import SECTIONS as ENTRIES
from api.web.pages.delivery.entering.kinds import ENTERING, Of
from api.web.pages.delivery.entering.paper_fields import PAPER_SECTIONS, fields_of_section
from tests.support.clients import Client
from tests.support.pages import browsing, hidden_field, name_of
from tests.support.pilot import PILOT
from tests.support.release_lists import person, write_list
from tests.support.worlds import World, done, load_papers
from tracker.access.roles import Role

pytestmark = pytest.mark.slow

OWN = f"/app/programmes/{PILOT}"
TODAY = "2019-04-20"
COUNTS = """borough,year,count
Croydon,2017/18,500
Croydon,2018/19,550
Lambeth,2018/19,600
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two licences, one released; a tag in stock; a commitment; counts of knife crime; a practitioner."""
    root = tmp_path_factory.mktemp("entering")
    (root / "files").mkdir()
    (root / "home").mkdir()
    (root / "home" / "today").write_text(f"{TODAY}\n")
    world = World(root / "home", root / "files")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAGPILOT_TODAY", TODAY)
        load_papers(world)
        done(world, "rollout", "launch", "--phase", "February 2019", "--on", "2019-02-18")
        rows = (person(1) | {"planned_release": "2019-04-10"}, person(2))
        done(world, "screen", "import", write_list(world.files / "releases.csv", *rows))
        done(world, "licence", "move", "L00001", "release", "--at", "2019-04-10T09:30:00Z")
        done(world, "budget", "commit", "C1", "tagging", "400,000", "tags", "--on", "2019-04-02")
        (world.files / "counts.csv").write_text(COUNTS)
        published = ("--published", "2019-04-12", "--source", "a test", "--licence", "OGL")
        done(world, "boroughs", "import", world.files / "counts.csv", *published)
    for role in (Role.OFFICER, Role.PRACTITIONER, Role.EVALUATOR):
        with world.client_as(role):
            pass
    return world


@pytest.fixture(scope="module")
def officer(world: World) -> Iterator[Client]:
    with browsing(world, Role.OFFICER) as client:
        yield client


def form_of(page: str, part: str = "") -> dict[str, str]:
    """What is hidden in a form of a page: the one whose fields begin with `part`."""
    mark = f'name="part" value="{part}"' if part else 'name="once"'
    form = next(each for each in page.split("<form") if mark in each)
    names = ("csrf", "once", "seen", "state", *(["part"] if part else []))
    return {name: unescape(hidden_field(form, name)) for name in names if f'name="{name}"' in form}


def enter(client: Client, what: str, of: str = "", **fields: str) -> str:
    """The page that comes next, or, refused, the form again."""
    address, query = f"{OWN}/enter/{what}", {"of": of} if of else {}
    page = client.get(address, params=query)
    assert page.status_code == 200, page.text
    answer = client.post(address, params=query, data={**form_of(page.text), **fields})
    return _next(client, answer)


def _next(client: Client, answer: Any) -> str:
    assert answer.status_code in (303, 409, 412, 422), answer.text
    page = client.get(answer.headers["location"]) if answer.status_code == 303 else answer
    return _words(page.text)


def _words(text: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", text)).split())


OF = {Of.LICENCE: "L00001", Of.DEVICE: "T1", Of.OTHER: "1", Of.PROGRAMME: ""}


def test_every_form_opens_with_its_fields_and_with_nothing_else_in_its_place(officer: Client) -> None:
    for name, kind in ENTERING.items():
        page = officer.get(f"{OWN}/enter/{name}", params={"of": OF[kind.of]} if OF[kind.of] else {})
        assert page.status_code == 200, (name, page.text)
        for field, label in kind.labels.items():
            assert f'name="{field}"' in page.text, (name, field)
            assert label in page.text
        wrong = officer.get(f"{OWN}/enter/{name}", params={} if OF[kind.of] else {"of": "L00001"})
        assert wrong.status_code == 404, name
    assert officer.get(f"{OWN}/enter/nothing").status_code == 404
    assert officer.get(f"{OWN}/enter/note", params={"of": "L99999"}).status_code == 404


def test_what_is_entered_of_a_licence_is_told_and_read_back(officer: Client) -> None:
    custody = enter(officer, "custody", "L00001", fromAt="2019-04-12T01:00", toAt="2019-04-13T01:00", note="a remand")
    assert "Custody from 2019-04-12 01:00" in custody
    assert "a remand" in custody
    assert "is raised, and waits for an answer" in enter(
        officer, "alert", "L00001", kind="strap", at="2019-04-14T11:00"
    )
    note = enter(officer, "note", "L00001", words="rang the hostel", on="2019-04-15")
    assert "The note is entered as number" in note
    assert "rang the hostel" in _words(officer.get(f"{OWN}/entries/note?licence=L00001").text)
    moved = enter(officer, "address", "L00001", fromOn="2019-04-16", borough="Lewisham", postcode="SE13 6XX")
    assert "Lives in Lewisham from 16 April 2019." in moved
    assert "Address from 2019-04-16" in moved
    given = {"score": "61.50", "instrument": "OGRS3", "horizonYears": "2", "on": "2019-04-17", "givenBy": "probation"}
    assert "The score is entered: " in enter(officer, "score", "L00001", **given)
    assert "was on record already" in enter(officer, "score", "L00001", **given)
    withdrawn = enter(officer, "scores-withdrawn", "L00001", on="2019-04-17", reason="of somebody else")
    assert "Every score of 17 April 2019 is withdrawn." in withdrawn
    assert "1 licence is screened again." in enter(officer, "screening", "L00002")
    assert "screened again" in enter(officer, "screenings")


def test_a_fault_is_said_at_its_field_and_what_was_typed_stays(officer: Client) -> None:
    address = f"{OWN}/enter/custody"
    page = officer.get(address, params={"of": "L00002"}).text
    answer = officer.post(address, params={"of": "L00002"}, data={**form_of(page), "note": "typed", "toAt": "soon"})
    assert answer.status_code == 422
    assert "From is missing." in _words(answer.text)
    assert 'href="#toAt"' in answer.text
    assert ">typed</textarea>" in answer.text
    late = enter(officer, "note", "L00002", words="not yet", on="2019-04-25")
    assert "2019-04-25 has not come yet" in late


def test_a_form_that_somebody_overtook_is_refused_and_entered_once_sent_again(officer: Client) -> None:
    address, query = f"{OWN}/enter/note", {"of": "L00002"}
    mine = form_of(officer.get(address, params=query).text)
    enter(officer, "note", "L00002", words="entered meanwhile")
    overtaken = officer.post(address, params=query, data={**mine, "words": "mine"})
    assert overtaken.status_code == 412
    assert "mine" in overtaken.text
    again = officer.post(address, params=query, data={**form_of(overtaken.text), "words": "mine"})
    assert again.status_code == 303


def test_a_case_is_assigned_and_ended(officer: Client, world: World) -> None:
    name = name_of(Role.PRACTITIONER)
    assert f"The case is {name}'s from now on." in enter(officer, "practitioner", "L00001", practitioner=name)
    listed = officer.get(f"{OWN}/practitioners").text
    assert f">{name}</td>" in listed
    assert "/enter/case-ended?of=L00001" in listed
    with browsing(world, Role.PRACTITIONER) as theirs:
        assert theirs.get("/app/cases/L00001").status_code == 200
        assert "The case is no practitioner's any more." in enter(
            officer, "case-ended", "L00001", reason="moved to another office"
        )
        assert theirs.get("/app/cases/L00001").status_code == 404
    assert "No case is assigned." in _words(officer.get(f"{OWN}/practitioners").text)


def test_a_tags_model_and_last_move_and_what_a_lost_one_costs(officer: Client) -> None:
    received = officer.post(
        f"{OWN}/tags/receive",
        data={**form_of(officer.get(f"{OWN}/tags").text, "receive-"), "receive-devices": "T1",
              "receive-at": "2019-04-11T09:00", "receive-contract": "gps-tags"},
    )  # fmt: skip
    assert "1 tag is received." in _next(officer, received)
    assert "The model is recorded: BLUTAG 8." in enter(officer, "model", "T1", model="BLUTAG 8")
    assert "The model is recorded: not known." in enter(officer, "model", "T1", model="")
    lost = officer.post(
        f"{OWN}/tags/T1/move",
        data={**form_of(officer.get(f"{OWN}/tags/T1").text, "move-"), "move-move": "lose",
              "move-at": "2019-04-12T09:00"},
    )  # fmt: skip
    assert "Tag T1 is now: lost." in _next(officer, lost)
    priced = {"contract": "gps-tags", "pence": "1,250.50", "on": "2019-04-01", "source": "price list, 3"}
    assert "A lost tag is charged at £1,250.50 by gps-tags from 1 April 2019." in enter(officer, "price", **priced)
    assert "£1,250.50" in officer.get(f"{OWN}/tags/T1").text
    assert "Pounds" in enter(officer, "price", **{**priced, "pence": "much"})
    back = enter(officer, "last-move", "T1", reason="it lay in the van")
    assert "The last move is taken back. Tag T1 is now: in stock." in back


def test_a_forecast_and_a_changed_commitment_by_lines_that_are_chosen(officer: Client) -> None:
    page = officer.get(f"{OWN}/enter/forecast").text
    line = re.search(r'<option value="(tagging\|[^"]*)"', page)
    assert line is not None
    assert "Choose the line." in enter(officer, "forecast", pence="380,000")
    told = enter(officer, "forecast", line=line[1], pence="380,000", on="2019-04-15", words="fewer tags than planned")
    assert "tagging is expected to come to £380,000." in told
    assert "fewer tags than planned" in _words(officer.get(f"{OWN}/entries/forecast").text)
    commitment = officer.get(f"{OWN}/entries/commitment").text
    number = re.search(r"/entries/commitment/(\d+)", commitment)
    assert number is not None
    assert "/enter/commitment-change?of=C1" in officer.get(f"{OWN}/entries/commitment/{number[1]}").text
    nothing = enter(officer, "commitment-change", "C1", change="reduce", reason="a smaller order")
    assert "say by how much the commitment is reduced" in nothing
    less = enter(officer, "commitment-change", "C1", change="reduce", pence="100,000", reason="a smaller order")
    assert "£100,000 of C1 is taken off. Promised now: £300,000 on tagging" in less
    unknown = form_of(officer.get(f"{OWN}/enter/commitment-change", params={"of": "C9"}).text)
    sent = {**unknown, "change": "cancel", "reason": "not needed"}
    assert officer.post(f"{OWN}/enter/commitment-change", params={"of": "C9"}, data=sent).status_code == 404


def test_what_was_settled_is_listed_and_taken_back(officer: Client) -> None:
    page = officer.get(f"{OWN}/attention").text
    form = next(each for each in page.split("<form") if 'name="subject"' in each)
    part = hidden_field(form, "part")
    sent = {**form_of(page, part), **{name: unescape(hidden_field(form, name)) for name in ("kind", "subject")}}
    settled = officer.post(f"{OWN}/attention/settle", data={**sent, f"{part}reason": "asked the authors"})
    assert "It is settled, with your reason." in _next(officer, settled)
    listed = officer.get(f"{OWN}/settlements").text
    assert '<span data-figure="total">1</span> settlement was entered' in listed
    number = re.search(r"/enter/settlement-withdrawal\?of=(\d+)", listed)
    assert number is not None
    back = enter(officer, "settlement-withdrawal", number[1], reason="they answered otherwise")
    assert f"Settlement {number[1]} is taken back" in back
    assert "No longer counts" in back
    assert "/enter/settlement-withdrawal" not in officer.get(f"{OWN}/settlements").text


def test_boroughs_are_ranked_and_their_counts_are_withdrawn(officer: Client, world: World) -> None:
    page = officer.get(f"{OWN}/boroughs")
    assert page.status_code == 200
    assert "3 counts." in _words(page.text)
    drawn = officer.get(f"{OWN}/boroughs/map.svg", params={"year": "2018/19"})
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert officer.get(f"{OWN}/boroughs", params={"year": "1999"}).status_code == 404
    one = re.search(r"/enter/knife-crime-count\?of=([^\"]+)", page.text)
    assert one is not None
    assert "1 count is withdrawn." in enter(officer, "knife-crime-count", "Croydon, 2017/18", reason="misread")
    number = re.search(r"/enter/knife-crime-file\?of=(\d+)", page.text)
    assert number is not None
    assert "2 counts are withdrawn." in enter(officer, "knife-crime-file", number[1], reason="another year's")
    assert "No count of knife crime is on record." in _words(officer.get(f"{OWN}/boroughs").text)
    with browsing(world, Role.EVALUATOR) as eva:
        assert "/enter/" not in eva.get(f"{OWN}/boroughs").text


def test_every_section_of_papers_has_a_page_and_each_field_a_place_in_its_form(officer: Client) -> None:
    assert PAPER_SECTIONS.keys() == ENTRIES.keys() - {"responsible_person"}
    for section in PAPER_SECTIONS:
        page = officer.get(f"{OWN}/papers/entries/{section}")
        assert page.status_code == 200, page.text
        assert all(f'name="enter-{each.name}"' in page.text for each in fields_of_section(section))
        assert f"/papers/entries/{section}" in officer.get(f"{OWN}/papers").text
    assert officer.get(f"{OWN}/papers/entries/responsible_person").status_code == 404
    assert officer.get(f"{OWN}/papers/entries/contract/99").status_code == 404


def test_each_entry_of_papers_sent_unchanged_says_so(officer: Client) -> None:
    """What the form holds is what is on record, whatever kind of field it is."""
    for section in PAPER_SECTIONS:
        address = f"{OWN}/papers/entries/{section}"
        for number in re.findall(rf'href="{re.escape(address)}/(\d+)"', officer.get(address).text)[:3]:
            page = officer.get(f"{address}/{number}").text
            answer = officer.post(f"{address}/{number}/correct", data=form_of(page, "correct-"))
            assert answer.status_code == 422, (section, number)
            assert "Nothing is changed yet" in answer.text


def test_an_entry_of_a_paper_is_entered_corrected_and_withdrawn(officer: Client) -> None:
    address = f"{OWN}/papers/entries/duty"

    def numbers() -> list[str]:
        return re.findall(rf'href="{re.escape(address)}/(\d+)"', officer.get(address).text)

    before = numbers()
    new = {"decision": "PCD 570", "source": "PCD 570, 7.3", "effective_on": "2019-02-15", "key": "review-of-tags",
           "kind": "milestone", "words": "the tags are reviewed", "due": "2019-09"}  # fmt: skip
    sent = {f"enter-{name}": value for name, value in new.items()}
    wrong = officer.post(address, data={**form_of(officer.get(address).text, "enter-"), **sent, "enter-due": "autumn"})
    assert wrong.status_code == 422
    assert "autumn" in wrong.text
    entered = officer.post(address, data={**form_of(officer.get(address).text, "enter-"), **sent})
    assert "It is entered." in _next(officer, entered)
    number = numbers()[-1]
    assert len(numbers()) == len(before) + 1
    page = officer.get(f"{address}/{number}").text
    assert 'value="2019-09"' in page
    told = form_of(page, "correct-")
    corrected = officer.post(f"{address}/{number}/correct", data={**told, "correct-due": "2019-10-01"})
    assert "It is corrected." in _next(officer, corrected)
    overtaken = officer.post(f"{address}/{number}/withdraw", data={**told, "part": "withdraw-", "withdraw-reason": "x"})
    assert overtaken.status_code in (409, 412, 422), "of the list as it was before"
    last = numbers()[-1]
    page = officer.get(f"{address}/{last}").text
    assert "Due 2019-10-01" in _words(page)
    nothing = officer.post(f"{address}/{last}/withdraw", data=form_of(page, "withdraw-"))
    assert "Give the reason" in nothing.text
    gone = officer.post(
        f"{address}/{last}/withdraw", data={**form_of(page, "withdraw-"), "withdraw-reason": "of another paper"}
    )
    assert "It is withdrawn." in _next(officer, gone)
    assert numbers() == before


def test_a_role_that_only_reads_gets_no_form_of_papers(world: World) -> None:
    with browsing(world, Role.EVALUATOR) as eva:
        page = eva.get(f"{OWN}/papers/entries/contract")
        assert page.status_code == 200
        assert "<form" not in page.text.partition("<main")[2].partition("</main>")[0]
        assert eva.post(f"{OWN}/papers/entries/contract", data={"part": "enter-"}).status_code == 403
