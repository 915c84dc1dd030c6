"""A run told to an analyst: what was asked, what could be tested, what came out, and what to do next."""

from pathlib import Path
from shlex import quote as quoted
from textwrap import wrap
from typing import Any

import polars as pl

from api.schemas.matching.runs import RunDetail, VerdictCounts, detail_of
from api.usecases.actor import Actor
from api.usecases.matching.runs import Filter, candidates
from api.wording.candidate import STRATA, share, times
from api.wording.meanings import DISCLAIMER, NOT_MATCHABLE, UNOBSERVED, VERDICT_MEANINGS, VERDICTS
from api.wording.text import lasting, london, program, table
from matcher.runs.folder import RunFolder

NEAREST = 5


def run_in_words(actor: Actor, run: RunFolder, *, home: Path | None = None) -> list[str]:
    """Lines for a terminal. `home` is what was given as --home, for the commands at the end."""
    told = detail_of(run)
    return [
        f"Run {run.run_id}, finished {london(told.finished_at)}, {told.timings.total_s:.1f} s",
        "",
        *_facts(told),
        "",
        *_nearest(actor, run),
        *what_it_means(),
        "",
        *_next(actor, run, home),
    ]


def what_it_means() -> list[str]:
    return ["What this means", *[f"  {sentence}" for sentence in wrapped(DISCLAIMER)]]


def _facts(told: RunDetail) -> list[str]:
    crimes, wearers, fixes, found = told.crimes, told.wearers, told.fixes, told.candidates
    facts = [("Asked", _asked(told.params))]
    words = f"{crimes.matchable:,} of {crimes.total:,} can be matched"
    facts.append(("Crimes", words))
    facts += [("", f"{n:,} not: {NOT_MATCHABLE.get(why, why)} ({why})") for why, n in crimes.not_matchable.items()]
    facts.append(("Wearers", f"{wearers.permitted:,} may be matched; {wearers.with_fixes:,} have usable fixes here"))
    facts.append(("Pairs", f"{found.pairs_tested:,} tested: a crime, and a wearer eligible throughout its window"))
    facts.append(("Fixes", f"{fixes.read:,} read, {fixes.used:,} used"))
    left = (
        (fixes.not_permitted, "while their wearer was not to be matched (not monitored or not eligible)"),
        (fixes.unassigned, "while nobody wore the tag"),
    )
    facts += [("", f"{n:,} not read: {why}") for n, why in left if n]
    reasons = (
        (fixes.other_mechanism, "obtained by a mechanism that was not asked for"),
        (fixes.coarse, "too coarse to be evidence"),
        (fixes.duplicates, "second fixes of one wearer at one instant"),
        (fixes.jumps, "jumps nobody can make"),
    )
    facts += [("", f"{n:,} not used: {why}") for n, why in reasons if n]
    if fixes.segments_too_fast:
        facts.append(("", f"{fixes.segments_too_fast:,} times no path was drawn between two: nobody moves that fast"))
    if fixes.stuck_receivers or fixes.clock_jumps:
        facts.append(("", f"{fixes.stuck_receivers:,} receivers stuck for hours, {fixes.clock_jumps:,} clock jumps"))
    if not fixes.read:
        facts.append(("", "nobody who may be matched has a fix in the days of these crimes; check the days of both"))
    facts.append(("Candidates", f"{found.candidates:,} in {found.visits:,} visits"))
    facts.append(("", f"{found.present:,} {VERDICTS['present']}: a position recorded inside the circle in the window"))
    facts.append(("", f"{found.passed:,} {VERDICTS['passed']}: only the line between two positions crosses it"))
    if told.verdicts is not None:
        facts += [("The others" if i == 0 else "", line) for i, line in enumerate(others_in_words(told.verdicts))]
    facts += [("Chance" if i == 0 else "", line) for i, line in enumerate(_chance(told))]
    return [f"{name:<11} {words}" for name, words in facts]


def _chance(told: RunDetail) -> list[str]:
    """What the same wearers' other days bring, as many as would come by chance alone."""
    return [
        f"{STRATA[each.stratum]}: about {each.expected_chance:,.0f} would come by chance alone, {each.observed:,} came"
        for each in told.chance
        if each.expected_chance is not None
    ]


def others_in_words(counts: VerdictCounts) -> list[str]:
    """Those who are no candidates."""
    reasons = {name: getattr(counts.unobserved_by_reason, name) for name in UNOBSERVED}
    return [
        f"{counts.excluded:,} excluded: {VERDICT_MEANINGS['excluded']}",
        f"{counts.possible:,} possible: {VERDICT_MEANINGS['possible']}",
        f"{counts.unobserved:,} unobserved: {VERDICT_MEANINGS['unobserved']}",
        *[f"  {n:,} {UNOBSERVED[name]} ({name})" for name, n in reasons.items() if n],
    ]


def _asked(params: dict[str, Any]) -> str:
    buffer = f", {params['buffer_s']:g} s added at both ends" if params["buffer_s"] else ", nothing added"
    return (
        f"who came within {params['radius_m']:g} m of a crime, in its window{buffer}; "
        f"{' and '.join(params['mechanisms'])} fixes known to {params['max_accuracy_m']:g} m or better"
    )


def _nearest(actor: Actor, run: RunFolder) -> list[str]:
    page = candidates(actor, run, Filter(), order="strongest", limit=NEAREST)
    if page.rows.is_empty():
        return ["No wearer came within the circle of any crime in its window.", ""]
    return [
        f"Strongest {page.rows.height}",
        *indented(candidate_table(page.rows)),
        "",
    ]


def candidate_table(rows: pl.DataFrame) -> str:
    """One line a candidate; times in London's clock. `present`: probability that the wearer was inside; `other days`:
    on how many the wearer was there at these clock times; `rarer`: the e-value; `chance`: the q-value."""
    titles = ["force", "crime", "wearer", "", "when (London)", "closest", "inside for", "fixes"]
    titles += ["present", "other days", "rarer", "chance"]
    return table(titles, [_candidate_cells(row) for row in rows.iter_rows(named=True)])


def _candidate_cells(row: dict[str, Any]) -> list[str]:
    compared = row["reference_days"] is not None and row["e_value"] is not None
    return [
        row["force"],
        row["crime_ref"],
        row["wearer_id"],
        VERDICTS[row["verdict"]],
        london(row["closest_at"]),
        f"{row['closest_m']:.1f} m",
        lasting(row["dwell_s"]),
        str(row["fixes_within"]),
        share(row["p_present"]),
        f"{row['reference_hits']} of {row['reference_days']}" if compared else "-",
        times(row["e_value"]),
        share(row["q_value"]),
    ]


def _next(actor: Actor, run: RunFolder, home: Path | None) -> list[str]:
    at = "" if home is None else f" --home {quoted(str(home))}"
    first = candidates(actor, run, Filter(), order="strongest", limit=1).rows
    show = f"{program()} show {run.run_id}"
    lines = ["What to do next"]
    if first.height:
        row = first.row(0, named=True)
        crime = f"--crime {quoted(row['crime_ref'])} --force {quoted(row['force'])}"
        lines.append(f"  {show} {crime}{at}")
        lines.append("      everyone who matches one crime")
        if run.manifest["params"]["verdicts"]:
            lines.append(f"  {show} {crime} --verdicts{at}")
            lines.append("      how many were elsewhere then, or were not seen; with --list who")
        lines.append(f"  {show} {crime} --wearer {quoted(row['wearer_id'])}{at}")
        lines.append("      one wearer at one crime: visits, and each fix in the window with its distance")
    if run.manifest["counts"]["crimes_not_matchable"]:
        lines.append(f"  {show} --not-matchable{at}")
        lines.append("      the crimes that could not be matched, each with its reason")
    return lines


def indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]


def wrapped(sentences: tuple[str, ...]) -> list[str]:
    return [line for sentence in sentences for line in wrap(sentence, 110, initial_indent="- ", subsequent_indent="  ")]
