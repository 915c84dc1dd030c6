"""The fields of one row of a release list, each read once, with what is wrong with any of them."""

import re
from datetime import date

from geo.borough_names import NoSuchBorough, borough_named
from geo.date_forms import DateForm
from tracker.errors import BadEntry
from tracker.imports.faults import RowFaults
from tracker.imports.fields import decimal, text_fault
from tracker.ogrs.gate import Score
from tracker.ogrs.given import given_score
from tracker.ogrs.ogrs3 import OffenceGroup, Ogrs3Inputs
from tracker.screening import dated
from tracker.screening.home import OUTSIDE_LONDON, Home
from tracker.screening.release_row import IDENTIFIERS, ReleaseRow

TEXTS = {
    "nomis_id": 32,
    "crn": 32,
    "pnc_id": 32,
    "wearer_ref": 200,
    "licence": 64,
    "name": 200,
    "offence_code": 16,
    "knife_basis": 400,
    "prison": 100,
    "postcode": 16,
    "address": 400,
    "ogrs_version": 32,
    "ogrs_by": 200,
}
"""Plain texts, and how long each may be."""
INPUTS = ("ogrs_convicted_on", "ogrs_sanctions", "ogrs_first_age", "ogrs_offence_group")
COLUMNS = (
    *TEXTS,
    "born",
    "sex",
    "ethnicity",
    "knife_involved",
    "planned_release",
    "licence_ends",
    "borough",
    "easting",
    "northing",
    "ogrs_instrument",
    "ogrs_horizon",
    "ogrs_score",
    "ogrs_date",
    *INPUTS,
)
REQUIRED = ("name", "planned_release")
"""Needed of every row, with one of the identifiers."""
PERSONAL = frozenset({*IDENTIFIERS, "name", "born", "postcode", "address", "easting", "northing"})
"""Fields that a fault does not repeat: the row's number leads to them."""
ETHNICITIES = re.compile("W[1239]|M[1239]|A[12349]|B[129]|O[29]|NS")
"""Self-defined ethnicity, 18+1."""
_OLD_ETHNICITIES = {"O1": "A4"}
_SEXES = {"male": "male", "m": "male", "female": "female", "f": "female", "not known": "not known", "u": "not known"}
_YES_NO = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}
_OLDEST = 110
_FORMS = {
    "nomis_id": (re.compile("[A-Z][0-9]{4}[A-Z]{2}"), "INVALID_NOMIS"),
    "crn": (re.compile("[A-Z][0-9]{6}"), "INVALID_CRN"),
}


class Fields:
    """The fields of one row, each read once; what is wrong goes to `faults`."""

    def __init__(self, fields: dict[str, str], faults: RowFaults, dates: DateForm, today: date) -> None:
        self._fields, self._faults, self._dates, self._today = fields, faults, dates, today

    def release(self, row: int) -> ReleaseRow | None:
        text = {name: self._text(name, longest) for name, longest in TEXTS.items()}
        if not any(text[name] for name in IDENTIFIERS):
            self._faults.add("nomis_id", "", "MISSING_IDENTIFIER")
        for name, (form, rule) in _FORMS.items():
            if (given := _upper(text[name])) is not None and not form.fullmatch(given):
                self._wrong(name, rule)
        if text["name"] is None:
            self._faults.add("name", "", "MISSING_NAME")
        born, release_on, ends_on = (self._date(name) for name in ("born", "planned_release", "licence_ends"))
        if release_on is None and not self._given("planned_release"):
            self._faults.add("planned_release", "", "MISSING_RELEASE")
        if born and release_on and not 10 <= release_on.year - born.year <= _OLDEST:
            self._wrong("born", "IMPOSSIBLE_DATE", f"released on {release_on}")
        if release_on and ends_on and ends_on < release_on:
            self._wrong("licence_ends", "ENDS_BEFORE_RELEASE", f"released on {release_on}")
        sex, ethnicity, knife_involved = self._sex(), self._ethnicity(), self._yes_no("knife_involved")
        home = Home(self._borough())
        x_m, y_m = self._place()
        score = self._score()
        inputs = self._inputs(sex, born, release_on, text["offence_code"])
        if self._faults.found or text["name"] is None or release_on is None:
            return None
        code = text["offence_code"]
        return ReleaseRow(
            row=row,
            nomis_id=_upper(text["nomis_id"]),
            crn=_upper(text["crn"]),
            pnc_id=_upper(text["pnc_id"]),
            wearer_ref=text["wearer_ref"],
            licence=text["licence"],
            name=text["name"],
            born=born,
            sex=sex,
            ethnicity=ethnicity,
            offence_code=None if code is None else dated.offence_code(code),
            knife_involved=knife_involved,
            knife_basis=text["knife_basis"],
            prison=text["prison"],
            planned_release_on=release_on,
            ends_on=ends_on,
            home=home,
            x_m=x_m,
            y_m=y_m,
            postcode=_upper(text["postcode"]),
            address_line=text["address"],
            score=score,
            score_version=text["ogrs_version"],
            score_by=text["ogrs_by"],
            inputs=inputs,
        )

    def _given(self, name: str) -> str:
        return self._fields.get(name, "")

    def _wrong(self, name: str, rule: str, why: str = "") -> None:
        self._faults.add(name, "" if name in PERSONAL else self._given(name), rule, why)

    def _text(self, name: str, longest: int) -> str | None:
        given = self._given(name)
        unfit = text_fault(given, longest)
        if unfit is not None:
            self._wrong(name, "INVALID_TEXT", f"this {unfit}")
        return given or None

    def _date(self, name: str) -> date | None:
        given = self._given(name)
        if not given:
            return None
        found = self._dates.date_of(given)
        if found is None:
            self._wrong(name, "INVALID_DATE", f"the list is read with {self._dates}{self._dates.instead(given)}")
        return found

    def _sex(self) -> str | None:
        given = self._given("sex").lower()
        if given and given not in _SEXES:
            self._wrong("sex", "INVALID_SEX")
        return _SEXES.get(given)

    def _ethnicity(self) -> str | None:
        given = self._given("ethnicity").upper()
        code = _OLD_ETHNICITIES.get(given, given)
        if code and not ETHNICITIES.fullmatch(code):
            self._wrong("ethnicity", "INVALID_ETHNICITY")
        return code or None

    def _yes_no(self, name: str) -> bool | None:
        given = self._given(name).lower()
        if given and given not in _YES_NO:
            self._wrong(name, "INVALID_YES_NO")
        return _YES_NO.get(given)

    def _borough(self) -> str | None:
        given = self._given("borough")
        if not given:
            return None
        if given.casefold() == OUTSIDE_LONDON.casefold():
            return OUTSIDE_LONDON
        try:
            return borough_named(given).name
        except NoSuchBorough:
            self._wrong("borough", "INVALID_BOROUGH")
            return None

    def _place(self) -> tuple[float | None, float | None]:
        given = [name for name in ("easting", "northing") if self._given(name)]
        if len(given) == 1:
            self._wrong(given[0], "ONE_COORDINATE")
        if len(given) < 2:
            return None, None
        for name in given:
            if decimal(self._given(name)) is None:
                self._wrong(name, "INVALID_COORDINATE")
        return decimal(self._given("easting")), decimal(self._given("northing"))

    def _score(self) -> Score | None:
        names = ("ogrs_instrument", "ogrs_horizon", "ogrs_score", "ogrs_date")
        given = [name for name in names if self._given(name)]
        if "ogrs_score" not in given:
            # Instrument and horizon may stand for a whole file of which some rows have no score.
            return None
        missing = [name for name in names if name not in given]
        scored_on = self._date("ogrs_date")
        if missing:
            self._wrong("ogrs_score", "INCOMPLETE_SCORE", f"{', '.join(missing)} is missing")
        if missing or scored_on is None:
            return None
        try:
            horizon = self._given("ogrs_horizon")
            if not horizon.isascii() or not horizon.isdigit():
                raise BadEntry(f"OGRS has a horizon of 1 or 2 years, not {horizon!r}")
            return given_score(
                self._given("ogrs_score"),
                instrument=self._given("ogrs_instrument").upper(),
                horizon_years=int(horizon),
                scored_on=scored_on,
                today=self._today,
            )
        except BadEntry as wrong:
            self._wrong("ogrs_score", "INVALID_SCORE", str(wrong))
            return None

    def _inputs(self, sex: str | None, born: date | None, on: date | None, code: str | None) -> Ogrs3Inputs | None:
        needed = {"ogrs_convicted_on", "ogrs_sanctions", "ogrs_first_age"}
        given = {name for name in INPUTS if self._given(name)}
        if not given:
            return None
        convicted_on = self._date("ogrs_convicted_on")
        offence = dated.offence_of(code, on) if code and on else None
        group = self._given("ogrs_offence_group") or (offence.ogrs3_group if offence is not None else "")
        missing = sorted(needed - given) + [
            name
            for name, there in (("born", born), ("a sex", sex in ("male", "female")), ("a group", group))
            if not there
        ]
        if missing:
            self._faults.add(
                "ogrs_sanctions",
                self._given("ogrs_sanctions"),
                "INVALID_SCORE_INPUTS",
                f"{', '.join(missing)} is missing",
            )
        if missing or convicted_on is None or born is None or on is None:
            return None
        try:
            return Ogrs3Inputs(
                male=sex == "male",
                born=born,
                convicted_on=convicted_on,
                in_community_on=on,
                sanctions=_whole(self._given("ogrs_sanctions")),
                age_at_first_sanction=_whole(self._given("ogrs_first_age")),
                offence=_group(group),
            )
        except BadEntry as wrong:
            self._wrong("ogrs_sanctions", "INVALID_SCORE_INPUTS", str(wrong))
            return None


def _upper(text: str | None) -> str | None:
    return None if text is None else text.upper()


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise BadEntry(f"{text!r} is not a whole number")
    return int(text)


def _group(text: str) -> OffenceGroup:
    try:
        return OffenceGroup(text.lower())
    except ValueError:
        groups = "; ".join(OffenceGroup)
        raise BadEntry(f"{text!r} is not an offence group of OGRS3; the groups are {groups}") from None
