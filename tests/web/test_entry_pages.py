"""What was entered, by its pages: each kind is listed, shown, corrected by what differs, taken back with a reason."""

import re
from collections.abc import Iterator

import pytest

from api.web.pages.delivery.entry_kinds import ENTRY_KINDS, kinds_of, page_of
from tests.support.clients import Client
from tests.support.pages import browsing, hidden_field
from tests.support.pilot import PILOT
from tests.support.release_lists import person, write_list
from tests.support.worlds import World, done, load_papers
from tracker.access.roles import Role
from tracker.corrections.kinds import KINDS, Area

pytestmark = pytest.mark.slow

OWN = f"/app/programmes/{PILOT}"
TODAY = "2019-04-20"


@pytest.fixture(scope="module")
def entered(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One of each kind of entry that an officer makes by hand or by file."""
    root = tmp_path_factory.mktemp("entries")
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
        done(world, "budget", "commit", "C1", "tagging", "400,000", "tags", "--on", "2019-04-02")
        done(world, "budget", "spend", "A1", "tagging", "12.50", "April", "--on", "2019-04-03")
        done(world, "duty", "done", "dpia", "DPIA v1", "--on", "2019-03-01")
        done(world, "licence", "move", "L00001", "release", "--at", "2019-04-10T09:30:17Z")
        done(world, "licence", "custody", "L00001", "--from", "2019-04-12T00:00:00Z", "--to", "2019-04-13T00:00:00Z")
        done(world, "licence", "alert", "L00001", "strap", "--at", "2019-04-14T10:00:00Z")
    with world.client_as(Role.OFFICER):
        return world


@pytest.fixture(scope="module")
def officer(entered: World) -> Iterator[Client]:
    with browsing(entered, Role.OFFICER) as client:
        yield client


def fields(page: str, part: str) -> dict[str, str]:
    """What the form of a page holds, as a browser would send it unchanged."""
    form = page.partition(f'name="part" value="{part}"')[2].partition("</form>")[0]
    held = dict(re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', form))
    held |= {name: "" for name in re.findall(r'<input[^>]*? name="([^"]+)"', form) if name not in held}
    held |= {name: text.strip() for name, text in re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>([^<]*)<', form)}
    for name, options in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', options)
        held[name] = "" if chosen is None else chosen[1]
    return {name: value for name, value in held.items() if name.startswith(part)}


def numbers(client: Client, kind: str, **query: str) -> list[int]:
    page = client.get(f"{OWN}/entries/{kind}", params=query)
    assert page.status_code == 200, page.text
    return [int(each) for each in re.findall(rf'/entries/{kind}/(\d+)">', page.text)]


def send(client: Client, kind: str, number: int, part: str, changes: dict[str, str]) -> tuple[int, str]:
    """The status, and the page that is shown then."""
    address = f"{OWN}/entries/{kind}/{number}"
    page = client.get(address).text
    hidden = {"csrf": hidden_field(page, "csrf"), "once": hidden_field(page, "once"), "part": part}
    own = fields(page, part)
    sent = {**hidden, **own, **{f"{part}{name}": value for name, value in changes.items()}}
    answer = client.post(f"{address}/{'correct' if part == 'correct-' else 'take-back'}", data=sent)
    followed = client.get(answer.headers["location"]).text if answer.status_code == 303 else answer.text
    return answer.status_code, followed


def test_every_kind_of_the_officers_work_has_words_and_a_page_that_leads_to_it() -> None:
    assert ENTRY_KINDS.keys() == {kind.key for kind in KINDS.values() if kind.area is not Area.KEEPING}
    assert all((kind, words) in kinds_of(page_of(kind)) for kind, words in ENTRY_KINDS.items())


def test_a_list_of_each_kind_opens_and_each_entry_sent_unchanged_says_so(officer: Client) -> None:
    unchanged = set()
    for kind in ENTRY_KINDS:
        for number in numbers(officer, kind)[:1]:
            shown = officer.get(f"{OWN}/entries/{kind}/{number}")
            assert shown.status_code == 200
            if KINDS[kind].fields:
                status, page = send(officer, kind, number, "correct-", {"reason": "looked at"})
                assert (status, "Nothing is changed yet" in page) == (422, True), kind
                unchanged.add(kind)
    assert unchanged >= {"commitment", "actual", "launch", "duty-done", "terms", "licence-move", "custody", "score"}


def test_a_payment_is_corrected_in_pounds_and_the_first_sum_stays_on_record(officer: Client) -> None:
    (number,) = numbers(officer, "actual")
    status, page = send(officer, "actual", number, "correct-", {"pounds": "13", "reason": "misread"})
    assert status == 422, "a field that the form does not have changes nothing"
    status, page = send(officer, "actual", number, "correct-", {"pence": "thirteen", "reason": "misread"})
    assert (status, "Pounds: " in page, "thirteen" in page) == (422, True, True)
    status, page = send(officer, "actual", number, "correct-", {"pence": "1,300.75"})
    assert (status, "Give the reason" in page, "1,300.75" in page) == (422, True, True)
    status, page = send(officer, "actual", number, "correct-", {"pence": "1,300.75", "reason": "misread"})
    assert status == 303, page
    assert "It is corrected." in page
    assert ("£1,300.75" in page, "£12.50" in page, "misread" in page) == (True, True, True)
    assert "£1,300.75" in officer.get(f"{OWN}/money").text
    old = officer.get(f"{OWN}/entries/actual/{number}").text
    assert ("counts now" in old, "Correct it" in old) == (True, False)
    (now,) = numbers(officer, "actual")
    status, page = send(officer, "actual", now, "back-", {"reason": "of another programme"})
    assert (status, "It is taken back." in page) == (303, True)
    assert numbers(officer, "actual") == []
    assert sorted(numbers(officer, "actual", history="true")) == [number, now]


def test_a_release_keeps_its_seconds_until_its_time_is_changed(officer: Client) -> None:
    (number,) = numbers(officer, "licence-move", licence="L00001")
    page = officer.get(f"{OWN}/entries/licence-move/{number}").text
    assert fields(page, "correct-")["correct-at"] == "2019-04-10T10:30:17", "London's clock, in summer"
    status, page = send(officer, "licence-move", number, "correct-", {"note": "by the gate book", "reason": "asked"})
    assert (status, "by the gate book" in page) == (303, True)
    (now,) = numbers(officer, "licence-move", licence="L00001")
    page = officer.get(f"{OWN}/entries/licence-move/{now}").text
    assert fields(page, "correct-")["correct-at"] == "2019-04-10T10:30:17"
    status, page = send(officer, "licence-move", now, "correct-", {"note": "", "reason": "of somebody else"})
    assert status == 303
    last = max(numbers(officer, "licence-move", licence="L00001"))
    page = officer.get(f"{OWN}/entries/licence-move/{last}").text
    assert fields(page, "correct-")["correct-note"] == ""


def test_a_licence_leads_to_its_own_entries_and_no_address_names_its_wearer(officer: Client) -> None:
    page = officer.get(f"{OWN}/licences/L00001").text
    links = re.findall(r'href="([^"]*/entries/[^"]+)"', page)
    assert {link.partition("/entries/")[2] for link in links} == {
        f"{kind}?licence=L00001" for kind, _ in kinds_of("licences")
    }
    first, others = numbers(officer, "address", licence="L00001"), numbers(officer, "address")
    assert (len(first), len(others)) == (1, 2)
    assert officer.get(f"{OWN}/entries/address", params={"licence": "L99999"}).status_code == 404


def test_a_correction_that_what_came_later_contradicts_is_refused_with_what_was_typed(officer: Client) -> None:
    (number,) = numbers(officer, "licence-move", licence="L00001")
    late = {"at": "2019-04-25T10:00", "reason": "the book says so"}
    status, page = send(officer, "licence-move", number, "correct-", late)
    assert (status in (409, 422), "2019-04-25T10:00" in page) == (True, True), page
    assert officer.get(f"{OWN}/entries/nothing").status_code == 404
