"""The queue, a batch and a run as sheets: one row a match, with what the force wrote of the crime."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from api.documents.sheet import Cell, Sheet
from api.schemas.matching.batches import BatchOut, CrimeOfBatch
from api.schemas.matching.candidates import Candidate, CandidatePage
from api.schemas.matching.review import MatchOut, MatchQueue
from api.wording.meanings import DISCLAIMER
from api.wording.text import utc

_MATCH = (
    "match", "state", "assignee", "force", "crime", "version", "type", "type in words", "text", "from (UTC)",
    "to (UTC)", "wearer", "in words", "strength", "chance", "q", "p present", "e", "verdict", "first seen (UTC)",
    "last seen (UTC)", "closest m", "fixes inside", "visits", "inside s", "coverage", "pool", "run",
    "radius m", "buffer s", "longest window h", "settings",
)  # fmt: skip
_OF_BATCH = (
    "force", "crime", "version", "type", "type in words", "text", "from (UTC)", "to (UTC)", "became",
    "cannot be matched", "matches", "match", "state", "assignee", "wearer", "in words", "strength", "chance", "q",
    "p present", "first seen (UTC)", "last seen (UTC)", "closest m", "settings",
)  # fmt: skip
_CANDIDATE = (
    "force", "crime", "version", "wearer", "verdict", "in words", "strength", "q", "p present", "e", "first seen (UTC)",
    "last seen (UTC)", "closest m", "fixes inside", "visits", "inside s", "coverage", "note",
)  # fmt: skip
_MARKED = "OFFICIAL-SENSITIVE: a lead for a person to judge, not proof. Delete it when it has served."


def sheet_of_queue(found: MatchQueue) -> Sheet:
    about = (f"Matches: {len(found.items):,}.", *DISCLAIMER, _MARKED)
    return Sheet("Matches", about, _MATCH, [_match(each) for each in found.items])


def sheet_of_batch(batch: BatchOut, crimes: Sequence[CrimeOfBatch], matches: Sequence[MatchOut]) -> Sheet:
    """A row for each match, and one for each crime without any."""
    about = (f"Batch {batch.batch_id} of {batch.force}: {batch.in_words}.", *DISCLAIMER, _MARKED)
    return Sheet("Crimes of a batch", about, _OF_BATCH, list(_of_batch(crimes, matches)))


def sheet_of_run(run_id: str, found: CandidatePage) -> Sheet:
    about = (f"Candidates of run {run_id}: {len(found.items):,}.", *DISCLAIMER, _MARKED)
    return Sheet("Candidates", about, _CANDIDATE, [_candidate(each) for each in found.items])


def _match(match: MatchOut) -> tuple[Cell, ...]:
    figures = match.figures
    return (
        match.id,
        match.state,
        match.assignee,
        match.force,
        match.crime_ref,
        match.crime_version,
        match.crime_type,
        match.crime_type_in_words,
        match.crime_text,
        _at(match.crime_from),
        _at(match.crime_to),
        *_finding(match),
        match.e_value,
        figures.verdict,
        _at(figures.first_at),
        _at(figures.last_at),
        figures.closest_m,
        figures.fixes_within,
        figures.visits,
        figures.dwell_s,
        figures.coverage,
        match.pool_month,
        match.run_id,
        match.settings.radius_m,
        match.settings.buffer_s,
        match.settings.max_window_h,
        match.settings.in_words,
    )


def _finding(match: MatchOut) -> tuple[Cell, ...]:
    """Who was found, in words, and how strong it is."""
    return (
        match.wearer_ref,
        match.in_words,
        match.strength_in_words,
        match.chance_in_words,
        match.q_value,
        match.p_present,
    )


def _of_batch(crimes: Sequence[CrimeOfBatch], matches: Sequence[MatchOut]) -> Iterator[tuple[Cell, ...]]:
    of_crime: dict[tuple[str, str], list[MatchOut]] = defaultdict(list)
    for match in matches:
        of_crime[match.force, match.crime_ref].append(match)
    for crime in crimes:
        mine = of_crime[crime.force, crime.crime_ref]
        told = (
            crime.force,
            crime.crime_ref,
            crime.version,
            crime.crime_type,
            crime.crime_type_in_words,
            crime.crime_text,
            _at(crime.crime_from),
            _at(crime.crime_to),
            crime.became,
            crime.why_not_in_words,
            len(mine),
        )
        if not mine:
            yield (*told, *[None] * (len(_OF_BATCH) - len(told)))
        for match in mine:
            yield (
                *told,
                match.id,
                match.state,
                match.assignee,
                *_finding(match),
                _at(match.figures.first_at),
                _at(match.figures.last_at),
                match.figures.closest_m,
                match.settings.in_words,
            )


def _candidate(each: Candidate) -> tuple[Cell, ...]:
    return (
        each.force,
        each.crime_ref,
        each.version,
        each.wearer_id,
        each.verdict_words,
        each.in_words,
        each.strength_in_words,
        each.q_value,
        each.p_present,
        each.e_value,
        _at(each.first_at),
        _at(each.last_at),
        each.closest_m,
        each.fixes_within,
        each.visits,
        each.dwell_s,
        each.coverage,
        each.note,
    )


def _at(instant: datetime) -> str:
    return utc(instant)
