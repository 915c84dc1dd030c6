"""What `tagpilot show` prints: for a person in words and tables, for a program the same Structs as the API."""

from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any

import click
import msgspec
import polars as pl

from api.console.output import print_json
from api.schemas.matching import candidates as wire
from api.schemas.matching.runs import detail_of
from api.settings import Settings
from api.usecases.actor import Actor
from api.usecases.matching import runs as reading_runs
from api.usecases.stores import open_fixes
from api.views.matching.run import candidate_table, indented, run_in_words, what_it_means
from api.wording.candidate import in_words, share, times, worth_lines
from api.wording.meanings import NOT_MATCHABLE, SUSPECT_FIXES, VERDICT_MEANINGS, VERDICTS
from api.wording.text import lasting, london, table
from matcher.errors import RunNotFound
from matcher.runs.folder import RunFolder
from matcher.views.detail import Detail


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer, both ways."""

    lines: list[str]
    plain: Any

    def tell(self, as_json: bool) -> None:
        if as_json:
            print_json(msgspec.to_builtins(self.plain))
        else:
            click.echo("\n".join(self.lines))


def whole_run(actor: Actor, run: RunFolder, home: Path | None) -> Shown:
    return Shown(run_in_words(actor, run, home=home), detail_of(run))


def not_matchable_of(actor: Actor, run: RunFolder, limit: int) -> Shown:
    page = reading_runs.not_matchable(actor, run, limit=limit)
    rows = [list(map(str, row)) for row in page.rows.select("force", "crime_ref", "reason", "detail").iter_rows()]
    lines = [f"{page.total:,} crimes of run {run.run_id} could not be matched", *cut(page.total, limit), ""]
    plain = wire.NotMatchablePage(items=wire.not_matchable_of(page.rows), total=page.total, limit=limit, offset=0)
    return Shown([*lines, *indented(table(["force", "crime", "reason", "in words"], rows))], plain)


def matches(
    actor: Actor, run: RunFolder, crime_ref: str | None, force: str | None, wearer_id: str | None, limit: int
) -> Shown | None:
    """Everyone at one crime, or everything of one wearer; None where the run knows no such crime."""
    lines = []
    if crime_ref is not None:
        crimes = reading_runs.crimes_of(actor, run, crime_ref, force)
        if crimes.is_empty():
            return None
        left_out = _why_not(actor, run, crime_ref)
        for crime in crimes.iter_rows(named=True):
            lines += [*crime_lines(crime), *left_out.get((crime["force"], crime["version"]), []), ""]
    else:
        lines += [f"Wearer {wearer_id}", ""]
    asked = reading_runs.Filter(force=force, crime_ref=crime_ref, wearer_id=wearer_id)
    page = reading_runs.candidates(actor, run, asked, order="strongest", limit=limit)
    plain = wire.CandidatePage(items=wire.candidates_of(run.run_id, page.rows), total=page.total, limit=limit, offset=0)
    if page.total:
        lines += [f"{page.total:,} candidates, strongest first", *cut(page.total, limit)]
        lines += [*indented(candidate_table(page.rows)), "", *what_it_means()]
    else:
        lines.append(
            "No candidate: as far as is seen, nobody who could be tested came within the circle in the window."
        )
    return Shown(lines, plain)


def one(
    actor: Actor, run: RunFolder, settings: Settings, crime_ref: str, force: str | None, wearer_id: str
) -> Shown | None:
    """One wearer at one crime with its proof; None where the run knows no such crime.

    Raises RunNotFound where the wearer is no candidate there, or several forces use the reference.
    """
    its_force = one_force(actor, run, crime_ref, force)
    if its_force is None:
        return None
    found = reading_runs.one_candidate(actor, run, open_fixes(settings), its_force, crime_ref, wearer_id)
    candidate = found.candidate
    lines = [
        *crime_lines(found.crime),
        "",
        f"Wearer {wearer_id}: {in_words(candidate)}",
        f"  {VERDICT_MEANINGS[candidate['verdict']]}",
        f"  closest {candidate['closest_m']:.1f} m at {london(candidate['closest_at'])}",
        f"  inside for {lasting(candidate['dwell_s'])}, visits {candidate['visits']}, "
        f"fixes inside {candidate['fixes_within']}",
        f"  the path is known for {candidate['coverage']:.0%} of the window",
        *[f"  {line}" for line in worth_lines(candidate)],
        "",
        "Visits",
        *indented(_visit_table(found.visits)),
        "",
        f"Fixes in the window: {found.fixes.height:,} (metres of EPSG:27700)",
        *indented(_fix_table(found.fixes)),
        "",
        *_doubts(found),
        *_others(found.others),
        *what_it_means(),
    ]
    return Shown(lines, wire.detail_of(run.run_id, found))


def one_force(actor: Actor, run: RunFolder, crime_ref: str, force: str | None) -> str | None:
    """The one force of this run with a crime of this reference; None where there is none, RunNotFound for several."""
    forces = sorted(set(reading_runs.crimes_of(actor, run, crime_ref, force)["force"]))
    if len(forces) > 1:
        raise RunNotFound(f"{', '.join(forces)} each have a crime {crime_ref}; say which with --force")
    return forces[0] if forces else None


def _doubts(found: Detail) -> list[str]:
    """Gaps, fixes that cannot be believed, what the device reported, and other days."""
    lines = ["No path is known" if found.gaps.height else "The path is known throughout the window"]
    lines += [
        f"  from {london(gap['from'])} to {london(gap['to'])}, {lasting(gap['lasts_s'])}"
        for gap in found.gaps.iter_rows(named=True)
    ]
    if found.quality.height:
        lines += ["", "Not to be believed, or not used"]
        lines += [f"  {_bad_line(row)}" for row in found.quality.iter_rows(named=True)]
    if found.events.height:
        lines += ["", "Reported by the device"]
        lines += [f"  {london(t)}: {event}" for t, event in found.events.iter_rows()]
    hits = found.other_days.filter(pl.col("day") != 0)
    if found.candidate["reference_days"] is not None:
        lines += ["", f"Here at these clock times on {hits.height:,} other days" + (":" if hits.height else "")]
        dates = [f"{day['date']:%a %d %b} ({day['day']:+d})" for day in hits.iter_rows(named=True)]
        lines += [f"  {line}" for line in wrap(", ".join(dates), 110)]
    return [*lines, ""]


def _bad_line(row: dict[str, Any]) -> str:
    until = "" if row["to"] == row["from"] else f" to {london(row['to'])}"
    fixes = "" if row["fixes"] is None else f", {row['fixes']:,} fixes"
    return f"{london(row['from'])}{until}{fixes}: {SUSPECT_FIXES[row['kind']]} ({row['kind']})"


def _others(others: pl.DataFrame) -> list[str]:
    if others.is_empty():
        return ["Nobody else is a candidate here", ""]
    rows = [
        [o["wearer_id"], VERDICTS[o["verdict"]], share(o["p_present"]), times(o["e_value"]), share(o["q_value"])]
        for o in others.iter_rows(named=True)
    ]
    return ["Other candidates here", *indented(table(["wearer", "", "present", "rarer", "chance"], rows)), ""]


def crime_lines(crime: dict[str, Any]) -> list[str]:
    version = f", version {crime['version']}" if crime["version"] > 1 else ""
    if crime["easting_m"] is None:
        place = "no place given"
    else:
        place = f"easting {crime['easting_m']:.1f}, northing {crime['northing_m']:.1f}"
        if crime["location_accuracy_m"] is not None:
            place += f", known to {crime['location_accuracy_m']:g} m"
    return [
        f"Crime {crime['crime_ref']} of {crime['force']}{version}: {crime['crime_type']}",
        f"  between {london(crime['t_from'])} and {london(crime['t_to'])}",
        f"  at {place}",
    ]


def _why_not(actor: Actor, run: RunFolder, crime_ref: str) -> dict[tuple[str, int], list[str]]:
    rows = reading_runs.not_matchable(actor, run, limit=10_000_000).rows.filter(pl.col("crime_ref") == crime_ref)
    return {
        (row["force"], row["version"]): [
            f"  could not be matched: {NOT_MATCHABLE.get(row['reason'], row['reason'])} ({row['detail']})"
        ]
        for row in rows.iter_rows(named=True)
    }


def _visit_table(visits: pl.DataFrame) -> str:
    rows = [
        [v["visit"], london(v["first_at"]), london(v["last_at"]), lasting(v["dwell_s"]), str(v["fixes"])]
        for v in visits.iter_rows(named=True)
    ]
    return table(["visit", "from (London)", "to", "inside for", "fixes"], rows)


def _fix_table(fixes: pl.DataFrame) -> str:
    rows = [
        [
            fix["label"] or "-",
            london(fix["t"]),
            f"{fix['distance_m']:.1f} m",
            "-" if fix["accuracy_m"] is None else f"{fix['accuracy_m']:.1f} m",
            fix["mechanism"],
            "inside" if fix["inside"] else "outside",
            "" if fix["used"] else "not used",
            f"{fix['easting_m']:.1f}",
            f"{fix['northing_m']:.1f}",
        ]
        for fix in fixes.iter_rows(named=True)
    ]
    return table(["", "when (London)", "distance", "accuracy", "by", "", "", "easting", "northing"], rows)


def cut(total: int, limit: int) -> list[str]:
    return [f"  the first {limit:,}; --limit shows more"] if total > limit else []
