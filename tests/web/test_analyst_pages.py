"""The analyst's pages: each figure is the answer's, what JSON withholds is nowhere, and a match is taken, decided, put
back; what is typed is kept when it cannot be taken."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from api.schemas.matching.candidates import OtherDay
from api.views.matching.match_words import dates_in_words
from api.wording.text import lasting
from tests.support.clients import Client
from tests.support.pages import browsing, hidden_field
from tests.support.worlds import NAME, World
from tracker.access.roles import Role

REASON = "stood at the door for an hour"


class Figures(HTMLParser):
    """The text of each element with `data-figure`, and every address that the page leads to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.figures: dict[str, str] = {}
        self.addresses: list[str] = []
        self._open: list[tuple[str, str, int]] = []
        self._depth = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.addresses += [value for name in ("href", "action", "formaction") if (value := named.get(name))]
        if tag in ("input", "br", "link", "meta"):
            return
        self._depth += 1
        if (name := named.get("data-figure")) is not None:
            self.figures[name] = ""
            self._open.append((name, tag, self._depth))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][1:] == (tag, self._depth):
            self._open.pop()
        self._depth -= 1

    def handle_data(self, data: str) -> None:
        for name, _, _ in self._open:
            self.figures[name] += data


def figures(client: Client, address: str) -> dict[str, str]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return {name: " ".join(text.split()) for name, text in Figures(answer.text).figures.items()}


@pytest.fixture(scope="module")
def looking(world: World) -> Iterator[Client]:
    """The analyst's browser, over the home of all pages: looks, and changes nothing."""
    with browsing(world, Role.ANALYST) as client:
        yield client


@pytest.fixture(scope="module")
def answers(world: World) -> Iterator[Client]:
    """The same analyst with JSON."""
    with world.client_as(Role.ANALYST) as client:
        yield client


@pytest.fixture
def deciding(world: World, tmp_path: Path) -> Iterator[Client]:
    """The analyst's browser over a home of its own."""
    with browsing(world.copy_to(tmp_path), Role.ANALYST) as client:
        yield client


def ids(client: Client) -> list[int]:
    found = re.findall(r"/app/matches/(\d+)\?", client.get("/app/matches?shown=all").text)
    return [int(each) for each in dict.fromkeys(found)]


def send(client: Client, address: str, page: str, **fields: Any) -> Any:
    """A form of a page, with its hidden fields."""
    hidden = {name: hidden_field(page, name) for name in ("csrf", "once", "state", "behind")}
    return client.post(address, data={**{k: v for k, v in hidden.items() if v}, **fields})


def take(client: Client, match_id: int) -> Any:
    page = client.get(f"/app/matches/{match_id}").text
    return send(client, f"/app/matches/{match_id}/assign", page, seen=unescape(hidden_field(page, "seen")))


def decide(client: Client, match_id: int, **fields: Any) -> Any:
    page = client.get(f"/app/matches/{match_id}?shown=all").text
    seen = unescape(hidden_field(page, "seen"))
    return send(client, f"/app/matches/{match_id}/decide?shown=all", page, seen=seen, **fields)


def test_every_figure_of_a_match_is_the_answers(looking: Client, answers: Client) -> None:
    for match_id in ids(looking):
        told = answers.get(f"/matches/{match_id}").json()
        match, evidence, found = told["match"], told["evidence"], told["match"]["figures"]
        shown = figures(looking, f"/app/matches/{match_id}")
        against = [shown.pop(name) for name in sorted(name for name in shown if name.startswith("against."))]
        assert {point["sentence"] for point in evidence["speaksAgainst"]} <= set(against)
        expected = {
            "wearerRef": match["wearerRef"],
            "crimeRef": match["crimeRef"],
            "closestM": f"{found['closestM']:.0f} m",
            "pPresent": f"{match['pPresent']:.2f}",
            "otherDays": f"{found['referenceHits']} of {found['referenceDays']}"
            if found["referenceDays"]
            else "not compared",
            "chanceInWords": match["chanceInWords"],
            "coverage": f"{found['coverage'] * 100:.0f}%",
            "notes": str(told["notes"]),
            "fixes": str(len(evidence["fixes"])),
        }
        if days := [date.fromisoformat(each["date"]) for each in evidence["otherDays"]]:
            expected["otherDates"] = ", ".join(f"{day:%a} {day.day} {day:%b}" for day in days)
        if (known := evidence["crime"]["locationAccuracyM"]) is not None:
            expected["locationAccuracyM"] = f"{known:g} m"
        if found["sameWeekdayDays"]:
            expected["sameWeekday"] = f"{found['sameWeekdayHits']} of {found['sameWeekdayDays']}"
        for visit in evidence["visits"]:
            of = f"visit.{visit['visit']}"
            speed = visit["speedKmh"]
            expected |= {
                f"{of}.dwellS": lasting(visit["dwellS"]),
                f"{of}.fixes": str(visit["fixes"]),
                f"{of}.closestM": f"{visit['closestM']:.0f} m",
                f"{of}.speedKmh": "not known" if speed is None else f"{speed:.0f} km/h",
                f"{of}.fixesAtEdge": f"{visit['fixesAtEdge']} of {visit['fixes']}",
            }
        for key, fix in enumerate(evidence["fixes"][:100]):
            expected[f"fix.{key}.distanceM"] = f"{fix['distanceM']:.0f} m"
            expected[f"fix.{key}.accuracyM"] = f"{fix['accuracyM']:.0f} m"
        assert shown == expected


def test_every_figure_of_the_queue_is_the_answers(looking: Client, answers: Client) -> None:
    shown = figures(looking, "/app/matches?shown=all")
    assert shown.pop("news.inWords") == answers.get("/matches/new").json()["inWords"]
    expected = {}
    for match in answers.get("/matches", params={"qAtMost": 1}).json()["items"]:
        of, found = match["id"], match["figures"]
        days = f"{found['referenceHits']} of {found['referenceDays']}" if found["referenceDays"] else "not compared"
        expected |= {
            f"{of}.wearerRef": match["wearerRef"],
            f"{of}.closestM": f"{found['closestM']:.0f} m",
            f"{of}.dwellS": lasting(found["dwellS"]),
            f"{of}.otherDays": days,
            f"{of}.qValue": "not known" if match["qValue"] is None else f"{match['qValue']:.0%}",
        }
    assert shown == expected


def test_figures_of_runs_crimes_batches_and_jobs_are_the_answers(looking: Client, answers: Client) -> None:
    run = answers.get("/runs/latest").json()
    shown = figures(looking, "/app/runs/latest")
    for name, value in shown.items():
        parts = name.split(".")
        if parts[0] in ("crimes", "wearers", "fixes", "candidates"):
            told: Any = run
            for part in parts:
                told = told[part]
            assert value == f"{told:,}", name
    assert shown["params.radiusM"] == f"{run['params']['radiusM']:g} m"
    assert figures(looking, "/app/runs")[f"{run['runId']}.present"] == f"{run['candidates']['present']:,}"
    of_types = answers.get("/crimes").json()["byType"]
    crimes = figures(looking, "/app/crimes")
    assert {
        name.removeprefix("byType."): int(n) for name, n in crimes.items() if name.startswith("byType.")
    } == of_types
    batch = answers.get("/batches/1").json()["batch"]
    shown = figures(looking, "/app/batches/1")
    assert (shown["rows"], shown["crimes"], shown["matchable"]) == tuple(
        str(batch[name]) for name in ("rows", "crimes", "matchable")
    )
    job = answers.get("/jobs/1").json()
    assert figures(looking, "/app/jobs/1")["fixes"] == f"{job['fixes']:,}"


def test_a_crime_counts_verdicts_and_names_nobody(looking: Client, answers: Client) -> None:
    told = answers.get("/runs/latest/crimes/Metropolitan/4417%2F19/verdicts").json()["counts"]
    shown = figures(looking, "/app/crimes/Metropolitan/4417%2F19")
    for verdict in ("tested", "present", "passed", "possible", "unobserved", "excluded"):
        assert shown[f"verdicts.{verdict}"] == str(told[verdict])
    assert shown["matches"] == "2"


def test_a_match_is_taken_from_the_queue(deciding: Client) -> None:
    first = ids(deciding)[0]
    page = deciding.get("/app/matches?shown=all").text
    row = page.partition(f'formaction="/app/matches/{first}/assign?shown=all"')[2]
    taken = send(deciding, f"/app/matches/{first}/assign?shown=all", page, seen=unescape(hidden_field(row, "seen")))
    assert (taken.status_code, taken.headers["location"]) == (303, f"/app/matches/{first}?shown=all")
    assert "in review" in deciding.get(taken.headers["location"]).text


def test_no_page_has_a_name_or_a_wearers_reference_in_an_address(looking: Client) -> None:
    every = ["/app/matches?shown=all", "/app/crimes", "/app/crimes/Metropolitan/4417%2F19", "/app/runs/latest"]
    for address in [*every, *(f"/app/matches/{each}" for each in ids(looking))]:
        text = looking.get(address).text
        assert NAME not in text
        # The wearer below the gate is in no page, map or drawing.
        assert "W-hidden" not in text
        assert "D-hidden" not in text
        assert not [each for each in Figures(text).addresses if "W-" in each]


def test_the_map_is_drawn_without_scripts_and_told_to_those_with(looking: Client) -> None:
    text = looking.get("/app/matches/1").text
    assert text.count("<svg") == 3
    assert 'class="map-circle"' in text
    told = unescape(text.partition('<template id="told">')[2].partition("</template>")[0])
    assert '"extent"' in told
    # Colours stand in the style sheet alone.
    assert "stroke=" not in text.partition('<div class="tp-map"')[2].partition("</div>")[0]


def test_a_match_is_taken_confirmed_and_the_next_one_opens(deciding: Client) -> None:
    first, second, *_ = ids(deciding)
    taken = take(deciding, first)
    assert (taken.status_code, taken.headers["location"]) == (303, f"/app/matches/{first}")
    assert "is in review" in deciding.get(f"/app/matches/{first}").text
    done = decide(deciding, first, decision="confirm", reason=REASON)
    assert (done.status_code, done.headers["location"]) == (303, f"/app/matches/{second}?shown=all")
    told = deciding.get(done.headers["location"]).text
    assert f"Match {first} is confirmed. Another person has to release it." in told
    confirmed = deciding.get(f"/app/matches/{first}").text
    assert "waits for another person to release it" in confirmed
    assert REASON in confirmed
    assert first not in ids(deciding)


def test_a_decision_without_a_reason_is_refused_and_says_what_is_missing(deciding: Client) -> None:
    first = ids(deciding)[0]
    take(deciding, first)
    answer = decide(deciding, first, reason="too short")
    assert answer.status_code == 422
    assert "Choose whether you confirm or reject this match." in answer.text
    assert "Give a reason of at least 10 letters" in answer.text
    assert "too short</textarea>" in answer.text
    assert "<title>Error: " in answer.text


def test_what_somebody_else_decided_meanwhile_is_shown_beside_and_what_was_typed_is_kept(deciding: Client) -> None:
    first = ids(deciding)[0]
    take(deciding, first)
    page = deciding.get(f"/app/matches/{first}").text
    assert decide(deciding, first, decision="reject", reason=REASON).status_code == 303
    seen = unescape(hidden_field(page, "seen"))
    address = f"/app/matches/{first}/decide"
    answer = send(deciding, address, page, seen=seen, decision="confirm", reason="another reason of mine")
    assert answer.status_code == 412
    assert "When you opened the page" in answer.text
    assert "in review, assigned to analyst" in answer.text
    assert "rejected, assigned to nobody" in answer.text
    assert "another reason of mine" in answer.text


def test_a_rejected_match_is_reopened(deciding: Client) -> None:
    first = ids(deciding)[0]
    take(deciding, first)
    decide(deciding, first, decision="reject", reason=REASON)
    page = deciding.get(f"/app/matches/{first}").text
    seen = unescape(hidden_field(page, "seen"))
    assert send(deciding, f"/app/matches/{first}/reopen", page, seen=seen, reason=REASON).status_code == 303
    assert first in ids(deciding)


def test_several_are_rejected_together_and_put_back(deciding: Client) -> None:
    several = ids(deciding)
    page = deciding.get("/app/matches?shown=all").text
    answer = send(deciding, "/app/matches/reject?shown=all", page, matchIds=several, reason=REASON)
    assert answer.status_code == 303
    back = deciding.get(answer.headers["location"]).text
    assert f"{len(several)} matches are rejected." in back
    assert ids(deciding) == []
    address = back.partition('action="/app/matches/undo/')[2].partition('"')[0]
    assert send(deciding, f"/app/matches/undo/{unescape(address)}", back).status_code == 303
    assert ids(deciding) == several


def test_rejecting_none_says_what_to_tick_and_keeps_the_reason(deciding: Client) -> None:
    page = deciding.get("/app/matches?shown=all").text
    answer = send(deciding, "/app/matches/reject?shown=all", page, reason=REASON)
    assert answer.status_code == 422
    assert "Tick the matches to reject." in answer.text
    assert REASON in answer.text


def test_a_crime_is_entered_by_hand_and_found_with_blanks_round_its_reference(deciding: Client) -> None:
    page = deciding.get("/app/crimes/new").text
    fields = {"force": "Metropolitan", "crimeRef": "9/19", "crimeType": "RB", "from": "2019-09-10T13:00",
              "to": "2019-09-10T14:00", "gridReference": "TQ 30012 79640"}  # fmt: skip
    answer = send(deciding, "/app/crimes/new", page, **fields)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/app/crimes/Metropolitan/9%2F19"
    told = deciding.get(answer.headers["location"]).text
    assert "It is on record." in told
    assert "TQ 30012 79640, known to 0.5 m" in told
    assert "2019-09-10 13:00 to 14:00 BST" in told
    found = deciding.get("/app/crimes", params={"crimeRef": "  9/19 "}).text
    assert "/app/crimes/Metropolitan/9%2F19" in found
    # Half a place is refused, and what was typed stays.
    page = deciding.get("/app/crimes/new").text
    again = send(deciding, "/app/crimes/new", page, **{**fields, "crimeRef": "10/19", "gridReference": "nowhere"})
    assert again.status_code in (409, 422)
    assert 'value="10/19"' in again.text


def test_a_job_is_asked_for_stopped_and_asked_for_again(deciding: Client) -> None:
    page = deciding.get("/app/jobs").text
    made = send(deciding, "/app/jobs", page, **{"from": "2019-09-10", "to": "2019-09-10"})
    assert made.status_code == 303, made.text
    told = deciding.get(made.headers["location"]).text
    assert "Crimes from 2019-09-10 00:00 to 2019-09-11 00:00" in told
    assert "Waits for a worker" in told
    assert send(deciding, f"{made.headers['location']}/cancel", told).status_code == 303
    stopped = deciding.get(made.headers["location"]).text
    assert "Stopped" in stopped
    assert send(deciding, f"{made.headers['location']}/again", stopped).status_code == 303
    backwards = send(
        deciding, "/app/jobs", deciding.get("/app/jobs").text, **{"from": "2019-09-11", "to": "2019-09-10"}
    )
    assert backwards.status_code == 422
    assert "Give the same day or a later one." in backwards.text


def test_how_far_a_job_is_is_told_until_it_ends(looking: Client) -> None:
    told = looking.get("/app/jobs/1/events")
    assert told.headers["content-type"].startswith("text/event-stream")
    assert [line for line in told.text.splitlines() if line] == ["event: end", "data: done"]
    assert looking.get("/app/jobs/999999/events").status_code == 404


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/app/matches?state=lost", "The state is &#39;lost&#39;"),
        ("/app/matches?from=yesterday", "From is &#39;yesterday&#39;, which is no day. Give one as 2019-10-03."),
        ("/app/crimes?near=nowhere", "nowhere"),
        ("/app/crimes?withinM=wide", "Give metres, from 1 to 50,000."),
        ("/app/jobs?state=lost", "The state is &#39;lost&#39;"),
        ("/app/batches/1?became=lost", "There are came"),
    ],
)
def test_a_filter_that_cannot_be_says_so(looking: Client, address: str, words: str) -> None:
    answer = looking.get(address)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_match_that_there_is_not_is_a_page(looking: Client) -> None:
    answer = looking.get("/app/matches/999999")
    assert answer.status_code == 404
    assert "there is no match 999999 that may be shown" in answer.text.lower()


def test_own_scripts_are_small() -> None:
    folder = Path(__file__).parents[2] / "api/web/static"
    assert sum(path.stat().st_size for path in folder.glob("*.js")) <= 20_000


ASKED = {"purpose": "to see where the tag was before", "wearerRef": "W-inside", "from": "2019-09-10T13:00",
         "to": "2019-09-10T14:00"}  # fmt: skip


def test_a_trail_is_opened_for_a_purpose_and_its_figures_are_the_answers(looking: Client, answers: Client) -> None:
    page = looking.get("/app/trails").text
    assert page.index('name="purpose"') < page.index('name="wearerRef"')
    opened = send(looking, "/app/trails", page, **ASKED)
    assert opened.status_code == 200, opened.text
    told = answers.get(
        "/trails",
        params={**ASKED, "from": "2019-09-10T12:00:00Z", "to": "2019-09-10T13:00:00Z"},
    ).json()
    shown = Figures(opened.text).figures
    assert shown.pop("total") == str(told["total"])
    assert list(shown.values()) == [f"{fix['accuracyM']:.0f} m" for fix in told["items"]]
    assert 'class="map-path"' in opened.text
    assert not [each for each in Figures(opened.text).addresses if "W-" in each]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purpose": "why"}, "Why you open it must be text of 10 to 400 characters."),
        ({"wearerRef": "W-hidden"}, "may be matched throughout that time"),
        ({"wearerRef": "nobody"}, "may be matched throughout that time"),
        ({"to": "2019-09-20T14:00"}, "by at most 48 hours"),
        ({"purpose": f"to look after {NAME} of Lambeth"}, "purpose"),
    ],
)
def test_a_trail_that_may_not_be_opened_says_why_and_keeps_what_was_typed(
    looking: Client, changes: dict[str, str], words: str
) -> None:
    answer = send(looking, "/app/trails", looking.get("/app/trails").text, **{**ASKED, **changes})
    assert answer.status_code in (404, 422)
    assert words in answer.text
    assert "map-path" not in answer.text
    assert 'value="2019-09-10T13:00"' in answer.text


def test_the_queue_is_downloaded_for_a_purpose_alone(looking: Client, answers: Client) -> None:
    page = looking.get("/app/matches?shown=all").text
    answer = send(looking, "/app/matches/file?shown=all", page, purpose="for the meeting of Monday")
    assert answer.headers["content-disposition"] == 'attachment; filename="matches.csv"'
    told = answers.get("/matches.csv", params={"qAtMost": 1, "purpose": "for the meeting of Monday"})
    assert answer.content == told.content
    refused = send(looking, "/app/matches/file?shown=all", page, purpose="no")
    assert refused.status_code == 422
    assert "say what the file is for" in refused.text


def test_a_batch_is_downloaded_for_a_purpose_alone(looking: Client, answers: Client) -> None:
    page = looking.get("/app/batches/1").text
    assert "Download its crimes with the state of their matches" in page
    purpose = "for the meeting of Monday"
    for suffix in ("csv", "xlsx"):
        answer = send(looking, "/app/batches/1/file", page, purpose=purpose, **{"as": suffix})
        assert answer.headers["content-disposition"] == f'attachment; filename="batch-1.{suffix}"'
        told = answers.get(f"/batches/1/crimes.{suffix}", params={"purpose": purpose})
        # A workbook has the second in which it was made.
        assert answer.content[:4] == told.content[:4] if suffix == "xlsx" else answer.content == told.content
    refused = send(looking, "/app/batches/1/file", page, purpose="no")
    assert refused.status_code == 422
    assert "say what the file is for" in refused.text
    assert send(looking, "/app/batches/999/file", page, purpose=purpose).status_code == 404


def test_what_was_looked_at_is_new_no_longer(deciding: Client) -> None:
    page = deciding.get("/app/matches?shown=all").text
    assert "I have looked at these" in page
    answer = send(deciding, "/app/matches/looked?shown=all", page, upTo=hidden_field(page, "upTo"))
    assert answer.status_code == 303
    assert "I have looked at these" not in deciding.get(answer.headers["location"]).text


def test_a_note_is_written_corrected_and_taken_back_on_the_page(deciding: Client) -> None:
    def kept(address: str, part: str, **fields: str) -> Any:
        return send(deciding, address, deciding.get("/app/matches/1").text, part=part, **fields)

    start = "/app/matches/1/notes"
    refused = kept(start, "note-", **{"note-words": ""})
    assert refused.status_code == 422
    assert "The note is missing." in refused.text
    assert '<details class="govuk-details" id="note-form" open>' in refused.text
    assert kept(start, "note-", **{"note-words": "seen by the <b>door</b>"}).status_code == 303
    page = deciding.get("/app/matches/1").text
    assert "The note is kept." in page
    assert "seen by the &lt;b&gt;door&lt;/b&gt;" in page
    (number,) = re.findall(r"/notes/(\d+)/correct", page)
    part = f"note-{number}-"
    changed = kept(f"{start}/{number}/correct", part, **{f"{part}words": "seen at the gate", f"{part}reason": ""})
    assert changed.status_code == 422
    assert "seen at the gate" in changed.text
    fields = {f"{part}words": "seen at the gate", f"{part}reason": "it was the gate"}
    assert kept(f"{start}/{number}/correct", part, **fields).status_code == 303
    shown = Figures(deciding.get("/app/matches/1").text).figures
    assert shown["notes"] == "1"
    (last,) = [name for name in shown if name.startswith("note.")]
    assert shown[last] == "seen at the gate"
    gone = kept(f"{start}/{number}/take-back", part, **{f"{part}reason": "it was nothing"})
    assert gone.status_code == 404
    assert "was corrected or taken back" in gone.text
    assert "seen at the gate" in gone.text
    part = f"note-{last.split('.')[1]}-"
    assert (
        kept(f"{start}/{last.split('.')[1]}/take-back", part, **{f"{part}reason": "it was nothing"}).status_code == 303
    )
    assert "0 notes on this match" in re.sub(r"<[^>]+>", "", deciding.get("/app/matches/1").text)


def test_what_is_told_once_waits_for_a_person_and_is_not_used_up_by_a_script(deciding: Client) -> None:
    page = deciding.get("/app/matches/1").text
    send(deciding, "/app/matches/1/notes", page, part="note-", **{"note-words": "once"})
    for _ in range(2):
        looked = deciding.get("/app/matches/1", headers={"sec-fetch-mode": "cors"})
        assert "The note is kept." in looked.text
    assert "The note is kept." in deciding.get("/app/matches/1", headers={"sec-fetch-mode": "navigate"}).text
    assert "The note is kept." not in deciding.get("/app/matches/1").text


def test_a_run_is_computed_again_and_its_manifest_downloaded(looking: Client, answers: Client) -> None:
    told = answers.get("/runs/latest").json()
    at = f"/app/runs/{told['runId']}"
    answer = send(looking, f"{at}/verify", looking.get(at).text)
    assert answer.status_code == 200, answer.text
    shown = Figures(answer.text).figures
    assert shown["inWords"] == answers.get("/runs/latest/verification").json()["inWords"]
    assert "As it was" in answer.text
    manifest = looking.get(f"{at}/manifest")
    assert manifest.json() == told
    assert manifest.headers["content-disposition"] == f'attachment; filename="run-{told["runId"]}.json"'


def test_the_other_days_are_named() -> None:
    days = [OtherDay(day=n, date=date(2019, 9, 30) - timedelta(n), nearness=None) for n in (2, 29)]
    found: Any = SimpleNamespace(evidence=SimpleNamespace(other_days=days))
    assert dates_in_words(found) == "Sat 28 Sep, Sun 1 Sep"
    found.evidence = None
    assert dates_in_words(found) == ""
