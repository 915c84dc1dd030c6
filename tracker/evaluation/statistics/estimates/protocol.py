"""The question of an estimate, put as the trial that would have answered it (Hernan and Robins 2016, *American Journal
of Epidemiology* 183:758). Every estimate carries its protocol, so that nobody has to guess what it is an estimate of.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum


class TrialContrast(StrEnum):
    """`INTENDED`: the condition imposed or not, fitted or not. `AS_TREATED`: fitted within the grace period or not."""

    INTENDED = "as intended"
    AS_TREATED = "as treated"


class Estimand(StrEnum):
    """On those who had the condition imposed, or on everyone compared."""

    TAGGED = "tagged"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTrial:
    """A sentence for each part of a trial's protocol."""

    eligibility: str
    time_zero: str
    assignment: str
    follow_up: str
    outcome: str
    censoring: str
    estimand: str
    analysis: str

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(f"{name.replace('_', ' ')}: {text}" for name, text in asdict(self).items())


TIME_ZERO = "release on licence, for both groups; no time before a fitting counts for the tag"
COMPARED = "comparison: people released in the comparison file, who had no such condition"


def target_trial(
    *,
    contrast: TrialContrast,
    estimand: Estimand,
    grace_days: int,
    follow_up_days: int,
    outcome: str,
    lost: str,
    recalls: str,
    analysis: str,
) -> TargetTrial:
    if contrast is TrialContrast.INTENDED:
        assignment = (
            "condition imposed by the day of release, whether or not a tag was ever fitted (intention to treat); "
            f"{COMPARED}"
        )
    else:
        assignment = (
            f"condition imposed by the day of release, and a tag fitted within {grace_days} days of it; who was not "
            f"fitted by then stops counting, and those like them who were fitted count more; {COMPARED}"
        )
    whose = {
        Estimand.TAGGED: "mean effect on people like those who had the condition imposed",
        Estimand.EVERYONE: "mean effect on people like all who are compared",
    }
    return TargetTrial(
        eligibility="first licence in the programme, released on a day on record; outcome known by the day asked about",
        time_zero=TIME_ZERO,
        assignment=assignment,
        follow_up=f"{follow_up_days} days from release",
        outcome=outcome,
        censoring=f"{lost}; {recalls}",
        estimand=whose[estimand],
        analysis=analysis,
    )
