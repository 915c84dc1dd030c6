"""Candidates at a terminal: everyone at one crime, everything of one wearer, and one candidate with its proof."""

from collections.abc import Sequence
from textwrap import wrap

import msgspec

from api.schemas.matching.candidates import (
    Against,
    BadFixes,
    CandidateDetail,
    CandidatePage,
    Crime,
    CrimeInRun,
    CrimesInRun,
    Fix,
    NotMatchablePage,
    OtherCandidate,
    Visit,
)
from api.views.matching.run import candidate_table, indented, what_it_means
from api.wording.candidate import chance_share, share, strength_lines, times
from api.wording.meanings import NOT_MATCHABLE, NOT_USED, VERDICT_MEANINGS, VERDICTS
from api.wording.text import lasting, london, table
from tracker.counted import counted


def not_matchable_in_words(run_id: str, page: NotMatchablePage) -> list[str]:
    """The crimes no wearer could be tested for, and why."""
    rows = [[each.force, each.crime_ref, each.reason, each.detail] for each in page.items]
    lines = [f"{counted(page.total, 'crime')} of run {run_id} could not be matched", *cut(page.total, page.limit), ""]
    return [*lines, *indented(table(["force", "crime", "reason", "in words"], rows))]


def at_crime_in_words(crimes: CrimesInRun, page: CandidatePage) -> list[str]:
    """Everyone who matches a crime."""
    lines = []
    for each in crimes.items:
        lines += [*crime_lines(each.crime), *_why_not(each), ""]
    return [*lines, *_page_in_words(page)]


def of_wearer_in_words(wearer_id: str, page: CandidatePage) -> list[str]:
    """Every crime that a wearer matches."""
    return [f"Wearer {wearer_id}", "", *_page_in_words(page)]


def _page_in_words(page: CandidatePage) -> list[str]:
    if not page.total:
        return ["No candidate: as far as fixes show, no tested wearer came within the circle in the window."]
    lines = [f"{page.total:,} candidates, strongest first", *cut(page.total, page.limit)]
    return [*lines, *indented(candidate_table(page.items)), "", *what_it_means()]


def _why_not(each: CrimeInRun) -> list[str]:
    reason = each.not_matchable
    if reason is None:
        return []
    return [f"  could not be matched: {NOT_MATCHABLE.get(reason.reason, reason.reason)} ({reason.detail})"]


def candidate_in_words(found: CandidateDetail) -> list[str]:
    """One wearer at one crime: visits, each fix in the window, what speaks against it, and what it means."""
    candidate = found.candidate
    return [
        *crime_lines(found.crime),
        "",
        f"Wearer {candidate.wearer_id}: {candidate.in_words}",
        f"  {VERDICT_MEANINGS[candidate.verdict]}",
        f"  the path is known for {candidate.coverage:.0%} of the window",
        *[f"  {line}" for line in strength_lines(msgspec.structs.asdict(candidate))],
        "",
        *_against(found.speaks_against),
        "Visits",
        *indented(_visit_table(found.visits)),
        "",
        f"Fixes in the window: {len(found.fixes):,} (metres of EPSG:27700)",
        *indented(_fix_table(found.fixes)),
        "",
        *_doubts(found),
        *_others(found.other_candidates),
        *what_it_means(),
    ]


def _against(points: Sequence[Against]) -> list[str]:
    if not points:
        return []
    lines = [wrap(point.sentence, 110, initial_indent="  - ", subsequent_indent="    ") for point in points]
    return ["What speaks against it", *[line for each in lines for line in each], ""]


def _doubts(found: CandidateDetail) -> list[str]:
    """When: gaps, suspect fixes, what the device reported, and other days."""
    lines = ["No path is known" if found.gaps else "The path is known throughout the window"]
    lines += [f"  from {london(gap.from_)} to {london(gap.to)}, {lasting(gap.lasts_s)}" for gap in found.gaps]
    if found.bad_fixes:
        lines += ["", "Suspect, or not used", *[f"  {_bad_line(each)}" for each in found.bad_fixes]]
    if found.device_events:
        lines += ["", "Reported by the device"]
        lines += [f"  {london(each.t)}: {each.event}" for each in found.device_events]
    if found.candidate.reference_days is not None:
        days = found.other_days
        lines += ["", f"Here at these clock times on {counted(len(days), 'other day')}" + (":" if days else "")]
        dates = [f"{each.date:%a %d %b} ({each.day:+d})" for each in days]
        lines += [f"  {line}" for line in wrap(", ".join(dates), 110)]
    return [*lines, ""]


def _bad_line(each: BadFixes) -> str:
    until = "" if each.to == each.from_ else f" to {london(each.to)}"
    fixes = "" if each.fixes is None else f", {counted(each.fixes, 'fix', 'fixes')}"
    return f"{london(each.from_)}{until}{fixes}: {each.kind_words} ({each.kind})"


def _others(others: Sequence[OtherCandidate]) -> list[str]:
    if not others:
        return ["No other candidates here", ""]
    rows = [
        [each.wearer_id, VERDICTS[each.verdict], share(each.p_present), times(each.e_value), chance_share(each.q_value)]
        for each in others
    ]
    return ["Other candidates here", *indented(table(["wearer", "", "present", "rarer", "chance"], rows)), ""]


def crime_lines(crime: Crime) -> list[str]:
    version = f", version {crime.version}" if crime.version > 1 else ""
    if crime.easting_m is None or crime.northing_m is None:
        place = "no place given"
    else:
        place = f"easting {crime.easting_m:.1f}, northing {crime.northing_m:.1f}"
        if crime.location_accuracy_m is not None:
            place += f", known to {crime.location_accuracy_m:g} m"
    words = "" if crime.crime_type_in_words in (None, crime.crime_type) else f" ({crime.crime_type_in_words})"
    return [
        f"Crime {crime.crime_ref} of {crime.force}{version}: {crime.crime_type}{words}",
        f"  between {london(crime.t_from)} and {london(crime.t_to)}",
        f"  at {place}",
        *text_lines(crime.text),
    ]


def text_lines(text: str | None) -> list[str]:
    """What the force sent with a crime, as it stands."""
    if text is None:
        return []
    lines = [wrap(line, 110, initial_indent="  > ", subsequent_indent="  > ") for line in text.splitlines()]
    return [line for each in lines for line in each]


def _visit_table(visits: Sequence[Visit]) -> str:
    titles = ["visit", "from (London)", "to", "inside for", "closest", "at", "speed", "fixes", "at the edge"]
    return table(titles, [_visit_cells(visit) for visit in visits])


def _visit_cells(visit: Visit) -> list[str]:
    return [
        visit.visit,
        london(visit.first_at),
        london(visit.last_at),
        lasting(visit.dwell_s),
        "-" if visit.closest_m is None else f"{visit.closest_m:.1f} m",
        "-" if visit.closest_at is None else london(visit.closest_at)[11:19],
        "-" if visit.speed_kmh is None else f"{visit.speed_kmh:.1f} km/h",
        str(visit.fixes),
        "-" if visit.fixes_at_edge is None else str(visit.fixes_at_edge),
    ]


def _fix_table(fixes: Sequence[Fix]) -> str:
    rows = [
        [
            fix.label or "-",
            london(fix.t),
            f"{fix.distance_m:.1f} m",
            "-" if fix.accuracy_m is None else f"{fix.accuracy_m:.1f} m",
            fix.mechanism,
            fix.device_id,
            "inside" if fix.inside else "outside",
            "" if fix.not_used is None else f"not used: {NOT_USED[fix.not_used]}",
            f"{fix.easting_m:.1f}",
            f"{fix.northing_m:.1f}",
        ]
        for fix in fixes
    ]
    return table(["", "when (London)", "distance", "accuracy", "by", "device", "", "", "easting", "northing"], rows)


def cut(total: int, limit: int) -> list[str]:
    return [f"  the first {limit:,}; --limit shows more"] if 0 < limit < total else []
