"""OGRS3 from its inputs, unrounded: the probability of proven reoffending within one and two years.

Source: Howard, Francis, Soothill and Humphreys, "OGRS 3: the revised Offender Group Reconviction Scale" (Ministry of
Justice, Research Summary 7/09, 2009). The weights here are those of the Ministry of Justice's own service
(hmpps-assess-risks-and-needs) and agree with an independent copy; the two differ in the sign of females under 16 only,
who are not scored here: the scale is used for people of 18 or over.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import exp, log

from tracker.errors import BadEntry
from tracker.times import whole_years

INTERCEPT = {1: 1.40256, 2: 2.12170}
"""By horizon in years."""
COPAS = 1.25112
STATUS_FIRST = 0.12614
"""One sanction in all: the conviction scored is the first."""
STATUS_REPEAT = 0.46306
AGE_MALE = ((18, -0.6251), (21, -1.0515), (25, -1.1667), (30, -1.3260), (35, -1.3680), (40, -1.4997), (50, -2.0253))
"""(from this age on, weight) at the start of follow-up: the day in the community."""
AGE_FEMALE = ((18, -0.8975), (21, -1.0285), (25, -1.0528), (30, -1.1291), (35, -1.4219), (40, -1.5247), (50, -2.4498))
YOUNGEST_CONVICTED = 10
"""The age of criminal responsibility in England and Wales."""


class OffenceGroup(StrEnum):
    """The scale's offence groups. Possession of a weapon is in violence, weight 0."""

    VIOLENCE = "violence"
    ROBBERY = "robbery"
    PUBLIC_ORDER = "public order"
    SEXUAL_NOT_CHILD = "sexual, not against a child"
    SEXUAL_CHILD = "sexual, against a child"
    SOLICITING = "soliciting or prostitution"
    BURGLARY_DOMESTIC = "burglary, domestic"
    BURGLARY_OTHER = "burglary, other"
    THEFT_NON_MOTOR = "theft, not of or from a vehicle"
    HANDLING = "handling stolen goods"
    FRAUD = "fraud and forgery"
    ABSCONDING = "absconding or bail offences"
    TAKING_VEHICLE = "taking and driving away"
    THEFT_FROM_VEHICLE = "theft from a vehicle"
    OTHER_MOTORING = "other motoring offences"
    DRINK_DRIVING = "drink driving"
    CRIMINAL_DAMAGE = "criminal damage"
    DRUG_SUPPLY_IMPORT = "drug import, export, production"
    DRUG_POSSESSION = "drug possession or supply"
    OTHER = "other"


WEIGHT = {
    OffenceGroup.VIOLENCE: 0.0,
    OffenceGroup.ROBBERY: -0.6348,
    OffenceGroup.PUBLIC_ORDER: 0.1819,
    OffenceGroup.SEXUAL_NOT_CHILD: 0.0328,
    OffenceGroup.SEXUAL_CHILD: -0.6534,
    OffenceGroup.SOLICITING: 0.7606,
    OffenceGroup.BURGLARY_DOMESTIC: -0.1239,
    OffenceGroup.BURGLARY_OTHER: 0.2406,
    OffenceGroup.THEFT_NON_MOTOR: 0.6612,
    OffenceGroup.HANDLING: 0.3519,
    OffenceGroup.FRAUD: 0.1599,
    OffenceGroup.ABSCONDING: 0.7334,
    OffenceGroup.TAKING_VEHICLE: 0.3801,
    OffenceGroup.THEFT_FROM_VEHICLE: 0.4272,
    OffenceGroup.OTHER_MOTORING: 0.2622,
    OffenceGroup.DRINK_DRIVING: -0.1214,
    OffenceGroup.CRIMINAL_DAMAGE: 0.205,
    OffenceGroup.DRUG_SUPPLY_IMPORT: -0.7956,
    OffenceGroup.DRUG_POSSESSION: 0.0772,
    OffenceGroup.OTHER: -0.0607,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ogrs3Inputs:
    """The inputs of the scale.

    Raises
    ------
    BadEntry
        Names every impossible input, its value, and what would be possible.
    """

    male: bool
    born: date
    convicted_on: date
    """Date of the conviction that is scored."""
    in_community_on: date
    """Release, or the start of a community sentence: when follow-up begins."""
    sanctions: int
    """All sanctions including this one: cautions, reprimands, convictions."""
    age_at_first_sanction: int
    offence: OffenceGroup

    def __post_init__(self) -> None:
        faults = []
        convicted_at = whole_years(self.born, self.convicted_on)
        if convicted_at < YOUNGEST_CONVICTED:
            faults.append(
                f"Convicted at the age of {convicted_at}, but the youngest age of conviction is {YOUNGEST_CONVICTED}. "
                "Check the date of birth and the conviction date."
            )
        if self.in_community_on < self.convicted_on:
            faults.append(
                f"In the community from {self.in_community_on}, which is before the conviction on {self.convicted_on}. "
                "Give a later date."
            )
        elif (age := whole_years(self.born, self.in_community_on)) < 18:
            faults.append(f"Aged {age} when in the community: the scale applies from 18.")
        if self.sanctions < 1:
            faults.append(f"{self.sanctions} sanctions: this conviction is one, so give 1 or more.")
        if self.age_at_first_sanction < YOUNGEST_CONVICTED:
            faults.append(
                f"First sanctioned at the age of {self.age_at_first_sanction}: give {YOUNGEST_CONVICTED} or more."
            )
        elif self.age_at_first_sanction > convicted_at:
            faults.append(
                f"First sanctioned at the age of {self.age_at_first_sanction}, after this conviction at "
                f"{convicted_at}: give {convicted_at} or less."
            )
        if self.sanctions == 1 and YOUNGEST_CONVICTED <= self.age_at_first_sanction < convicted_at:
            faults.append(
                f"1 sanction in all, but the first at the age of {self.age_at_first_sanction}, before this conviction "
                f"at {convicted_at}: give 2 or more sanctions, or {convicted_at} as the age."
            )
        if faults:
            raise BadEntry(" ".join(faults))


@dataclass(frozen=True, slots=True)
class Ogrs3:
    """Unrounded percentages, and the terms of the sum in order."""

    one_year_pct: float
    two_year_pct: float
    terms: tuple[tuple[str, float], ...]

    def pct(self, horizon_years: int) -> float:
        return {1: self.one_year_pct, 2: self.two_year_pct}[horizon_years]


def ogrs3(inputs: Ogrs3Inputs) -> Ogrs3:
    """The score with its terms. The denominator of the Copas term is at least 10, because in `Ogrs3Inputs` the first
    sanction is never later than the conviction."""
    convicted_at = whole_years(inputs.born, inputs.convicted_on)
    copas = log(inputs.sanctions / (10 + convicted_at - inputs.age_at_first_sanction))
    terms = (
        ("age and sex", _age_weight(inputs.male, whole_years(inputs.born, inputs.in_community_on))),
        ("status", STATUS_FIRST if inputs.sanctions == 1 else STATUS_REPEAT),
        ("copas", COPAS * copas),
        ("offence", WEIGHT[inputs.offence]),
    )
    total = sum(weight for _, weight in terms)
    one, two = (100.0 / (1.0 + exp(-(INTERCEPT[years] + total))) for years in (1, 2))
    return Ogrs3(one, two, terms)


def _age_weight(male: bool, age: int) -> float:
    return [weight for since, weight in (AGE_MALE if male else AGE_FEMALE) if age >= since][-1]
