"""Texts that read as what they are not, that cannot be stored, or that a spreadsheet or page would run."""

import csv
import io
import time

import pytest

from tests.support.attacked import Target
from tests.support.clients import FILE

pytestmark = pytest.mark.slow

PILOT = "/programmes/gps-knife-licence"
USER = {"role": "analyst", "password": "zebra umbrella 1921 kite"}
BLANK = ("   ", "\t\n", "\u200b", "\u00a0\u2060", "\ufeff")
TURNED = tuple(f"not{letter}guilty" for letter in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
UNSTORABLE = ("a\0b", "\0")


@pytest.mark.parametrize("words", [*BLANK, *TURNED, *UNSTORABLE])
def test_a_reason_that_says_nothing_or_reads_as_another_is_refused(target: Target, words: str) -> None:
    """Whoever releases or decides by a reason reads it; one with its direction turned reads as its opposite."""
    window = {"from": "2019-09-10T11:00:00Z", "to": "2019-09-10T13:00:00Z"}
    crime = {"force": "Metropolitan", "crimeType": "Robbery", "easting": 530_000, "northing": 180_000, "match": False}
    asked = {"line": "evaluation", "pence": 100}
    answers = [
        target.as_("delivery-officer").post(f"{PILOT}/commitments", json={**asked, "reference": "T", "words": words}),
        target.as_("delivery-officer").post(f"{PILOT}/commitments", json={**asked, "reference": words, "words": "w"}),
        target.as_("analyst").post("/crimes", json={**crime, **window, "crimeRef": words}),
        target.as_("analyst").get("/trails", params={"wearerRef": "W-away", **window, "purpose": words}),
        target.as_("data-protection-officer").post("/audit/open", json={"row": 1, "purpose": words}),
        target.as_("data-protection-officer").post("/wearers/W-away/erase", json={"reason": words}),
        target.as_("administrator").post("/users", json={**USER, "name": words}),
    ]  # fmt: skip
    for answer in answers:
        assert answer.status_code == 400, answer.text
        assert not set(words) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\0") & set(answer.text)
    assert target.as_("delivery-officer").get(f"{PILOT}/licences/L-away").status_code == 200


@pytest.mark.parametrize(
    "name", ["..", ".", "-", "@x", "а" + "nalyst", "Analyst", "analyst ", "analyst\u200b", "ﬁnn", ""]
)
def test_no_user_is_named_as_another_or_as_an_address(target: Target, name: str) -> None:
    assert target.as_("administrator").post("/users", json={**USER, "name": name}).status_code in {400, 422}
    made = target.world.run("user", "add", name, "--role", "analyst", "--generate")
    assert made.exit_code != 0, made.output


def test_a_crime_entered_with_blanks_round_its_number_is_the_crime_that_is_answered(target: Target) -> None:
    """It was entered, and answered as not on record."""
    window = {"from": "2019-09-10T11:00:00Z", "to": "2019-09-10T13:00:00Z"}
    place = {"crimeType": "Robbery", "easting": 530_000, "northing": 180_000, "match": False}
    for given, force in ((" B/1", "Metropolitan"), ("B/2 ", " Metropolitan")):
        answer = target.as_("analyst").post("/crimes", json={"force": force, "crimeRef": given, **place, **window})
        assert answer.status_code == 201, answer.text
        assert answer.json()["crime"]["crimeRef"] == given.strip()


def test_rejected_rows_run_nothing_in_a_spreadsheet(target: Target) -> None:
    """Each value stands in the file of faults as its sender wrote it, or with an apostrophe before it."""
    analyst = target.as_("analyst")
    starts = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "＝1+1", '"=1', "=cmd|' /C calc'!A0", "a\r\n=1", "[" * 5_000)
    rows = io.StringIO()
    out = csv.writer(rows)
    out.writerow(["force", "crime_ref", "crime_type", "t_from", "t_to", "easting", "northing", "location_accuracy_m"])
    for value in starts:
        out.writerow(["Metropolitan", "R/1", "Robbery", value, value, value, value, value])
    sent = analyst.post("/imports/crimes?name=r.csv", content=rows.getvalue().encode(), headers=FILE)
    assert sent.status_code == 202, sent.text
    at = f"/imports/{sent.json()['id']}"
    for _ in range(300):
        if analyst.get(at).json()["state"] in {"done", "failed"}:
            break
        time.sleep(0.1)
    text = analyst.get(f"{at}/errors.csv").text
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert len(cells) > 30
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    assert max(map(len, cells)) < 1_000
