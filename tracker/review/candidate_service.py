"""Puts the candidates of a finished run into the review queue, and withdraws those that the run no longer finds.

A *candidate* is a run's finding; a *match* is one wearer at one crime under review, whichever runs find it. A later run
with the same settings updates its figures or withdraws it; its moves, and the figures at confirmation, stay. A run with
other settings has matches of its own.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, insert, select, tuple_, update

from tracker.crimes.tables import Crime, LatestCrime
from tracker.match_settings.rules import STANDARD_RUN, MadeWith
from tracker.people.queries import numbers_of
from tracker.pieces import in_pieces
from tracker.record.audit.chain import Action
from tracker.record.entry import Entry
from tracker.review.changed_service import overtaken
from tracker.review.pool_service import OF_CHANCE
from tracker.review.queries import Key, at_crimes
from tracker.review.shown_service import keep_shown, keep_standing, note_news
from tracker.review.states import MatchMove, MatchState, advance
from tracker.review.strength import falling
from tracker.review.tables import Match, MatchMoved

_BATCH_ROWS = 400


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate as a run found it. `figures`: plain values, as they are shown and stored, without what a pool says
    (`pool_service.OF_CHANCE`; `note` says why the wearer's own data give no strength)."""

    force: str
    crime_ref: str
    crime_version: int
    crime_type: str
    t_from: datetime
    t_to: datetime
    wearer_ref: str
    p_present: float | None
    e_value: float | None
    figures: Mapping[str, Any]

    @property
    def key(self) -> Key:
        return self.force, self.crime_ref, self.wearer_ref


@dataclass(frozen=True, slots=True)
class QueueChanges:
    """How many matches were new, had changed figures, were the same, were withdrawn, were found again."""

    new: int = 0
    changed: int = 0
    same: int = 0
    withdrawn: int = 0
    found_again: int = 0


def update_queue(
    entry: Entry,
    run_id: str,
    params_sha256: str,
    candidates: Iterable[Candidate],
    crimes: Iterable[tuple[str, str]],
    *,
    made: MadeWith = STANDARD_RUN,
    algorithm: str | None = None,
    listed: Collection[Key] = (),
) -> QueueChanges:
    """Update the queue within the entry that ends the job.

    Parameters
    ----------
    crimes
        (force, reference) of every crime of the run.
    made
        With which settings the run was made: matches with others are not touched.
    algorithm
        The version of the matcher.
    listed
        Matches that the run no longer finds and a person decides about (`changed_service`): they are not withdrawn.
    """
    counts = {"new": 0, "changed": 0, "same": 0, "withdrawn": 0, "found_again": 0}
    found = list(candidates)
    people = numbers_of(entry.connection, sorted({each.wearer_ref for each in found}))
    of_settings = {"programme": made.programme, "what_if": made.what_if}
    same = {"settings": dict(made.settings.values), "settings_sha256": made.settings.sha256}
    seen: set[Key] = set()
    fresh: list[dict[str, Any]] = []
    again: list[dict[str, Any]] = []
    back: list[int] = []
    with entry.together():
        for batch in in_pieces(found, _BATCH_ROWS):
            matches = _matches(entry, [each.key for each in batch], made)
            for each in batch:
                seen.add(each.key)
                columns = {**_columns(each, run_id, params_sha256), "algorithm": algorithm, **of_settings}
                before = matches.get(each.key)
                if before is None:
                    fresh.append({**columns, **same, "person_id": people.get(each.wearer_ref)})
                    counts["new"] += 1
                else:
                    change = _update(entry, before, columns, again)
                    counts[change] += 1
                    back += [before.id] if change == "found_again" else []
    if again:
        entry.connection.execute(update(Match).where(Match.id == bindparam("of")).values(_GIVEN), again)
    for some in in_pieces(back, _BATCH_ROWS):
        # Those that are not shown yet are news when they are.
        note_news(entry.connection, Match.shown.is_(True), Match.id.in_(some))
    _insert(entry, fresh, run_id)
    keep_standing(entry.connection, Match.run_id == run_id)
    keep_shown(entry.connection, Match.run_id == run_id)
    counts["withdrawn"] = _withdraw(entry, run_id, made, set(crimes), seen.union(listed))
    return QueueChanges(**counts)


def _columns(each: Candidate, run_id: str, params_sha256: str) -> dict[str, Any]:
    names = (
        "force", "crime_ref", "crime_version", "crime_type", "t_from", "t_to", "wearer_ref", "p_present", "e_value",
    )  # fmt: skip
    columns = {name: getattr(each, name) for name in names}
    columns |= {"rank_p": falling(each.p_present), "rank_e": falling(each.e_value)}
    return {**columns, "figures": dict(each.figures), "run_id": run_id, "params_sha256": params_sha256}


def _matches(entry: Entry, keys: list[Key], made: MadeWith) -> dict[Key, Any]:
    key = tuple_(Match.force, Match.crime_ref, Match.wearer_ref)
    mine = select(Match.__table__).where(key.in_(keys), Match.settings_sha256 == made.settings.sha256)
    rows = entry.connection.execute(mine)
    return {(row.force, row.crime_ref, row.wearer_ref): row for row in rows}


_FOUND = (
    "crime_version", "crime_type", "t_from", "t_to", "p_present", "e_value", "rank_p", "rank_e", "figures", "run_id",
    "params_sha256", "algorithm", "programme", "what_if", "changed_at",
)  # fmt: skip
"""Columns that each run gives anew."""
_GIVEN: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _FOUND}


def _update(entry: Entry, before: Any, columns: dict[str, Any], again: list[dict[str, Any]]) -> str:
    """Note in `again` what an existing match is now; returns whether it is the same, changed, or found again."""
    same = all(getattr(before, name) == columns[name] for name in ("crime_version", "t_from", "t_to"))
    same &= _own(before.figures) == _own(columns["figures"])
    found_again = before.state is MatchState.WITHDRAWN
    if found_again:
        _move(entry, before, MatchMove.FIND_AGAIN, f"run {columns['run_id']} finds it again")
    values = {**columns, "changed_at": before.changed_at if same and not found_again else entry.at}
    again.append({"of": before.id, **{f"new_{name}": values[name] for name in _FOUND}})
    if not same:
        changed = {"run_id": columns["run_id"], "figures": columns["figures"]}
        entry.note(Action.ALTER, "candidate_match", before.id, person_id=before.person_id, after=changed)
    return "found_again" if found_again else "same" if same else "changed"


def _own(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in figures.items() if name not in OF_CHANCE}


def _insert(entry: Entry, fresh: list[dict[str, Any]], run_id: str) -> None:
    made = {"state": MatchState.NEW, "assignee": None, "recorded_at": entry.at, "changed_at": entry.at}
    for some in in_pieces(fresh, _BATCH_ROWS):
        entry.connection.execute(insert(Match), [{**row, **made} for row in some])
    if fresh:
        # One audit row for all: each match names a wearer, and the run's folder lists them.
        entry.note(Action.COMBINE, "candidate_match", f"run {run_id}", new=len(fresh))


def _withdraw(entry: Entry, run_id: str, made: MadeWith, crimes: set[tuple[str, str]], seen: set[Key]) -> int:
    """Withdraw matches at crimes of this run, found earlier with the same settings, that this run does not find; and
    those with other settings of an earlier version of such a crime, unless they are of a what-if."""
    still = select(Match.__table__).where(Match.run_id != run_id, Match.state != MatchState.WITHDRAWN)
    if made.programme:
        # Of another programme's wearers this run says nothing.
        still = still.where(Match.programme.in_(("", made.programme)))
    same = still.where(Match.settings_sha256 == made.settings.sha256)
    found = [row for mine in at_crimes(crimes) for row in entry.connection.execute(same.where(mine))]
    gone = {row.id: row for row in found if (row.force, row.crime_ref, row.wearer_ref) not in seen}
    why = dict.fromkeys(gone, f"run {run_id} no longer finds it: the crime, the fixes or the eligibility changed")
    if made.what_if is None:
        on_record = and_(Crime.force == Match.force, Crime.crime_ref == Match.crime_ref)
        others = (
            still.join(Crime, on_record)
            .join(LatestCrime, LatestCrime.crime_id == Crime.id)
            .where(
                Match.settings_sha256 != made.settings.sha256,
                Match.what_if.is_(None),
                Match.crime_version < LatestCrime.version,
            )
        )
        for mine in at_crimes(crimes):
            gone.update({row.id: row for row in entry.connection.execute(others.where(mine))})
    later = f"run {run_id} matched a later version of the crime with other settings"
    for match_id in sorted(gone):
        _move(entry, gone[match_id], MatchMove.WITHDRAW, why.get(match_id, later))
    return len(gone)


def _move(entry: Entry, row: Any, move: MatchMove, reason: str) -> None:
    state = advance(row.state, move)
    overtaken(entry, row.id, row.person_id, reason)
    entry.connection.execute(
        update(Match).where(Match.id == row.id).values(state=state, assignee=None, changed_at=entry.at)
    )
    entry.add(MatchMoved, match_id=row.id, move=move, reason=reason, about=row.person_id)
