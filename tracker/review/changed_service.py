"""Lists confirmed and released matches of which a run for review says something else than was said before.

What was said stays as it was until somebody decides (`changed_decision_service`). A match of the same crime version
that the run tested and no longer finds is listed too, and not withdrawn by itself; it is withdrawn where the crime has
a later version, or the wearer may not be matched any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from tracker.record.entry import Entry
from tracker.review.changed import Decision, change, is_candidate
from tracker.review.changed_queries import matches_said, said_of, waits_for_decision
from tracker.review.pool_service import RunOf
from tracker.review.queries import Key
from tracker.review.tables import ChangedMatch, ChangedMatchDecision, Match

Points = Sequence[Mapping[str, Any]] | None
"""What speaks against a match, each with its code and sentence; None: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a run shows of a match that was confirmed or released. `figures`: of the candidate, or the verdict alone of
    a wearer who was tested and is no candidate. `against`: what speaks against it by this run, `against_before` by
    the one before."""

    figures: Mapping[str, Any]
    crime_version: int
    against: Points = None
    against_before: Points = None
    causes: tuple[str, ...] = ()


def note_changes(
    entry: Entry, run: RunOf, crimes: Iterable[tuple[str, str]], seen: Mapping[Key, Seen]
) -> frozenset[Key]:
    """List the matches of which this run says something else, before the queue is updated with it.

    A listed one of which it says again what was said before leaves the list. Returns the matches that the run tested
    and no longer finds: they are not to be withdrawn.
    """
    lost = set()
    for row in matches_said(entry.connection, set(crimes), run.settings.sha256):
        key = (row.force, row.crime_ref, row.wearer_ref)
        shows = seen.get(key)
        said = said_of(entry.connection, row.id)
        if shows is None or said is None:
            continue
        if not is_candidate(shows.figures):
            lost.add(key)
            tested = {"algorithm": run.algorithm, "params_sha256": run.params_sha256}
            entry.connection.execute(update(Match).where(Match.id == row.id).values(**tested))
        _note(entry, run, row, said.figures, shows)
    return frozenset(lost)


def _note(entry: Entry, run: RunOf, row: Any, said: Mapping[str, Any], shows: Seen) -> None:
    listed = waits_for_decision(entry.connection, row.id)
    before = listed.before if listed is not None else {"against": shows.against_before, **said}
    after = {**shows.figures, "against": shows.against}
    found = change(before, after)
    if found is None:
        if listed is not None:
            again = f"run {run.run_id} says again what was said before"
            entry.withdraw(ChangedMatch, listed.id, reason=again, about=row.person_id)
            _wait(entry, row.id, waits=False)
        return
    now = {
        "crime_version": shows.crime_version,
        "run_id": run.run_id,
        "algorithm": run.algorithm,
        "differs": list(found.differs),
        "after": after,
        "weight": found.weight,
        "size": found.size,
    }
    if listed is None:
        first = {"match_id": row.id, "state": row.state, "run_before": row.run_id, "algorithm_before": row.algorithm}
        causes = {"causes": list(shows.causes), "before": before}
        entry.add(ChangedMatch, about=row.person_id, **first, **causes, **now)
        _wait(entry, row.id, waits=True)
    elif listed.run_id != run.run_id or change(listed.after, after) is not None:
        causes = {"causes": list(dict.fromkeys([*listed.causes, *shows.causes]))}
        entry.supersede(ChangedMatch, listed.id, about=row.person_id, **causes, **now)


def decide_within(entry: Entry, changed: Any, decision: Decision, reason: str, person_id: int | None) -> None:
    """Record a decision on a change that waits for one."""
    entry.add(ChangedMatchDecision, about=person_id, changed_match_id=changed.id, decision=decision, reason=reason)
    _wait(entry, changed.match_id, waits=False)


def overtaken(entry: Entry, match_id: int, person_id: int | None, why: str) -> None:
    """A match that is moved otherwise leaves the list."""
    listed = waits_for_decision(entry.connection, match_id)
    if listed is not None:
        entry.withdraw(ChangedMatch, listed.id, reason=why, about=person_id)
        _wait(entry, match_id, waits=False)


def _wait(entry: Entry, match_id: int, *, waits: bool) -> None:
    entry.connection.execute(update(Match).where(Match.id == match_id).values(waits=waits))


def list_within(entry: Entry, match: Any, listed_id: int | None, values: Mapping[str, Any]) -> None:
    """List a match for a decision for another reason than a run; or change what is listed of it."""
    if listed_id is None:
        entry.add(ChangedMatch, about=match.person_id, match_id=match.id, **values)
        _wait(entry, match.id, waits=True)
    else:
        entry.supersede(ChangedMatch, listed_id, about=match.person_id, **values)
