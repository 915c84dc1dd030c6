"""The evaluator's pages: every figure is the Struct's, what is withheld stands nowhere, what leaves passes the gate."""

import json
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from api.schemas.evaluation.cohorts import FlowStep
from api.schemas.evaluation.equality import ReviewOut
from api.schemas.evaluation.measures import MatchQuality, MatchShare
from api.usecases.evaluation import answers as measures
from api.usecases.stores import open_record
from api.views.evaluation.first_page import flow_steps
from api.web import events
from api.web.pages.evaluation import equality
from tests.support.clients import Client
from tests.support.evaluators import compared, populated, work
from tests.support.page_figures import Figures
from tests.support.pages import browsing, hidden_field
from tests.support.pilot import PILOT
from tests.support.statements import asked
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.evaluation.releases import gate
from tracker.record.audit.tables import AuditEntry
from tracker.record.engine import reading

HOW: dict[str, Any] = {"method": "weights", "covariates": ["ogrs_score", "sex"]}
QUERY = "method=weights&covariates=ogrs_score&covariates=sex"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Tagged people of whom a third reoffended, and a comparison group; nothing was told yet."""
    made = populated(tmp_path_factory.mktemp("evaluator"))
    compared(made)
    return made


@pytest.fixture
def eva(world: World) -> Iterator[Client]:
    with browsing(world, Role.EVALUATOR) as client:
        yield client


@pytest.fixture
def answers(world: World) -> Iterator[Client]:
    with world.client_as(Role.EVALUATOR) as client:
        yield client


def _figures(text: str) -> dict[str, str]:
    return {name: " ".join(values) for name, values in Figures(text).found.items()}


def sent(client: Client, page: str, *, at: str = "", **fields: Any) -> Any:
    """The answer to the form of a page, sent with what is hidden in it. `at`: where the form is, if elsewhere."""
    text = client.get(at or page).text
    return client.post(page, data={**{name: hidden_field(text, name) for name in ("csrf", "once")}, **fields})


def _words(text: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", text)).split())


def test_opening_the_page_asks_nothing_of_an_outcome(eva: Client, answers: Client) -> None:
    """A look is taken by whoever asks; afterwards the page shows the answer that left, and that is no look."""
    text = eva.get("/app/evaluation").text
    assert "No answer yet." in _words(text)
    assert "Nobody has asked for one." in text
    assert "548 days after release" in text
    assert eva.get("/app/evaluation/balance.svg").status_code == 404
    told = answers.post(f"/programmes/{PILOT}/effects", json=HOW).json()
    assert told["look"] == 1
    again = eva.get("/app/evaluation").text
    assert _figures(again)["k"] == str(told["k"])
    assert f"Look {told['look']} at this outcome" in again
    assert 'value="ogrs_score" checked' in again


def test_every_figure_is_the_answers(eva: Client, answers: Client) -> None:
    told = answers.post(f"/programmes/{PILOT}/effects", json=HOW).json()
    assert told["effect"] is not None, told["whyNot"]
    text = eva.get(f"/app/evaluation?{QUERY}").text
    figures, effect = _figures(text), told["effect"]
    for name in ("difference", "low", "high"):
        assert figures[f"effect.{name}"] == f"{100 * effect[name]:+.1f}"
    assert figures["effect.tagged"] == f"{effect['tagged']:,}"
    assert figures["effect.riskTagged"] == f"{100 * effect['riskTagged']:.1f}%"
    assert figures["effect.eValue"] == f"{effect['eValue']:.2f}"
    for each in told["proportions"]:
        for name in ("people", "notYet", "events"):
            expected = "[c]" if each[name] is None else f"{each[name]:,}"
            assert figures[f"proportions.{each['group']}.{name}"] == expected
    for n, row in enumerate(told["balance"]):
        for column, name in ((1, "smdBefore"), (2, "smdAfter")):
            expected = "[c]" if row[name] is None else str(round(row[name], 4))
            assert figures[f"balance.{n}.{column}"] == expected
    assert any(name.startswith("curves.") for name in figures)
    power = answers.get(f"/programmes/{PILOT}/power").json()
    assert f"With {power['now']['tagged']:,} tagged people" in text
    assert "No match was decided" in text


def test_an_effect_that_is_kept_is_the_same_in_another_process_and_each_look_is_audited(
    world: World, answers: Client
) -> None:
    engine = open_record(world.settings)

    def looks() -> int:
        with reading(engine).connect() as connection:
            return int(connection.scalar(select(func.count()).where(AuditEntry.subject == "effect")) or 0)

    told = [answers.post(f"/programmes/{PILOT}/effects", json=HOW).json() for _ in range(2)]
    before = looks()
    with asked() as found:
        kept = answers.post(f"/programmes/{PILOT}/effects", json=HOW).json()
    assert looks() == before + 1
    engine.dispose()
    assert not [statement for statement, _ in found.queries if "FROM comparison_person" in statement]
    with world.client_as(Role.EVALUATOR) as another:
        assert another.post(f"/programmes/{PILOT}/effects", json=HOW).json() == kept == told[0] == told[1]


def test_of_matches_what_is_withheld_is_no_figure_and_no_point(eva: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    real, shown = measures.match_quality, {"matches": 40, "decided": 30, "confirmed": None}

    def some(*args: Any) -> MatchQuality:
        none = dict.fromkeys(field.name for field in msgspec.structs.fields(MatchShare))
        share = MatchShare(**{**none, "name": "strong", **shown})
        return msgspec.structs.replace(real(*args), total=share, by_strength=[share], by_p_present=[share])

    monkeypatch.setattr(measures, "match_quality", some)
    text = eva.get("/app/evaluation").text
    figures = _figures(text)
    assert [figures[f"matches.{n}.1"] for n in range(3)] == ["40", "30", "[c]"]
    assert figures["calibration.0.1"] == "[c]"
    assert "withheld" in eva.get("/app/evaluation/calibration.svg").text


@pytest.mark.parametrize("key", ["balance", "curves", "power"])
def test_a_picture_and_its_table_say_what_the_page_says(eva: Client, key: str) -> None:
    text = eva.get(f"/app/evaluation?{QUERY}").text
    address = unescape(text.partition(f'src="/app/evaluation/{key}.svg')[2].partition('"')[0])
    picture = eva.get(f"/app/evaluation/{key}.svg{address}")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/svg+xml")
    table = eva.get(f"/app/evaluation/{key}.csv{address}")
    assert table.headers["content-disposition"] == f'attachment; filename="{key}.csv"'
    rows = [line.split(",") for line in table.text.lstrip("\ufeff").splitlines()[1:]]
    figures = _figures(text)
    assert {
        cell for n, row in enumerate(rows) for cell in row[-1:] if figures[f"{key}.{n}.{len(row) - 1}"] != cell
    } == set()


def test_what_cannot_be_asked_is_said_at_its_field_and_stays(eva: Client) -> None:
    wrong = eva.get("/app/evaluation?method=weights&ratio=99&from=0.4&to=much")
    assert wrong.status_code == 422
    assert "Reoffending with a tag must be" in wrong.text
    assert 'value="much"' in wrong.text
    missing = eva.get("/app/evaluation?method=weights&ratio=99")
    assert missing.status_code == 422
    assert "What is adjusted for is missing." in missing.text
    assert 'value="99"' in missing.text
    unknown = eva.get("/app/evaluation?covariates=recalls")
    assert unknown.status_code == 422
    assert "not known of both groups before release" in unescape(unknown.text)
    assert eva.get("/app/evaluation/secrets.svg").status_code == 404


def test_a_page_that_answers_about_people_opens_the_gate(eva: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    real = gate.opened

    def noted(*args: Any, **kwargs: Any) -> gate.ReleaseGate:
        names.append(kwargs["by"])
        return real(*args, **kwargs)

    monkeypatch.setattr(gate, "opened", noted)
    for address in (f"/app/evaluation?{QUERY}", f"/app/evaluation/balance.csv?{QUERY}", "/app/evaluation/power.csv"):
        names.clear()
        assert eva.get(address).status_code == 200
        assert set(names) == {"evaluator"}, address


def test_who_left_a_step_is_told_of_steps_within_each_other_and_of_enough_people() -> None:
    counts: dict[str, str | int] = {
        "screened": 100,
        "eligible": 80,
        "imposed": 90,
        "fitted": 60,
        "mapped": 55,
        "matched": "withheld",
    }
    steps = {each.name: each for each in flow_steps([FlowStep(step=s, people=n) for s, n in counts.items()], 10)}
    assert {name: each.left for name, each in steps.items()} == {
        "screened": None, "eligible": 20, "imposed": None, "fitted": None, "mapped": None, "matched": None,
    }  # fmt: skip
    assert (steps["matched"].people, steps["matched"].part) == (None, 0)


def test_a_table_leaves_by_the_form_and_its_files_say_the_same(eva: Client, answers: Client) -> None:
    made = sent(eva, "/app/tables/new", measure="fitted", by=["sex"], **{"where-age": ["25-29", "30-34"]})
    assert made.status_code == 303, _words(made.text)[-600:]
    address = made.headers["location"]
    number = int(address.rpartition("/")[2])
    told = answers.get(f"/programmes/{PILOT}/tables/{number}").json()
    [asked] = told["asked"]["tables"]
    assert (asked["by"], asked["where"]) == (["sex"], {"age": ["25-29", "30-34"]})
    text = eva.get(address).text
    figures = _figures(text)
    people = ["[c]" if cell["people"] is None else str(cell["people"]) for cell in told["cells"]]
    assert "[c]" in people
    assert [figures[f"cells.{n}.people"] for n in range(len(people))] == people
    rows = eva.get(f"{address}/table.csv").text.lstrip("\ufeff").splitlines()
    assert [row.split(",")[-1] for row in rows[1:]] == people
    book = eva.get(f"{address}/table.xlsx")
    assert book.headers["content-disposition"] == f'attachment; filename="release-{number}.xlsx"'
    shown = zipfile.ZipFile(BytesIO(book.content)).read("xl/sharedStrings.xml").decode()
    assert "[c]" in shown
    assert f"Release {number}" in _words(eva.get("/app/tables").text)
    assert told["words"] in _words(eva.get("/app/ledger").text)


def test_a_table_that_is_refused_says_so_as_the_answer_does_and_leaves_nothing(
    eva: Client, tmp_path_factory: pytest.TempPathFactory
) -> None:
    few = populated(tmp_path_factory.mktemp("refused"), people=6)
    with few.client_as(Role.EVALUATOR) as answers, browsing(few, Role.EVALUATOR) as client:
        told = answers.post(f"/programmes/{PILOT}/tables", json={"tables": [{"measure": "fitted"}]})
        assert told.status_code == 409
        refused = sent(client, "/app/tables/new", measure="fitted", **{"where-sex": ["male", "female"]})
        assert refused.status_code == 409
        assert told.json()["detail"] in _words(refused.text)
        assert not re.search(r"[0-9]", told.json()["detail"])
        assert refused.text.count('ale" checked') == 2
        assert answers.get(f"/programmes/{PILOT}/tables").json()["total"] == 0
    wrong = sent(eva, "/app/tables/new", measure="fitted", by=[], asAt="2021-05-30", k="2")
    assert wrong.status_code == 422
    assert "Withhold below must be" in wrong.text


COHORT: dict[str, Any] = {
    "purpose": "performance monitoring",
    "justification": "evaluation plan, section 4",
    "columns": ["group"],
    "smallClasses": "blank",
}


def _events(text: str) -> list[tuple[str, str]]:
    """Names and data of server-sent events."""
    return re.findall(r"event: (\w+)\r?\ndata: (.*?)\r?\n", text)


def test_a_cohort_is_asked_for_downloaded_linked_and_destroyed(
    world: World, eva: Client, answers: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = eva.get("/app/cohorts/new?purpose=performance%20monitoring").text
    columns = answers.get("/cohorts/columns").json()["items"]
    mine = {each["name"] for each in columns if COHORT["purpose"] in each["purposes"]}
    assert set(re.findall(r'name="columns" value="(\w+)"', page)) == mine
    asked = sent(eva, "/app/cohorts/new", at="/app/cohorts/new?purpose=performance%20monitoring", **COHORT)
    assert asked.status_code == 303, _words(asked.text)[-500:]
    job = asked.headers["location"]
    assert "Waits for a worker" in eva.get(job).text
    assert f'data-events="{job}/events"' in eva.get(job).text
    monkeypatch.setattr(events, "LASTS_S", 0.01)
    monkeypatch.setattr(events, "LOOKS_EACH_S", 0.01)
    told = _events(eva.get(f"{job}/events").text)
    assert [(name, json.loads(data)["words"]) for name, data in told] == [("progress", "Waits for a worker")]
    assert work(world) == 1
    assert _events(eva.get(f"{job}/events").text) == [("end", "done")]
    assert eva.get("/app/cohorts/jobs/999999/events").status_code == 404
    own = re.search(r'href="(/app/cohorts/[0-9]+)"', eva.get(job).text)
    assert own is not None, eva.get(job).text
    address = own[1]
    number = address.rpartition("/")[2]
    export = answers.get(f"/cohorts/{number}").json()
    figures = _figures(eva.get(address).text)
    assert figures["people"] == f"{export['people']:,}"
    assert figures["risk.smallestClass"] == f"{export['risk']['smallestClass']:,}"
    for step in export["flow"]:
        assert figures[f"flow.{step['step']}"] == ("[c]" if step["people"] == "withheld" else str(step["people"]))
    flow = _figures(eva.get("/app/evaluation").text)
    assert flow["flow.screened"] == figures["flow.screened"]
    names = [*export["files"], "cohort.sav", "flow.svg"]
    assert {eva.get(f"{address}/files/{name}").status_code for name in names} == {200}
    assert eva.get(f"{address}/files/cohort.csv").content == answers.get(f"/cohorts/{number}/files/cohort.csv").content
    short = sent(eva, f"{address}/linkage", at=address, **{"link-linker": "A. Linker", "link-why": "why"})
    assert short.status_code == 422
    assert 'value="A. Linker"' in short.text
    link = {"link-linker": "A. Linker", "link-organisation": "ONS", "link-why": "to know who reoffended"}
    assert sent(eva, f"{address}/linkage", at=address, **link).status_code == 303
    assert "A. Linker, ONS" in eva.get(address).text
    assert "A. Linker, ONS" in eva.get("/app/ledger").text
    gone = sent(eva, f"{address}/destroy", at=address, **{"destroy-why": "the study is over"})
    assert gone.status_code == 303
    text = eva.get(address).text
    assert "Its files and its key are destroyed." in text
    assert not {"people", "risk.smallestClass"} & _figures(text).keys()
    assert f"Export {number}" in (listed := eva.get("/app/cohorts").text)
    assert not {f"items.{number}.{name}" for name in ("people", "smallestClass")} & _figures(listed).keys()
    assert eva.get(f"{address}/files/cohort.csv").status_code == 404


def test_a_cohort_that_is_refused_says_which_columns_and_no_count(world: World, eva: Client, answers: Client) -> None:
    given = {**COHORT, "columns": ["age_band", "sex", "ethnicity"], "smallClasses": "refuse"}
    asked = sent(eva, "/app/cohorts/new", at="/app/cohorts/new?purpose=performance%20monitoring", **given)
    work(world)
    text = eva.get(asked.headers["location"]).text
    told = answers.get(f"/cohort-jobs/{asked.headers['location'].rpartition('/')[2]}").json()
    assert told["state"] == "failed"
    assert _figures(text)["why"] == told["why"]
    assert "age_band" in told["why"]
    assert not re.search(r"[0-9]", told["why"])
    wrong = sent(
        eva, "/app/cohorts/new", at="/app/cohorts/new?purpose=performance%20monitoring",
        **{**COHORT, "justification": "short", "classAtLeast": "2"},
    )  # fmt: skip
    assert wrong.status_code == 422
    assert "Why it is needed must be" in wrong.text
    assert "Smallest class must be" in wrong.text
    assert 'value="group" checked' in wrong.text


def test_the_review_stands_in_the_frame_and_leaves_as_word_and_pdf(
    eva: Client, answers: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = answers.post(f"/programmes/{PILOT}/equality-reviews", json={}).json()
    asked: list[int] = []

    def again(_context: Any, _programme: Any, _day: Any, young_adult_to: int) -> ReviewOut:
        # Working it out once takes long enough.
        asked.append(young_adult_to)
        return msgspec.convert(told, ReviewOut)

    monkeypatch.setattr(measures, "open_review", again)
    made = sent(eva, "/app/equality", youngAdultTo="24")
    assert made.status_code == 200
    words = _words(made.text)
    assert f"Open edition, release {told['release']}" in words
    assert f"as at {told['asAt']}" in words
    shown = [list(values) for values in re.findall(r'data-figure="sections[^"]*">([^<]*)<', made.text)]
    assert shown
    for each in told["characteristics"]:
        for level in each["levels"]:
            assert level["level"] in words
    # The documents themselves have tests of their own.
    monkeypatch.setattr(equality, "printed", lambda review, form: f"{review.release} {form}".encode())
    for form, suffix in (("word", "docx"), ("pdf", "pdf")):
        file = sent(eva, "/app/equality", youngAdultTo="24", **{"as": form})
        assert (file.status_code, file.text) == (200, f"{told['release']} {file.headers['content-type']}")
        assert f"equality-review-2021-05-31-open.{suffix}" in file.headers["content-disposition"]
    wrong = sent(eva, "/app/equality", youngAdultTo="23")
    assert wrong.status_code == 422
    assert asked == [24, 24, 24]


def test_too_few_people_are_told_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Three reoffended: neither they nor any figure of the tagged stands on the page or in a picture."""
    few = populated(tmp_path_factory.mktemp("few"), people=40)
    compared(few, tagged=range(0, 18, 6), others=40)
    with browsing(few, Role.EVALUATOR) as eva:
        text = eva.get("/app/evaluation?covariates=sex").text
        words = _words(text)
        assert "No answer yet. Too few people for this to be told" in words
        figures = _figures(text)
        assert figures["proportions.tagged.events"] == "[c]"
        assert figures["proportions.tagged.people"] == "[c]"
        assert "effect.difference" not in figures
        assert "balance.svg" not in text
        assert eva.get("/app/evaluation/balance.svg?covariates=sex").status_code == 404
