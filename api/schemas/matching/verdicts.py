"""Verdicts at one crime."""

from typing import Any

import polars as pl

from api.schemas.matching.candidates import Crime, crime_of
from api.schemas.matching.runs import VerdictCounts, counts_of
from api.schemas.wire import PageAnswer, Wire
from api.wording.meanings import DISCLAIMER, EXCLUSION, POSSIBLE, UNOBSERVED, VERDICT_MEANINGS

MEANING = (*EXCLUSION, *DISCLAIMER)


class CrimeVerdicts(Wire, frozen=True, kw_only=True):
    """How many tested wearers were present, passed, possible, unobserved or excluded at one crime. No names."""

    run_id: str
    crime: Crime
    counts: VerdictCounts
    meaning: tuple[str, ...] = MEANING


class WearerVerdict(Wire, frozen=True, kw_only=True):
    """One tested wearer's verdict; `reason` is set if it is unobserved, or possible because of a position that was left
    out. `in_words` says what it means."""

    wearer_id: str
    verdict: str
    reason: str | None
    in_words: str


class WearerVerdictPage(PageAnswer, frozen=True, kw_only=True):
    items: list[WearerVerdict]
    meaning: tuple[str, ...] = MEANING


class CrimeVerdictsWithWearers(CrimeVerdicts, frozen=True, kw_only=True):
    """The counts, and the tested wearers."""

    wearers: WearerVerdictPage


def crime_verdicts_of(
    run_id: str, crime: dict[str, Any], texts: dict[int, str], by_code: dict[str, int]
) -> CrimeVerdicts:
    return CrimeVerdicts(run_id=run_id, crime=crime_of(crime, texts), counts=counts_of(by_code))


def with_wearers(counts: CrimeVerdicts, wearers: WearerVerdictPage) -> CrimeVerdictsWithWearers:
    fields = {name: getattr(counts, name) for name in CrimeVerdicts.__struct_fields__}
    return CrimeVerdictsWithWearers(**fields, wearers=wearers)


def wearer_verdicts_of(rows: pl.DataFrame) -> list[WearerVerdict]:
    return [
        WearerVerdict(**row, in_words=in_words(row["verdict"], row["reason"])) for row in rows.iter_rows(named=True)
    ]


def in_words(verdict: str, reason: str | None) -> str:
    return VERDICT_MEANINGS[verdict] if reason is None else (POSSIBLE | UNOBSERVED)[reason]
