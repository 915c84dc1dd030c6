"""Merges the parts of a run: sorts, counts and digests them, and puts the run's folder in place atomically."""

import shutil
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from matcher.analysis.candidates import pairs_tested
from matcher.analysis.chance import ChanceRows, chance, judged_crimes
from matcher.analysis.crimes import CrimeIndex
from matcher.analysis.decoys import decoys_of
from matcher.files import digest_frame, digest_json, write_json, write_parquet_atomically
from matcher.params import ALGORITHM, Params
from matcher.permitted import Permitted
from matcher.runs.folder import MANIFEST, TIMINGS, RunFolder
from matcher.runs.inputs import write_permitted
from matcher.runs.parts import BYTE_ROWS, FRAMES, concat_parts, part_summary
from matcher.runs.plan import Plan
from matcher.runs.verdict_codes import covered_of, merge_codes
from matcher.runs.wearers import TRAIL_COUNTS
from matcher.store.suspect_fixes import CLOCK_JUMP, STUCK

_WRITERS = 2
NOT_READ = ("unassigned", "not_permitted")


def finish(
    plan: Plan,
    may: Permitted,
    index: CrimeIndex,
    crimes: pl.DataFrame,
    events: pl.DataFrame,
    bad_fixes: pl.DataFrame,
    params: Params,
    work: Path,
    files: dict[str, Path],
    runs_dir: Path,
    started: datetime,
    clock: float,
    matched: float,
    resumed: int,
    execution: dict[str, Any],
) -> RunFolder:
    """Merge the parts, name the run, write its folder and put it in place. `files` are the files of the parts;
    `execution` goes into the timings."""
    merged = [files[part] for part in plan.merged]
    names = [name for name in FRAMES if name not in BYTE_ROWS]
    with ThreadPoolExecutor(_WRITERS) as pool:
        frames = dict(zip(names, pool.map(partial(concat_parts, merged), names), strict=True))
    visits, wearers, seen_outside = frames["visits"], frames["wearers"], frames["seen_outside"]
    # Matches expected by chance are computed over the whole run, never for a part.
    covered_days, covered = covered_of(merged, index)
    rows = ChanceRows(frames["candidates"], decoys_of(frames["day_hits"]), covered, judged_crimes(index))
    by_chance = chance(rows, params.min_pool_crimes)
    candidates = by_chance.candidates
    survey = plan.survey
    # Counts of fixes that may not be read describe the store, not the question. They are kept out of the manifest, or
    # the same question on the same fixes could have two manifests.
    unread = {name: survey.counts[name] for name in NOT_READ}
    counts = {
        "fixes_read": survey.counts["fixes_read"] - sum(unread.values()),
        **{name: int(wearers[name].sum()) for name in TRAIL_COUNTS},
        "wearers": len(may.wearers),
        "wearers_with_fixes": int((wearers["usable"] > 0).sum()),
        "pairs_tested": pairs_tested(may, index),
        "present": int((candidates["verdict"] == "present").sum()),
        "passed": int((candidates["verdict"] == "passed").sum()),
        "visits": visits.height,
        "stuck_receivers": int((bad_fixes["kind"] == STUCK).sum()),
        "clock_jumps": int((bad_fixes["kind"] == CLOCK_JUMP).sum()),
    }
    seconds: dict[str, float] = defaultdict(float)
    for group in plan.groups:
        for name, n in part_summary(files[group.part])["seconds"].items():
            seconds[name] += n
    inputs = {
        "fixes": {
            "digest": digest_frame(survey.digests),
            "wearer_days": survey.digests.height,
            "rows": counts["fixes_read"],
        },
        "crimes": {"digest": plan.crimes, "rows": index.crimes.height + index.not_matchable.height},
        "windows": {"digest": plan.windows, "devices": len(may.devices), "wearers": len(may.wearers)},
        "seen_outside": {"digest": digest_frame(seen_outside), "rows": seen_outside.height},
        "events": {"digest": digest_frame(events), "rows": events.height},
    }
    if may.levels is not None:
        levels = may.level_rows()
        inputs["accuracy_levels"] = {"digest": digest_frame(levels), "rows": levels.height}
    if plan.levels_from is not None:
        inputs["levels_from"] = {"digest": digest_json(plan.levels_from), **plan.levels_from}
    digests = {name: about["digest"] for name, about in inputs.items()}
    identity = {"algorithm": ALGORITHM, "params": params.to_json(), "inputs": digests}
    run_id = digest_json(identity)[:16]
    final = runs_dir / run_id
    if (final / MANIFEST).exists():
        return RunFolder.open(final)
    out = work / "run"
    shutil.rmtree(out, ignore_errors=True)
    (out / "inputs").mkdir(parents=True)
    results = {
        "candidates": candidates,
        "visits": visits,
        "not_matchable": index.not_matchable,
        "day_hits": frames["day_hits"],
        "covered_by_crime": covered,
        "curves": by_chance.curves,
    }
    kept = {
        "fix_digests": survey.digests,
        "trails": frames["trails"],
        "two_trails": frames["two_trails"],
        "seen_outside": seen_outside,
        "events": events,
        "bad_fixes": bad_fixes,
    }
    # Writing, compressing and digesting run at the same time.
    with ThreadPoolExecutor(_WRITERS) as pool:
        codes = pool.submit(merge_codes, merged, index, out)
        days = pool.submit(covered_days.write, out)
        jobs = [
            pool.submit(write_parquet_atomically, out / f"{name}.parquet", frame) for name, frame in results.items()
        ]
        jobs += [
            pool.submit(write_parquet_atomically, out / "inputs" / f"{name}.parquet", frame)
            for name, frame in kept.items()
        ]
        jobs += [pool.submit(_write_crimes, out / "inputs", crimes)]
        jobs += [pool.submit(write_permitted, out / "inputs", may, wearers)]
        digested = {name: pool.submit(digest_frame, frame) for name, frame in results.items()}
        result_digests = {name: job.result() for name, job in digested.items()} | codes.result()
        result_digests["covered_days"] = days.result()
        for job in jobs:
            job.result()
    by_reason = index.not_matchable["reason"].value_counts().sort("reason").iter_rows()
    manifest = {
        "run_id": run_id,
        "algorithm": ALGORITHM,
        "params": params.to_json(),
        "inputs": inputs,
        "counts": {
            **dict(sorted(counts.items())),
            "candidates": candidates.height,
            "crimes": index.crimes.height + index.not_matchable.height,
            "crimes_matchable": index.crimes.height,
            "crimes_not_matchable": dict(by_reason),
        },
        "chance": by_chance.by_stratum,
        "lists": by_chance.lists,
        "record_faults": _record_faults(frames["two_trails"]),
        "results": result_digests,
    }
    now = time.perf_counter()
    write_json(
        out / TIMINGS,
        {
            "started_at": started.isoformat(),
            "finished_at": datetime.now(UTC).isoformat(),
            "total_s": round(now - clock, 4),
            "matching_s": round(matched - clock, 4),
            "merging_s": round(now - matched, 4),
            "groups": len(plan.groups),
            "groups_resumed": resumed,
            "not_read": unread,
            **execution,
            "over_all_threads": {name: round(n, 4) for name, n in sorted(seconds.items())},
        },
    )
    write_json(out / MANIFEST, manifest)
    try:
        out.rename(final)
    except OSError:
        # Another process has finished the same run meanwhile.
        if not (final / MANIFEST).exists():
            raise
    return RunFolder.open(final)


def _record_faults(two_trails: pl.DataFrame) -> list[dict[str, Any]]:
    """What cannot be right in the record: two devices of one wearer that contradict each other for over an hour."""
    return [
        {
            "fault": "two_trails",
            "wearer": wearer,
            "devices": devices,
            "from": since.isoformat(),
            "to": until.isoformat(),
        }
        for wearer, *devices, since, until in two_trails.iter_rows()
    ]


def _write_crimes(inputs: Path, crimes: pl.DataFrame) -> None:
    write_parquet_atomically(inputs / "crimes.parquet", crimes.sort("force", "crime_ref", "version"))
