"""The evaluator's day over HTTP and by command: outcomes in, a cohort out, what may not leave refused."""

import io
import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from api.documents.pdf import PDF
from api.documents.word import DOCX
from api.schemas.evaluation.cohorts import OTHER_FILES
from api.usecases.evaluation.cohort_exports import destroy_of, expire, exported, tidy
from api.usecases.stores import open_record
from tests.support.clients import FILE
from tests.support.evaluators import compared, populated, rows_csv, work
from tests.support.pilot import PILOT
from tests.support.worlds import World
from tracker.access.roles import Role
from tracker.evaluation.cohort.parse import parse
from tracker.evaluation.releases.queries import exports

COHORT: dict[str, Any] = {
    "purpose": "impact analysis",
    "justification": "evaluation plan, section 4",
    "columns": [
        "group",
        "age_band",
        "sex",
        "eligible",
        "imposed",
        "fitted",
        "worn_weeks",
        "exposure_weeks",
    ],
    "asAt": "2021-05-31",
    "wideAges": True,
    "smallClasses": "blank",
}


@pytest.fixture(scope="session")
def _populated(tmp_path_factory: pytest.TempPathFactory) -> World:
    return populated(tmp_path_factory.mktemp("populated"))


@pytest.fixture
def pilot(_populated: World, tmp_path: Path) -> World:
    """120 people of the pilot, on 1 June 2021."""
    return _populated.copy_to(tmp_path)


def asked(client: TestClient[Litestar], world: World, **changes: Any) -> dict[str, Any]:
    """A cohort asked for and made; its job."""
    made = client.post(f"/programmes/{PILOT}/cohorts", json={**COHORT, **changes})
    assert made.status_code == 202, made.text
    work(world)
    job: dict[str, Any] = client.get(f"/cohort-jobs/{made.json()['id']}").json()
    return job


def test_the_evaluators_day(pilot: World) -> None:
    with pilot.client_as(Role.EVALUATOR) as eva, pilot.client_as(Role.OFFICER) as officer:
        offences = [
            {"person": f"W{n}", "offence_date": "2019-12-01", "offence_code": "00826", "conviction_date": "2020-01-09"}
            for n in range(0, 120, 4)
        ]
        body = rows_csv(*({**row, "source": "PNC"} for row in [*offences, {**offences[0], "person": "nobody"}]))
        # Outcomes of wearers come from the officer; what an evaluator sends of them is rejected, row by row.
        sent = eva.post("/imports/reoffences", params={"name": "pnc.csv"}, content=body, headers=FILE)
        work(pilot)
        assert eva.get(f"/imports/{sent.json()['id']}").json()["kept"] == 0
        sent = officer.post("/imports/reoffences", params={"name": "pnc.csv"}, content=body, headers=FILE)
        assert sent.status_code == 202, sent.text
        work(pilot)
        told = officer.get(f"/imports/{sent.json()['id']}").json()
        assert (told["kept"], told["rejected"], told["outcome"]) == (30, 1, "partial")

        # Of those without a tag there are too few for outcomes.
        job = asked(eva, pilot, columns=[*COHORT["columns"], "reoffended"], reached="fitted", classAtLeast=60)
        assert job["state"] == "done", job
        export = eva.get(f"/cohorts/{job['runId']}").json()
        assert export["people"] == int(next(row["people"] for row in export["flow"] if row["step"] == "fitted"))
        assert export["risk"]["smallestClass"] >= 5
        files = {name: eva.get(f"/cohorts/1/files/{name}") for name in export["files"]}
        assert all(answer.status_code == 200 for answer in files.values())
        frame = pd.read_csv(io.BytesIO(files["cohort.csv"].content))
        assert len(frame) == export["people"] > 90
        assert frame["reoffended"].sum() >= 10
        parquet = pl.read_parquet(io.BytesIO(files["cohort.parquet"].content))
        assert parquet.columns == list(frame.columns)
        flow = {row["step"]: row["people"] for row in export["flow"]}
        for step in ("imposed", "fitted"):
            assert flow[step] in ("withheld", int(frame[step].sum()))
        assert files["cohort.csv"].headers["cache-control"] == "no-store"
        assert files["cohort.csv"].headers["content-type"] == "text/csv; charset=utf-8"
        other = {name: eva.get(f"/cohorts/1/files/{name}") for name in export["otherFiles"]}
        assert {name: answer.status_code for name, answer in other.items()} == dict.fromkeys(OTHER_FILES, 200)
        for name, answer in other.items():
            assert answer.headers["content-disposition"] == f'attachment; filename="cohort-1-{name}"'
            if name.startswith("cohort"):
                kind = answer.headers["content-type"]
                assert eva.get("/cohorts/1/files/cohort", headers={"accept": kind}).content == answer.content
        assert eva.get("/cohorts/1/files/cohort", headers={"accept": "text/csv"}).content == files["cohort.csv"].content
        assert "its files are" in eva.get("/cohorts/1/files/cohort").json()["detail"]
        with pilot.client_as(Role.PROTECTION) as dee:
            rows = dee.get("/audit", params={"subject": "cohort_export"}).json()["items"]
            assert dee.get("/cohorts/1/files/cohort.sav").status_code == 403
        taken = [row["details"]["file"] for row in rows if row["action"] == "disclose"]
        assert {name: taken.count(name) for name in OTHER_FILES} == {**dict.fromkeys(OTHER_FILES, 2), "flow.svg": 1}
        assert eva.get("/cohorts/1/files/..%2f..%2ftoken.key").status_code in (400, 404)


@pytest.mark.slow
def test_a_disclosive_export_is_refused_with_the_reason(pilot: World) -> None:
    with pilot.client_as(Role.EVALUATOR) as eva:
        assert asked(eva, pilot)["state"] == "done"
        less = asked(eva, pilot, where={"sex": ["male", "female"]})
        assert less["state"] == "failed"
        assert "export 1" in less["why"]
        assert "W" not in less["why"].replace("PCD", "")
        bad = eva.post(f"/programmes/{PILOT}/cohorts", json={**COHORT, "columns": ["name"]})
        assert bad.status_code == 422
        assert "no column 'name'" in bad.json()["detail"]
        future = asked(eva, pilot, asAt="2022-01-01")
        assert future["state"] == "failed"
        assert "is in the future" in future["why"]
        table = {"tables": [{"measure": "fitted", "by": ["bcu"]}], "asAt": "2021-05-31"}
        first = eva.post(f"/programmes/{PILOT}/tables", json=table)
        assert first.status_code == 201
        men = {"tables": [{"measure": "screened", "where": {"sex": ["male", "female"]}}], "asAt": "2021-05-31"}
        refused = eva.post(f"/programmes/{PILOT}/tables", json=men)
        assert refused.status_code == 409
        assert "release" in refused.json()["detail"]
        ledger = eva.get(f"/programmes/{PILOT}/tables").json()
        assert [item["kind"] for item in ledger["items"]] == ["tables", "tables of a cohort"]


def test_linkage_is_requested_by_one_person_and_handed_over_by_another(pilot: World) -> None:
    with pilot.client_as(Role.EVALUATOR) as eva, pilot.client_as(Role.PROTECTION) as dee:
        asked(eva, pilot)
        why = {"why": "sharing agreement 12"}
        assert dee.post("/cohorts/1/linkage/file").status_code == 409
        ask = {"linker": "A. Linker", "organisation": "Data Lab", "why": "reoffending data by PNC"}
        assert eva.post("/cohorts/1/linkage", json=ask).json() == {"id": 1, "linkage": "asked for"}
        assert eva.post("/cohorts/1/linkage/file").status_code == 403
        assert eva.post("/cohorts/1/linkage/approve", json=why).status_code == 403
        assert dee.post("/cohorts/1/linkage/approve", json=why).json()["linkage"] == "approved"
        answer = dee.post("/cohorts/1/linkage/file")
        assert answer.status_code == 200
        assert answer.text.splitlines()[0] == "person,pnc_id_or_reference,group"
        assert len(answer.text.splitlines()) == 121
        assert dee.get("/cohorts/1/files/cohort.csv").status_code == 403
        assert "PNC0" not in json.dumps(eva.get("/cohorts/1").json())


@pytest.mark.slow
def test_the_review_in_both_editions(pilot: World) -> None:
    with (
        pilot.client_as(Role.EVALUATOR) as eva,
        pilot.client_as(Role.PROTECTION) as dee,
        pilot.client_as(Role.OFFICER, "olu") as olu,
    ):
        body = {"asAt": "2021-05-31"}
        counts = rows_csv(
            *(
                {"population": "sentenced", "characteristic": "sex", "group": g, "count": n, "period": "2018/19",
                 "source": "a test"}
                for g, n in (("male", 900), ("female", 100))
            )
        )  # fmt: skip
        assert (
            eva.post("/imports/benchmarks", params={"name": "b.csv"}, content=counts, headers=FILE).status_code == 202
        )
        work(pilot)
        found = eva.post(f"/programmes/{PILOT}/equality-reviews", json=body)
        assert found.status_code == 201, found.text
        review = found.json()
        assert review["edition"] == "open"
        small = [n for c in review["characteristics"] for x in c["levels"] for n in x.values() if isinstance(n, int)]
        assert min(small) >= 10
        page = eva.post(f"/programmes/{PILOT}/equality-reviews/document", json=body)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "Open edition, release 1" in page.text
        assert "<script" not in page.text
        for form, begins in ((DOCX, b"PK"), (PDF, b"%PDF-")):
            made = [
                eva.post(f"/programmes/{PILOT}/equality-reviews/document", json=body, headers={"accept": form})
                for _ in range(2)
            ]
            assert made[0].headers["content-type"] == form
            assert made[0].content.startswith(begins)
            assert made[0].content == made[1].content
            assert made[0].headers["cache-control"] == "no-store"
        restricted = f"/programmes/{PILOT}/equality-reviews/restricted"
        assert olu.post(restricted, json=body).status_code == 404
        named = {"reader": "olu", "until": "2021-06-30", "reason": "chairs the six-month review"}
        assert dee.post(f"/programmes/{PILOT}/review-readers", json=named).status_code == 201
        whole = olu.post(restricted, json=body).json()
        assert whole["edition"] == "restricted"
        assert "for olu alone" in olu.post(f"{restricted}/document", json=body).text
        assert eva.post(restricted, json=body).status_code == 404
        reads = dee.get("/audit", params={"subject": "equality review"})
        assert reads.status_code == 200


@pytest.mark.slow
def test_power_effect_and_quality_over_http(pilot: World) -> None:
    compared(pilot)
    with pilot.client_as(Role.EVALUATOR) as eva:
        power = eva.get(f"/programmes/{PILOT}/power", params={"against": 4}).json()
        assert power["now"]["untagged"] == 4 * power["fitted"]
        assert 0 < power["now"]["power"] < 1
        assert any("formula" in line for line in power["words"])
        for method in ("weights", "nearest", "exact"):
            asked_for = {"method": method, "covariates": ["ogrs_band"], "asAt": "2021-05-31"}
            told = eva.post(f"/programmes/{PILOT}/effects", json=asked_for).json()
            assert told["whyNot"] is None, told["whyNot"]
            effect = told["effect"]
            assert effect["low"] <= effect["difference"] <= effect["high"]
            sizes = [abs(row["smdAfter"]) for row in told["balance"] if row["smdAfter"] is not None]
            assert sizes == sorted(sizes, reverse=True)
            assert [p["group"] for p in told["proportions"]] == ["comparison", "tagged"]
        wrong = eva.post(f"/programmes/{PILOT}/effects", json={"covariates": ["recall_type"]})
        assert wrong.status_code == 422
        assert "is not known of both groups before release" in wrong.json()["detail"]
        # The matches are of June.
        (pilot.home / "today").write_text("2021-06-30\n")
        quality = eva.get(f"/programmes/{PILOT}/match-quality").json()
        assert sum(row["matches"] or 0 for row in quality["byMonth"]) >= 10
        weighted = asked(
            eva, pilot, columns=["group", "sex", "weight"], comparison=True, weights="weights", covariates=["sex"]
        )
        assert weighted["state"] == "done", weighted
        frame = pl.read_csv(eva.get(f"/cohorts/{weighted['runId']}/files/cohort.csv").content)
        others = frame.filter(pl.col("group") == "comparison")
        assert others["weight"].null_count() == 0
        tagged = frame.filter(pl.col("group") == "tagged")
        # By the values as they leave: of tagged people whose sex is withheld there may be no comparison person.
        assert set(tagged["weight"]) <= {0.0, 1.0}
        assert others["weight"].sum() == pytest.approx(tagged["weight"].sum(), rel=0.05)


@pytest.mark.slow
def test_the_same_by_command(pilot: World) -> None:
    definition = pilot.files / "cohort.json"
    plain = {"as_at": "2021-05-31", "wide_ages": True, "small_classes": "blank"}
    plain |= {name: COHORT[name] for name in ("purpose", "justification", "columns")}
    definition.write_text(json.dumps(plain))
    told = pilot.run("cohort", "export", definition, "--by", "eva")
    assert told.exit_code == 0, told.output
    assert "tagpilot cohort save 1" in told.output
    assert pilot.run("cohort", "save", "1", pilot.files / "out", "--by", "eva").exit_code == 0
    plain_files = {p.name for p in (pilot.files / "out").iterdir()}
    assert plain_files >= {"README.txt", "cohort.csv", "manifest.json", "cohort.ipynb"}
    forms = [word for form in ("spss", "stata", "xlsx", "flow") for word in ("--format", form)]
    saved = pilot.run("cohort", "save", "1", pilot.files / "all", *forms, "--by", "eva")
    assert "13 files in" in saved.output
    assert {p.name for p in (pilot.files / "all").iterdir()} == plain_files | set(OTHER_FILES)
    assert pilot.run("cohort", "save", "1", pilot.files / "x", "--format", "sas").exit_code == 2
    drawn = pilot.run("power", "--as-at", "2021-05-31", "--pictures", pilot.files / "charts", "--by", "eva")
    assert "power.svg, power.csv" in drawn.stderr
    drawn = pilot.run("cohort", "quality", "--as-at", "2021-05-31", "--pictures", pilot.files / "charts", "--by", "eva")
    assert "matches.svg, matches.csv" in drawn.stderr
    assert "byte for byte" in pilot.run("cohort", "verify", "1").output
    verified = json.loads(pilot.run("cohort", "verify", "1", "--json").stdout)
    assert verified == {**verified, "id": 1, "same": True, "byAnotherVersion": False}
    assert (
        verified["onRecord"]
        == verified["now"]
        == json.loads(pilot.run("cohort", "list", "--json").stdout)["items"][0]["sha256"]
    )
    for words in (
        ("cohort", "list"),
        ("cohort", "ledger"),
        ("cohort", "table", "fitted", "--by-attribute", "sex"),
        ("cohort", "quality"),
        ("power", "--against", "4"),
        ("equality", "review", "--as-at", "2021-05-31"),
        ("cohort", "link", "ask", "1", "--linker", "A", "--organisation", "B", "--why", "data", "--by", "eva"),
        ("cohort", "link", "approve", "1", "--why", "yes", "--by", "dee"),
        ("cohort", "link", "hand-over", "1", "--out", str(pilot.files / "link.csv"), "--by", "dee"),
        ("cohort", "destroy", "1", "--reason", "over"),
    ):
        answer = pilot.run(*words)
        assert answer.exit_code == 0, (words, answer.output)
        assert answer.output.strip(), words
    assert (pilot.files / "link.csv").stat().st_mode & 0o077 == 0
    assert pilot.run("cohort", "save", "1", pilot.files / "late").exit_code == 1
    bad = pilot.run("cohort", "table", "fitted", "--by-attribute", "colour")
    assert bad.exit_code == 1
    assert "the attributes are bcu, phase" in bad.stderr


@pytest.mark.slow
def test_erasing_somebody_destroys_the_exports_they_are_in(pilot: World) -> None:
    with pilot.client_as(Role.EVALUATOR) as eva:
        asked(eva, pilot)
        [folder] = list(pilot.settings.exports_dir.iterdir())
        erased = pilot.run("keep", "erase", "W3", "--reason", "request", "--yes")
        assert erased.exit_code == 0, erased.output
        assert not folder.exists()
        for name in ("cohort.csv", *OTHER_FILES):
            gone = eva.get(f"/cohorts/1/files/{name}")
            assert (gone.status_code, "W3" in gone.text) == (404, False), name
        told = eva.get("/cohorts/1").json()
        assert (told["state"], told["files"], told["otherFiles"]) == ("destroyed", {}, [])
        # Of its rows nothing is counted any more, and least of all how many of them are unique.
        assert (told["people"], told["comparison"], told["risk"]) == (None, None, None)
        assert pilot.run("cohort", "list", "--by", "eva").exit_code == 0
        # And the next is made without them.
        assert asked(eva, pilot)["state"] == "done"
        assert eva.get("/cohorts/2").json()["people"] == 119


def test_a_killed_workers_remains_are_tidied_and_old_exports_expire(pilot: World) -> None:
    """Files are written before the ledger's row: a worker killed between leaves a folder that is nobody's."""
    engine = open_record(pilot.settings)
    definition = parse(
        {"purpose": "impact analysis", "justification": "evaluation plan", "columns": ["group"], "as_at": "2021-05-31"}
    )
    now = datetime(2021, 6, 1, 12, tzinfo=UTC)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    said: dict[str, Any] = {"days": 10, "by": "eva", "now": lambda: now}
    with pytest.raises(KeyboardInterrupt):
        exported(pilot.settings, engine, PILOT, definition, finish=killed, **said)
    [left] = list(pilot.settings.exports_dir.iterdir())
    with engine.connect() as connection:
        assert exports(connection) == []
    tidy(pilot.settings, engine)
    assert left.exists()
    os.utime(left, (0, 0))
    assert exported(pilot.settings, engine, PILOT, definition, **said) == 1
    assert not left.exists()
    assert expire(pilot.settings, engine, by="x", now=now, today=date(2021, 6, 11)) == 0
    assert expire(pilot.settings, engine, by="x", now=now, today=date(2021, 6, 12)) == 1
    assert list(pilot.settings.exports_dir.iterdir()) == []
    assert destroy_of(pilot.settings, engine, 1, by="x", now=now) == 0
    engine.dispose()
    shutil.rmtree(pilot.settings.exports_dir)
