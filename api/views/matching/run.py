"""A run for an analyst at a terminal: what was asked, what could be tested, what came out, and what to do next."""

from collections.abc import Sequence
from pathlib import Path
from shlex import quote as quoted
from textwrap import wrap

from api.schemas.matching.candidates import Candidate
from api.schemas.matching.params import RunParams
from api.schemas.matching.runs import Accuracies, RunDetail, RunPage, VerdictCounts
from api.wording.candidate import STRATA, chance_share, few, share, times
from api.wording.meanings import DISCLAIMER, NOT_MATCHABLE, POSSIBLE, UNOBSERVED, VERDICT_MEANINGS, VERDICTS
from api.wording.text import lasting, london, program, table
from tracker.counted import counted


def run_in_words(run: RunDetail, strongest: Sequence[Candidate], *, home: Path | None = None) -> list[str]:
    """`home` is what was given as --home, for the commands at the end."""
    return [
        f"Run {run.run_id}, finished {london(run.finished_at)}, {run.timings.total_s:.1f} s",
        "",
        *_facts(run),
        "",
        *_strongest(strongest),
        *what_it_means(),
        "",
        *_next(run, strongest, home),
    ]


def runs_in_words(found: RunPage, runs_dir: Path) -> list[str]:
    """One line a run."""
    damaged = [f"Run {each.run_id} is damaged: {each.why}." for each in found.damaged]
    if not found.items and damaged:
        return damaged
    if not found.items:
        return [f"There is no run under {runs_dir} yet: tagpilot match makes one, tagpilot demo shows one."]
    rows = [
        [
            run.run_id,
            london(run.finished_at),
            f"{run.crimes_matchable:,}",
            f"{run.wearers:,}",
            f"{run.present:,}",
            f"{run.passed:,}",
            f"{run.took_s:.1f}",
        ]
        for run in found.items
    ]
    return [table(["run", "finished", "crimes", "wearers", "fix inside", "path crosses", "seconds"], rows), *damaged]


def what_it_means() -> list[str]:
    return ["What this means", *[f"  {sentence}" for sentence in wrapped(DISCLAIMER)]]


def _facts(run: RunDetail) -> list[str]:
    crimes, wearers, fixes, found = run.crimes, run.wearers, run.fixes, run.candidates
    facts = [("Asked", _asked(run.params))]
    words = f"{crimes.matchable:,} of {crimes.total:,} can be matched"
    facts.append(("Crimes", words))
    facts += [("", f"{n:,} not: {NOT_MATCHABLE.get(why, why)} ({why})") for why, n in crimes.not_matchable.items()]
    facts.append(("Wearers", f"{wearers.permitted:,} may be matched; {wearers.with_fixes:,} have usable fixes here"))
    facts.append(("Pairs", f"{found.pairs_tested:,} tested: a crime, and a wearer eligible throughout its window"))
    facts.append(("Fixes", f"{fixes.read:,} read, {fixes.used:,} used"))
    left = (
        (fixes.not_permitted, "while their wearer was not to be matched (not monitored or not eligible)"),
        (fixes.unassigned, "while no wearer had the tag"),
    )
    facts += [("", f"{n:,} not read: {why}") for n, why in left if n]
    reasons = (
        (fixes.other_mechanism, "obtained by a mechanism that was not asked for"),
        (fixes.coarse, "too coarse to be evidence"),
        (fixes.frozen, "of a receiver that repeated one position while it reported speed"),
        (fixes.duplicates, "second fixes of one wearer at one instant"),
        (fixes.jumps, "jumps at an impossible speed"),
    )
    facts += [("", f"{n:,} not used: {why}") for n, why in reasons if n]
    if fixes.segments_too_fast:
        facts.append(
            (
                "",
                f"{fixes.segments_too_fast:,} times no path was drawn: the speed would be impossible",
            )
        )
    if fixes.stuck_receivers or fixes.clock_jumps:
        stuck, jumps = counted(fixes.stuck_receivers, "receiver"), counted(fixes.clock_jumps, "clock jump")
        facts.append(("", f"{stuck} stuck for hours, {jumps}"))
    if not fixes.read:
        facts.append(("", "no wearer who may be matched has a fix on the days of these crimes; check the days of both"))
    if run.accuracies is not None:
        facts += [("Accuracies" if i == 0 else "", line) for i, line in enumerate(_accuracies(run.accuracies))]
    facts.append(("Candidates", f"{found.candidates:,} in {counted(found.visits, 'visit')}"))
    facts.append(("", f"{found.present:,} {VERDICTS['present']}: a position recorded inside the circle in the window"))
    facts.append(("", f"{found.passed:,} {VERDICTS['passed']}: only the line between two positions crosses it"))
    if run.verdicts is not None:
        facts += [("The others" if i == 0 else "", line) for i, line in enumerate(others_in_words(run.verdicts))]
    facts += [("Chance" if i == 0 else "", line) for i, line in enumerate(_chance(run))]
    return [f"{name:<11} {words}" for name, words in facts]


def _accuracies(told: Accuracies) -> list[str]:
    """At what level accuracies are stated, and by what factor they differ, as the run was told."""
    lines = [
        f"adopted for {each.model} from {each.from_} on: "
        f"{'no level' if each.level is None else f'level {each.level} %'}, factor {each.factor:g}"
        for each in told.adopted
    ]
    if told.given:
        lines.append(f"levels of single devices, given with the match: {told.given:,}")
    return [*lines, f"they concern {counted(told.devices, 'device')} of this run"]


def _chance(run: RunDetail) -> list[str]:
    """How many candidates chance alone would bring, going by the same wearers' other days."""
    return [
        f"{STRATA[each.stratum]}: {few(each.expected_chance)} would come by chance alone, {each.observed:,} came"
        for each in run.chance
        if each.expected_chance is not None
    ]


def others_in_words(counts: VerdictCounts) -> list[str]:
    """Tested wearers who are not candidates."""
    reasons = {name: getattr(counts.unobserved_by_reason, name) for name in UNOBSERVED}
    left_out = counts.possible_left_out_fix
    return [
        f"{counts.excluded:,} excluded: {VERDICT_MEANINGS['excluded']}",
        f"{counts.possible:,} possible: {VERDICT_MEANINGS['possible']}",
        *([f"  {left_out:,} {POSSIBLE['left_out_fix']} (left_out_fix)"] if left_out else []),
        f"{counts.unobserved:,} unobserved: {VERDICT_MEANINGS['unobserved']}",
        *[f"  {n:,} {UNOBSERVED[name]} ({name})" for name, n in reasons.items() if n],
    ]


def _asked(params: RunParams) -> str:
    buffer = f", {params.buffer_s:g} s added at both ends" if params.buffer_s else ", nothing added"
    return (
        f"who came within {params.radius_m:g} m of a crime, in its window{buffer}; "
        f"{' and '.join(params.mechanisms)} fixes known to {params.max_accuracy_m:g} m or better"
    )


def _strongest(strongest: Sequence[Candidate]) -> list[str]:
    if not strongest:
        return ["No wearer came within the circle of any crime in its window.", ""]
    return [f"Strongest {len(strongest)}", *indented(candidate_table(strongest)), ""]


def candidate_table(candidates: Sequence[Candidate]) -> str:
    """One line a candidate, with the figures of the visit that came closest, so that they are of one; times in London's
    clock. `visit`: its letter, and of how many; `present`: probability that the wearer was inside; `other days`:
    on how many the wearer was there at these clock times; `rarer`: the e-value; `chance`: the q-value."""
    titles = ["force", "crime", "wearer", "", "visit", "when (London)", "closest", "inside for", "fixes"]
    titles += ["present", "other days", "rarer", "chance"]
    return table(titles, [_candidate_cells(each) for each in candidates])


def _candidate_cells(candidate: Candidate) -> list[str]:
    compared = candidate.reference_days is not None and candidate.e_value is not None
    return [
        candidate.force,
        candidate.crime_ref,
        candidate.wearer_id,
        VERDICTS[candidate.verdict],
        *_visit_cells(candidate),
        share(candidate.p_present),
        f"{candidate.reference_hits} of {candidate.reference_days}" if compared else "-",
        times(candidate.e_value),
        chance_share(candidate.q_value),
    ]


def _visit_cells(candidate: Candidate) -> list[str]:
    closest = next((visit for visit in candidate.by_visit if visit.closest_m == candidate.closest_m), None)
    of = "" if candidate.visits == 1 else f" of {candidate.visits}"
    return [
        "-" if closest is None else f"{closest.visit}{of}",
        london(candidate.closest_at),
        f"{candidate.closest_m:.1f} m",
        "-" if closest is None else lasting(closest.dwell_s),
        "-" if closest is None else str(closest.fixes),
    ]


def _next(run: RunDetail, strongest: Sequence[Candidate], home: Path | None) -> list[str]:
    at = "" if home is None else f" --home {quoted(str(home))}"
    show = f"{program()} show {run.run_id}"
    lines = ["What to do next"]
    if strongest:
        first = strongest[0]
        crime = f"--crime {quoted(first.crime_ref)} --force {quoted(first.force)}"
        lines.append(f"  {show} {crime}{at}")
        lines.append("      every candidate at one crime")
        if run.params.verdicts:
            lines.append(f"  {show} {crime} --verdicts{at}")
            lines.append("      how many tested wearers were elsewhere, or not observed; with --list, who")
        lines.append(f"  {show} {crime} --wearer {quoted(first.wearer_id)}{at}")
        lines.append("      one wearer at one crime: visits, and each fix in the window with its distance")
    if run.crimes.not_matchable:
        lines.append(f"  {show} --not-matchable{at}")
        lines.append("      the crimes that could not be matched, each with its reason")
    return lines


def indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]


def wrapped(sentences: tuple[str, ...]) -> list[str]:
    return [line for sentence in sentences for line in wrap(sentence, 110, initial_indent="- ", subsequent_indent="  ")]
