"""A person of the comparison group."""

from dataclasses import dataclass
from datetime import date

from tracker.evaluation.people.subject import RecordedOffence


@dataclass(frozen=True, slots=True)
class Comparator:
    """A person of the comparison group, as imported."""

    reference: str
    released_on: date
    age: int | None
    sex: str | None
    ethnicity: str | None
    borough: str | None
    offence_code: str | None
    ogrs_pct_hundredths: int | None
    prior_sanctions: int | None
    custody_days: int | None
    recalled_on: date | None
    observed_until: date | None
    offences: tuple[RecordedOffence, ...] = ()
