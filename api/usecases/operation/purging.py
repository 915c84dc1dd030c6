"""What is over its time by the policy of its kind, and its purging. Nothing goes that no policy names.

A policy is the controllers' to enter; what is purged is gone for good, and the audit says how much went by which
policy. Fixes of devices while nobody who may be matched wore them go by a policy of their own, a few days for
assignments that come late, without having been opened.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from api.settings import Settings
from api.usecases.evaluation.cohort_exports import expire
from api.usecases.operation.erasure import PURPOSE, erase_person
from api.usecases.operation.stored_days import EVENTS, days_on_record
from api.usecases.stores import open_events
from matcher.errors import NoStore
from matcher.runs.folder import RunFolder, list_runs
from matcher.runs.workdir import delete_run
from matcher.store.fixes import FixStore
from tracker.eligibility.service import eligible_wearers
from tracker.errors import Refused
from tracker.licences.spans import Span, both, joined, without
from tracker.record.audit.chain import Action
from tracker.record.engine import reading
from tracker.retention.policy import Policy, RetentionKind, policy_on, required_policy, retained_from
from tracker.retention.purge_service import (
    crimes_before,
    evaluators_before,
    note_purge,
    packages_before,
    people_ended_before,
    purge_crimes,
    purge_evaluators,
    purge_packages,
)
from tracker.retention.service import policies
from tracker.times import AsOf

NOTED_WITHIN = frozenset({RetentionKind.CRIMES, RetentionKind.EVALUATION, RetentionKind.PACKAGES})
"""Kinds that stand in the database: their rows go and the audit's row comes in one transaction."""
DevicePeriod = tuple[str, datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Purged:
    """What went of a kind, or would go, with the policy; `kept_from` None: no policy, so nothing goes."""

    kind: RetentionKind
    policy: Policy | None
    kept_from: date | None
    counts: dict[str, int]


def require_policy(engine: Engine, kind: RetentionKind, on: date) -> Policy:
    """The policy by which files of a kind may be imported. Raises Refused where there is none."""
    with reading(engine).connect() as connection:
        return required_policy(policies(connection, AsOf(on)), kind, on)


def purge(settings: Settings, engine: Engine, *, by: str, now: datetime, dry: bool = False) -> list[Purged]:
    """Purge every kind by its policy of this day; with `dry` only count. Harmless to do again.

    The audit has its row of a kind before anything of it goes, or in the same transaction: nothing goes without one,
    and a purge that was cut short goes on when it is done again.

    Parameters
    ----------
    now
        Aware; the retention period is counted back from its UTC day.
    """
    today = now.astimezone(UTC).date()
    with reading(engine).connect() as connection:
        held = policies(connection, AsOf(today))
    if not dry:
        # By the last day each export was given: no policy has to say so again.
        expire(settings, engine, by=by, now=now, today=today)
    # What nobody may open goes first, so that a purge cut short has done the most urgent.
    kinds: dict[RetentionKind, Callable[[date, Policy | None], dict[str, int]]] = {
        RetentionKind.NOT_ELIGIBLE: lambda before, why: _fixes(
            settings, engine, by, now, why, _of_nobody(engine, before)
        ),
        RetentionKind.FIXES: lambda before, why: _fixes(settings, engine, by, now, why, _everything(before)),
        RetentionKind.EVENTS: lambda before, why: _events(settings, engine, before, by, now, why),
        RetentionKind.RUNS: lambda before, why: _runs(settings.runs_dir, before, why),
        RetentionKind.REJECTS: lambda before, why: _files(settings.rejects_dir, before, why),
        RetentionKind.CRIMES: lambda before, why: _crimes(engine, before, by, now, why),
        RetentionKind.EVALUATION: lambda before, why: _evaluators(engine, before, by, now, why),
        RetentionKind.PACKAGES: lambda before, why: _packages(engine, before, by, now, why),
        RetentionKind.IDENTITY: lambda before, why: _identities(settings, engine, before, by, now, why),
    }
    out = []
    for kind, purged in kinds.items():
        policy = policy_on(held, kind, today)
        before = None if policy is None else retained_from(policy, today)
        counts = {} if before is None else purged(before, None)
        if policy is not None and before is not None and not dry and any(counts.values()):
            if kind not in NOTED_WITHIN:
                which = {"runs": _runs_before(settings.runs_dir, before)} if kind is RetentionKind.RUNS else {}
                note_purge(engine, policy, counts, by=by, now=now, **which)
            counts = purged(before, policy)
        out.append(Purged(kind, policy, before, counts))
    return out


# Of each kind: `why` is the policy by which it goes; None only counts.


def _fixes(
    settings: Settings,
    engine: Engine,
    by: str,
    now: datetime,
    why: Policy | None,
    stretches: Callable[[list[str]], list[DevicePeriod]],
) -> dict[str, int]:
    try:
        store = FixStore.open(settings.fixes_dir, create=False)
    except NoStore:
        # Nothing was ever imported.
        return {"fixes": 0}
    devices = sorted({device for day in store.days() for device in store.devices(day)} | store.origins.devices())
    asked = stretches(devices)
    if why is None:
        return {"fixes": store.count_devices(asked)}
    if not asked:
        return {"fixes": 0}
    with days_on_record(engine, Action.ERASE, by=by, now=now, purpose=PURPOSE) as write:
        return {"fixes": store.erase_devices(asked, announce=write.announce)}


def _everything(before: date) -> Callable[[list[str]], list[DevicePeriod]]:
    return lambda devices: [(device, None, _midnight(before)) for device in devices]


def _of_nobody(engine: Engine, before: date) -> Callable[[list[str]], list[DevicePeriod]]:
    """Each device's time before a day, except while a wearer who may be matched wore it."""
    found = eligible_wearers(engine)
    if not found.programmes:
        raise Refused(
            "retention",
            "no programme on record maps crimes, so no fix may be matched and all would be deleted; "
            "enter the programme, or rely on the retention period for fixes",
        )
    eligible: dict[str, list[Span]] = defaultdict(list)
    for wearer, since, until in found.eligible.iter_rows():
        eligible[wearer].append(Span(since, until))
    covered: dict[str, list[Span]] = defaultdict(list)
    for device, wearer, since, until in found.assignments.iter_rows():
        covered[device] += both([Span(since, until)], joined(eligible[wearer]))
    start, end = datetime(1970, 1, 1, tzinfo=UTC), _midnight(before)

    def stretches(devices: list[str]) -> list[DevicePeriod]:
        return [(d, *span) for d in devices for span in without([Span(start, end)], joined(covered[d]))]

    return stretches


def _events(
    settings: Settings, engine: Engine, before: date, by: str, now: datetime, why: Policy | None
) -> dict[str, int]:
    store = open_events(settings)
    held = pl.concat([store.read(None, None, _midnight(before)), store.withdrawn()])
    over = held.filter(pl.col("t") < _midnight(before))
    if why is None or over.is_empty():
        return {"device events": over.height}
    devices = over["device_id"].unique().sort().to_list()
    periods = [(device, None, _midnight(before)) for device in devices]
    with days_on_record(engine, Action.ERASE, by=by, now=now, purpose=PURPOSE, subject=EVENTS) as write:
        return {"device events": store.erase_devices(periods, write.announce_file)}


def _runs(folder: Path, before: date, why: Policy | None) -> dict[str, int]:
    over = _over(folder, before)
    for run in over if why is not None else []:
        delete_run(run.path)
    return {"runs": len(over)}


def _runs_before(folder: Path, before: date) -> list[str]:
    return sorted(run.run_id for run in _over(folder, before))


def _over(folder: Path, before: date) -> list[RunFolder]:
    return [run for run in list_runs(folder) if _finished(run) < before]


def _finished(run: RunFolder) -> date:
    return datetime.fromisoformat(run.timings["finished_at"]).astimezone(UTC).date()


def _files(folder: Path, before: date, why: Policy | None) -> dict[str, int]:
    over = [path for path in _files_in(folder) if path.stat().st_mtime < _midnight(before).timestamp()]
    for path in over if why is not None else []:
        path.unlink(missing_ok=True)
    return {"files": len(over)}


def _files_in(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir()) if path.is_file()) if folder.is_dir() else iter(())


def _crimes(engine: Engine, before: date, by: str, now: datetime, why: Policy | None) -> dict[str, int]:
    if why is None:
        return {"crimes": crimes_before(engine, _midnight(before))}
    return {"crimes": purge_crimes(engine, _midnight(before), why, by=by, now=now)}


def _evaluators(engine: Engine, before: date, by: str, now: datetime, why: Policy | None) -> dict[str, int]:
    if why is None:
        return {"rows": evaluators_before(engine, _midnight(before))}
    return {"rows": purge_evaluators(engine, _midnight(before), why, by=by, now=now)}


def _packages(engine: Engine, before: date, by: str, now: datetime, why: Policy | None) -> dict[str, int]:
    if why is None:
        return {"packages": packages_before(engine, _midnight(before))}
    return {"packages": purge_packages(engine, _midnight(before), why, by=by, now=now)}


def _identities(
    settings: Settings, engine: Engine, before: date, by: str, now: datetime, why: Policy | None
) -> dict[str, int]:
    """People whose licences had all ended by then are erased, as if by request, and stay in the counts."""
    over = people_ended_before(engine, before)
    reason = f"{RetentionKind.IDENTITY.value} over their time by policy"
    for person_id in over if why is not None else []:
        erase_person(settings, engine, person_id, reason=reason, by=by, now=now)
    return {"people": len(over)}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
