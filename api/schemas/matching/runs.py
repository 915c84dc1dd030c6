"""Runs: what was asked, what went in, what came out."""

from datetime import date, datetime
from typing import Any

import msgspec

from api.schemas.matching.candidates import Candidate
from api.schemas.matching.difference import Difference
from api.schemas.matching.params import RunParams, run_params_of
from api.schemas.wire import PageAnswer, Wire
from api.wording.meanings import DISCLAIMER
from matcher.analysis.verdicts_at_crime import tally
from matcher.runs.folder import RunFolder


class RunSummary(Wire, frozen=True, kw_only=True):
    """One finished run."""

    run_id: str
    started_at: datetime
    finished_at: datetime
    took_s: float
    crimes: int
    crimes_matchable: int
    wearers: int
    candidates: int
    present: int
    passed: int


class CrimeCounts(Wire, frozen=True, kw_only=True):
    """Crimes handed to the run; those that could not be matched by reason."""

    total: int
    matchable: int
    not_matchable: dict[str, int]


class FixCounts(Wire, frozen=True, kw_only=True):
    """Fixes the run read, those it used, and why it did not use the others. `unassigned` and `notPermitted` were not
    read: nobody wore the device then, or its wearer was not to be matched. `segmentsTooFast`: pairs of fixes between
    which no path is drawn, because the speed would be impossible."""

    read: int
    used: int
    unassigned: int
    not_permitted: int
    other_mechanism: int
    coarse: int
    frozen: int
    duplicates: int
    jumps: int
    segments_too_fast: int
    stuck_receivers: int
    clock_jumps: int


class WearerCounts(Wire, frozen=True, kw_only=True):
    """Wearers who might be matched, and those of them with any usable fix in these days."""

    permitted: int
    with_fixes: int


class CandidateCounts(Wire, frozen=True, kw_only=True):
    """Pairs of crime and wearer tested; candidates among them by verdict; visits of all of them."""

    pairs_tested: int
    candidates: int
    present: int
    passed: int
    visits: int


class Unobserved(Wire, frozen=True, kw_only=True):
    """Unobserved pairs by reason."""

    no_fix_yet: int
    device_event: int
    gap: int
    implausible_speed: int
    two_trails: int


class VerdictCounts(Wire, frozen=True, kw_only=True):
    """Tested pairs of a crime and a wearer by verdict; the five part them exactly. `possibleLeftOutFix`: those of
    `possible` who are so only because of a position that was left out."""

    tested: int
    present: int
    passed: int
    possible: int
    possible_left_out_fix: int
    unobserved: int
    unobserved_by_reason: Unobserved
    excluded: int


class Chance(Wire, frozen=True, kw_only=True):
    """Candidates that were compared with other days, and how many matches chance alone would bring, null where no other
    day could be compared; by length of the crime's window (stratum 0 to 30 minutes, 1 to 3 hours, 2 longer). `crimes`
    that could be compared; crimes in a crowd are left out."""

    stratum: int
    crimes: int | None = None
    observed: int
    expected_chance: float | None


class ListByChance(Wire, frozen=True, kw_only=True):
    """How many candidates have a q-value of at most `qAtMost`, and how many of them chance alone would bring."""

    q_at_most: float
    listed: int
    expected_chance: float


class AdoptedLevel(Wire, frozen=True, kw_only=True):
    """What was adopted for the fixes of a device model from a day on, as the run took it. `level` null: none."""

    model: str
    from_: date = msgspec.field(name="from")
    level: int | None
    factor: float


class Accuracies(Wire, frozen=True, kw_only=True):
    """What the run was told of the accuracy that devices state: by model, as `adopted` when it ran, and for how many
    spans of single devices with the match (`given`). `devices`: how many of the run's it concerns."""

    adopted: list[AdoptedLevel]
    given: int
    devices: int


class Timings(Wire, frozen=True, kw_only=True):
    """Seconds; no part of the run's identity."""

    total_s: float
    matching_s: float
    merging_s: float
    threads: int


class RunDetail(Wire, frozen=True, kw_only=True):
    """A run: what was asked, what went in and what came out. `verdicts` is null if none were computed, `accuracies` if
    the run was told nothing of them."""

    run_id: str
    algorithm: str
    started_at: datetime
    finished_at: datetime
    params: RunParams
    crimes: CrimeCounts
    wearers: WearerCounts
    fixes: FixCounts
    candidates: CandidateCounts
    verdicts: VerdictCounts | None
    accuracies: Accuracies | None
    chance: list[Chance]
    lists: list[ListByChance]
    input_digests: dict[str, str]
    result_digests: dict[str, str]
    timings: Timings
    meaning: tuple[str, ...]


class DamagedRun(Wire, frozen=True, kw_only=True):
    """A run whose folder cannot be read, and why. Restore it from a backup, or make the match again."""

    run_id: str
    why: str


class RunPage(PageAnswer, frozen=True, kw_only=True):
    """Finished runs; those that are damaged are named and are not among the items."""

    items: list[RunSummary]
    damaged: list[DamagedRun]


class MatchMade(Wire, frozen=True, kw_only=True):
    """A match that was just made: its run, the strongest candidates, the folder that holds it, and what has changed
    since an earlier run if one was named."""

    run: RunDetail
    strongest: list[Candidate]
    folder: str
    difference: Difference | None


def summary_of(run: RunFolder) -> RunSummary:
    counts, timings = run.manifest["counts"], run.timings
    return RunSummary(
        run_id=run.run_id,
        started_at=datetime.fromisoformat(timings["started_at"]),
        finished_at=datetime.fromisoformat(timings["finished_at"]),
        took_s=timings["total_s"],
        crimes=counts["crimes"],
        crimes_matchable=counts["crimes_matchable"],
        wearers=_count(counts, "wearers"),
        candidates=counts["candidates"],
        present=_count(counts, "present"),
        passed=_count(counts, "passed"),
    )


def detail_of(run: RunFolder) -> RunDetail:
    manifest, timings = run.manifest, run.timings
    counts = manifest["counts"]
    return RunDetail(
        run_id=run.run_id,
        algorithm=manifest["algorithm"],
        started_at=datetime.fromisoformat(timings["started_at"]),
        finished_at=datetime.fromisoformat(timings["finished_at"]),
        params=run_params_of(manifest["params"]),
        crimes=CrimeCounts(
            total=counts["crimes"],
            matchable=counts["crimes_matchable"],
            not_matchable=counts["crimes_not_matchable"],
        ),
        wearers=WearerCounts(permitted=_count(counts, "wearers"), with_fixes=_count(counts, "wearers_with_fixes")),
        fixes=FixCounts(
            read=_count(counts, "fixes_read"),
            used=_count(counts, "usable"),
            unassigned=_count(timings.get("not_read", counts), "unassigned"),
            not_permitted=_count(timings.get("not_read", counts), "not_permitted"),
            other_mechanism=_count(counts, "other_mechanism"),
            coarse=_count(counts, "coarse"),
            frozen=_count(counts, "frozen"),
            duplicates=_count(counts, "duplicates"),
            jumps=_count(counts, "jumps"),
            segments_too_fast=_count(counts, "segments_too_fast"),
            stuck_receivers=_count(counts, "stuck_receivers"),
            clock_jumps=_count(counts, "clock_jumps"),
        ),
        candidates=CandidateCounts(
            pairs_tested=_count(counts, "pairs_tested"),
            candidates=counts["candidates"],
            present=_count(counts, "present"),
            passed=_count(counts, "passed"),
            visits=_count(counts, "visits"),
        ),
        verdicts=counts_of(tally(run.verdicts().collect())) if manifest["params"]["verdicts"] else None,
        accuracies=_accuracies(run),
        chance=[Chance(**row) for row in manifest["chance"]],
        lists=[ListByChance(**row) for row in manifest.get("lists", [])],
        input_digests={name: given["digest"] for name, given in manifest["inputs"].items()},
        result_digests=manifest["results"],
        timings=Timings(
            total_s=timings["total_s"],
            matching_s=timings["matching_s"],
            merging_s=timings["merging_s"],
            threads=timings["threads"],
        ),
        meaning=DISCLAIMER,
    )


def _accuracies(run: RunFolder) -> Accuracies | None:
    levels, source = run.accuracy_levels(), run.manifest["inputs"].get("levels_from")
    if levels is None and source is None:
        return None
    rows = 0 if levels is None else levels.height
    # A match by files has no source beside the rows themselves.
    source = source or {"given": rows}
    return Accuracies(
        adopted=[
            AdoptedLevel(
                model=each["model"],
                from_=date.fromisoformat(each["from"]),
                level=each["level"],
                factor=each["factor_thousandths"] / 1_000,
            )
            for each in source.get("adopted", [])
        ],
        given=source.get("given", 0),
        devices=0 if levels is None else levels["device_id"].n_unique(),
    )


def counts_of(by_code: dict[str, int]) -> VerdictCounts:
    """From how many have each of `matcher.schemas.VERDICT_CODES`."""
    reasons = {name: by_code[f"unobserved_{name}"] for name in Unobserved.__struct_fields__}
    return VerdictCounts(
        tested=sum(by_code.values()),
        present=by_code["present"],
        passed=by_code["passed"],
        possible=by_code["possible"] + by_code["possible_left_out_fix"],
        possible_left_out_fix=by_code["possible_left_out_fix"],
        unobserved=sum(reasons.values()),
        unobserved_by_reason=Unobserved(**reasons),
        excluded=by_code["excluded"],
    )


def _count(counts: dict[str, Any], name: str) -> int:
    # A run without a single wearer has no parts to count in.
    return int(counts.get(name, 0))
