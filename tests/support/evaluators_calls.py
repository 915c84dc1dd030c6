"""Every other call that an evaluator may make, for the attacker: effects asked in every way, reviews and their
documents, power, quality of matches, pictures, workbooks, and whatever else answers the evaluator's login.

What says a count of convictions is learned. What may say none is held to that: no other answer has the words.
"""

import csv
import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

from api.documents.pdf import PDF
from api.documents.word import DOCX
from tests.support.clients import Client
from tests.support.evaluators_attacker import Attacker
from tests.support.evaluators_exports import Exports, convicted_by
from tests.support.pilot import PILOT

_OF = f"/programmes/{PILOT}"
MEASURES = ("screened", "eligible", "proportionate", "imposed", "fitted", "mapped", "matched", "confirmed", "recalled")
ATTRIBUTES = ("bcu", "phase", "month", "sex", "age", "ethnicity")
_FORMS = ("text/html", DOCX, PDF)
_WAYS: tuple[dict[str, Any], ...] = (
    {"method": "aipw"},
    {"method": "aipw", "estimand": "everyone"},
    {"contrast": "as treated"},
    {"contrast": "as treated", "graceDays": 0},
    {"method": "nearest", "ratio": 3, "caliper": 0.05},
    {"outcome": "recalled"},
    {"outcome": "recalled", "method": "exact"},
    {"covariates": ["sex", "age_band", "bcu"]},
    {"method": "exact", "covariates": ["bcu"]},
    {"covariates": ["release_month"]},
)
_OF_CONVICTIONS = re.compile(r'\d[^"{}\[\],]*(?:convict|reoffen)|(?:convict|reoffen)\w*"?[^"{}\[\],]*\d', re.IGNORECASE)
"""Such words with a figure in one sentence, or as the name of one."""


@dataclass
class Calls:
    """Asks, as the evaluator and as a browser with the evaluator's session. `answered`: operations and pages that
    answered."""

    attacker: Attacker
    exports: Exports
    client: Client
    browser: Client
    answered: set[str] = field(default_factory=set)

    def refused(self, answer: Any, name: str) -> bool:
        """Whether it was; what a refusal says is kept."""
        if answer.status_code < 300:
            self.answered.add(name)
            return False
        # Above, it is of the server, which a folder is missing to.
        if answer.status_code < 500 and answer.headers["content-type"].startswith("application"):
            self.attacker.refusals.add(answer.json()["detail"])
        return True

    def ask_review(self, day: date, edition: str = "") -> None:
        """The review of a day, as JSON and as each document; of convictions it has nothing."""
        name = "restrictedReview" if edition else "review"
        answer = self.client.post(f"{_OF}/equality-reviews{edition}", json={"asAt": day.isoformat()})
        if self.refused(answer, name):
            return
        tells_no_conviction(answer.text)
        for form in _FORMS:
            made = self.client.post(
                f"{_OF}/equality-reviews{edition}/document",
                json={"asAt": day.isoformat()},
                headers={"accept": form},
            )
            assert not self.refused(made, f"{name} {form}"), made.text
            tells_no_conviction(text_of(made.content, form))

    def ask_power(self, day: date, **supposed: Any) -> None:
        answer = self.client.get(f"{_OF}/power", params={"asAt": day.isoformat(), **supposed})
        assert not self.refused(answer, "power"), answer.text
        fitted = sum(who.tagged and who.released_on <= day for who in self.attacker.people)
        assert answer.json()["fitted"] in (None, fitted)

    def ask_quality(self, day: date) -> None:
        answer = self.client.get(f"{_OF}/match-quality", params={"asAt": day.isoformat()})
        assert not self.refused(answer, "matchQuality"), answer.text

    def ask_tables(self, day: date, asks: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Tables of other measures than convictions, together in one release."""
        tables = [{"measure": measure, "by": list(by)} for measure, by in asks]
        self.refused(self.client.post(f"{_OF}/tables", json={"tables": tables, "asAt": day.isoformat()}), "tables")

    def ask_pictures(self, day: date, **changes: Any) -> None:
        """Each picture of the evaluator's page with its table: where a curve ends, so many were convicted."""
        asked = {"covariates": ["ogrs_score"], "asAt": day.isoformat(), **changes}
        for key in ("balance", "curves", "power", "matches", "calibration"):
            for suffix in ("svg", "csv"):
                answer = self.browser.get(f"/app/evaluation/{key}.{suffix}", params=asked)
                if answer.status_code != 200:
                    continue
                self.answered.add(f"{key}.{suffix}")
                if (key, suffix) == ("curves", "csv"):
                    self._learn_curve(day, answer.text)

    def _learn_curve(self, day: date, text: str) -> None:
        for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))):
            if row[0] == "12" and re.fullmatch(r"[\d.]+", share := row[_names(text).index("tagged")]):
                self.attacker.learn_share(day, 1 - float(share) / 100)

    def take_files(self, number: int) -> None:
        """All files of an export, also those that are made of it: a workbook has the rows of the file and no more."""
        about = self.client.get(f"/cohorts/{number}")
        if self.refused(about, "getCohort"):
            return
        found = about.json()
        for name in (*found["files"], *found["otherFiles"]):
            answer = self.client.get(f"/cohorts/{number}/files/{name}")
            assert not self.refused(answer, name), answer.text
        manifest = self.client.get(f"/cohorts/{number}/files/manifest.json").json()
        if estimate := manifest["estimate"]:
            self._learn_estimate(number, estimate)

    def _learn_estimate(self, number: int, estimate: dict[str, Any]) -> None:
        """Of the tagged whom the export's comparison uses it tells the share: where that is all of them, of whom."""
        [export] = [each for n, each in zip(self.exports.numbers, self.exports.left, strict=True) if n == number]
        group = [
            who.number for who in self.attacker.people if export.who(who) and who.tagged and who.followed(export.as_at)
        ]
        had = [said for row in export.rows.values() if (said := convicted_by(row))]
        if len(group) == estimate["tagged"] == len(had):
            self.attacker.learn(group, round(estimate["riskTagged"] * len(group)))

    def ask_the_rest(self) -> None:
        """Whatever else answers a GET without further names in its address, and the pages: who was convicted is in none
        of it, whatever it says of the programme."""
        schema = self.client.get("/schema/openapi.json").json()
        for path, methods in schema["paths"].items():
            address = path.replace("{key}", PILOT)
            if "get" in methods and "{" not in address:
                answer = self.client.get(address)
                name = methods["get"]["operationId"]
                if name not in _TELL_WHAT_THERE_IS and not self.refused(answer, name):
                    tells_no_conviction(text_of(answer.content, answer.headers["content-type"]))
        for page in ("evaluation", "tables", "tables/new", "cohorts", "equality", "ledger"):
            if self.browser.get(f"/app/{page}").status_code == 200:
                self.answered.add(page)


_TELL_WHAT_THERE_IS = {
    "listCohortColumns",
    "listCohorts",
    "listTables",
    "listAnalysisPlans",
    "listImports",
    "listKindsOfFiles",
}
"""Their words name convictions, and they count nobody: columns, definitions, what was asked, files that were sent."""


def other_questions(calls: Calls, made: random.Random, *, days: Sequence[date], many: bool) -> list[Callable[[], None]]:
    """Each call several times, on days by chance. Not `many`: those that take no second, once."""
    out: list[Callable[[], None]] = []
    for way in _WAYS if many else made.sample(_WAYS, 3):
        day = made.choice(days)
        out.append(lambda d=day, w=way: calls.attacker.ask_effect(d, **w))  # type: ignore[misc]
    if not many:
        return [*out, lambda: calls.ask_power(max(days)), lambda: calls.ask_quality(max(days))]
    out.append(calls.ask_the_rest)
    for _ in range(2):
        day, against = made.choice(days), made.choice((0.5, 1, 4))
        pairs = [(made.choice(MEASURES), made.sample(ATTRIBUTES, made.randrange(2))) for _ in range(3)]
        out += [
            lambda d=day: calls.ask_review(d),  # type: ignore[misc]
            lambda d=day: calls.ask_review(d, "/restricted"),  # type: ignore[misc]
            lambda d=day, a=against: calls.ask_power(d, against=a),  # type: ignore[misc]
            lambda d=day: calls.ask_quality(d),  # type: ignore[misc]
            lambda d=day, p=pairs: calls.ask_tables(d, p),  # type: ignore[misc]
            lambda d=day: calls.ask_pictures(d),  # type: ignore[misc]
        ]
    return out


def tells_no_conviction(text: str) -> None:
    # The gate of the paper, which is said of nobody.
    text = re.sub(r"\d+ % \(assessed as “more likely than not” to reoffend", "", text)
    found = _OF_CONVICTIONS.search(text)
    assert found is None, text[max(0, found.start() - 100) : found.end() + 100]


def text_of(content: bytes, form: str) -> str:
    """The words of a document or an answer; none of one whose words cannot be read without drawing it."""
    if form == DOCX:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return " ".join(ET.fromstring(parts.read("word/document.xml")).itertext())
    return "" if form == PDF else content.decode("utf-8", "replace")


def _names(text: str) -> list[str]:
    """The columns of a file."""
    return next(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
