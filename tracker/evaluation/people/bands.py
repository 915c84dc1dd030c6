"""Coarse groups of people: bands, groups and areas instead of dates of birth, codes and addresses.

Self-defined ethnicity in 5+1 groups and bands of OGRS as in the Ministry of Justice's tables. "Young adult" and "BAME"
are terms of PCD 570 (7.4) that it does not define: they are settings here, printed with every table.
"""

from dataclasses import dataclass
from datetime import date

from geo.borough_names import BCU_NAMES, NoBcu, NoSuchBorough, bcu_of, borough_named
from tracker.screening.dated import offence_of

NOT_RECORDED = "not recorded"
AGE_BANDS = ("under 18", "18-20", "21-24", "25-29", "30-34", "35-39", "40-49", "50 and over", NOT_RECORDED)
WIDE_AGE_BANDS = ("under 18", "18-24", "25-34", "35 and over", NOT_RECORDED)
SEXES = ("male", "female", NOT_RECORDED)
ETHNICITIES = ("White", "Mixed", "Asian", "Black", "Other", "not stated")
BCUS = (*BCU_NAMES.values(), "City of London", "outside London", NOT_RECORDED)
OGRS_BANDS = ("low, under 50", "medium, 50 to 74", "high, 75 to 89", "very high, 90 and over", NOT_RECORDED)
LEVELS = {"bcu": BCUS, "sex": SEXES, "age": AGE_BANDS, "ethnicity": ETHNICITIES}
"""Of the attributes whose levels are the same in every programme."""
CHARACTERISTICS = (
    "age",
    "disability",
    "gender reassignment",
    "marriage and civil partnership",
    "pregnancy and maternity",
    "race",
    "religion or belief",
    "sex",
    "sexual orientation",
)
"""The nine of the Equality Act 2010, section 4. Age, race and sex come with release lists; the others are imported."""
IMPORTED_CHARACTERISTICS = tuple(name for name in CHARACTERISTICS if name not in ("age", "race", "sex"))
_LETTERS = {"W": "White", "M": "Mixed", "A": "Asian", "B": "Black", "O": "Other"}


@dataclass(frozen=True, slots=True)
class Terms:
    """Our definitions of the paper's terms; printed with every table."""

    young_adult_to: int = 24
    """A young adult is 18 to this age on release."""
    bame: tuple[str, ...] = ("Mixed", "Asian", "Black", "Other")
    """W3 and W9 (Gypsy or Irish Traveller, other White) count as White here."""

    def words(self) -> list[str]:
        return [
            f"young adult: 18 to {self.young_adult_to} on release (the paper does not define it)",
            f"BAME: {', '.join(self.bame)} of the 5+1; without any White group (the paper does not define it)",
        ]


def age_band(age: int | None, *, wide: bool = False) -> str:
    """The band of an age in whole years."""
    if age is None:
        return NOT_RECORDED
    bands = WIDE_AGE_BANDS if wide else AGE_BANDS
    starts = (0, 18, 25, 35) if wide else (0, 18, 21, 25, 30, 35, 40, 50)
    return bands[max(n for n, start in enumerate(starts) if age >= start)]


def ethnicity_group(code: str | None) -> str:
    """The 5+1 group of an 18+1 code; not recorded counts as not stated."""
    return _LETTERS.get((code or "")[:1], "not stated")


def sex_level(sex: str | None) -> str:
    return sex if sex in ("male", "female") else NOT_RECORDED


def bcu_level(borough: str | None, on: date | None) -> str:
    """The name of a borough's command unit on a day; without a day, the latest."""
    if borough is None:
        return NOT_RECORDED
    try:
        return BCU_NAMES.get(bcu_of(borough_named(borough).gss, on or date.max), "City of London")
    except NoSuchBorough:
        return "outside London"
    except NoBcu:
        return NOT_RECORDED


def offence_group(code: str | None, on: date | None) -> str:
    """By the table of weapon offences, then by the category of the code (first three digits)."""
    if code is None:
        return NOT_RECORDED
    offence = offence_of(code, on or date(2019, 2, 18))
    if offence is not None and (offence.blade or "weapon" in offence.words.lower()):
        return "possession of a weapon"
    return {"034": "robbery", "005": "violence", "008": "violence", "001": "violence", "004": "violence"}.get(
        code[:3], "other"
    )


def ogrs_band(pct_hundredths: int | None) -> str:
    """The band of a two-year score in hundredths of a per cent, so that 49.99 is low."""
    if pct_hundredths is None:
        return NOT_RECORDED
    return OGRS_BANDS[sum(pct_hundredths >= start for start in (5_000, 7_500, 9_000))]
