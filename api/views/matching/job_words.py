"""Match jobs and runs as a page shows them."""

from typing import NamedTuple

from api.schemas.matching.jobs import JobOut
from api.schemas.matching.runs import RunDetail
from api.wording.candidate import STRATA, few
from api.wording.meanings import NOT_MATCHABLE
from api.wording.text import lasting, london

JOB_TONES = {"queued": "wait", "running": "full", "done": "good", "failed": "bad", "cancelled": "plain"}


class JobLine(NamedTuple):
    """`asked` in a sentence; `went`: how far it is, or how long it took."""

    job: JobOut
    asked: str
    went: str
    tone: str
    at: str


def job_line(job: JobOut) -> JobLine:
    return JobLine(job, asked_in_words(job), went_in_words(job), JOB_TONES[job.state], london(job.requested_at)[:16])


def asked_in_words(job: JobOut) -> str:
    asked = job.asked
    if asked.definition is not None:
        return "An export for evaluators"
    if asked.crime is not None:
        words = f"Crime {asked.crime[1]} of {asked.crime[0]}"
    elif asked.from_ or asked.to:
        since = "the first" if asked.from_ is None else london(asked.from_)[:16]
        until = "the last" if asked.to is None else london(asked.to)[:16]
        words = f"Crimes from {since} to {until}"
    else:
        words = "All crimes"
    if asked.what_if:
        words += f", as what-if {asked.what_if}"
    elif asked.for_review is False:
        words += ", not for review"
    if asked.rematch:
        words += ", matched again"
    return words + _asked_by(asked.trigger)


def _asked_by(trigger: str | None) -> str:
    """What asked for it, where no person did."""
    if trigger is None:
        return ""
    what, _, number = trigger.partition(" ")
    if what == "import":
        return f", asked by the import of file {number}"
    if what == "withdrawal":
        return f", asked by withdrawal {number}"
    if trigger == "standing settings":
        return ", asked by standing settings"
    return ", asked by what changed on record"


def went_in_words(job: JobOut) -> str:
    if job.state == "running":
        parts = [job.stage or "begun"]
        if job.fraction is not None:
            parts.append(f"{job.fraction:.0%}")
        if job.fixes_per_s:
            parts.append(f"{job.fixes_per_s:,.0f} positions a second")
        if job.left_s is not None:
            parts.append(f"about {lasting(job.left_s)} left")
        words = ", ".join(parts) + (", to be stopped" if job.cancel_asked else "")
        return words[:1].upper() + words[1:]
    if job.state == "failed":
        return f"Failed: {job.why or 'no reason is known'}"
    if job.state == "done" and job.started_at and job.finished_at:
        return f"Took {lasting((job.finished_at - job.started_at).total_seconds())}"
    return {"queued": "Waits for a worker", "cancelled": "Stopped", "done": "Done"}[job.state]


def run_rows(run: RunDetail) -> list[tuple[str, str, str]]:
    """Label, value, and the name of the figure: what went in, and what came out."""
    crimes, wearers, fixes, found = run.crimes, run.wearers, run.fixes, run.candidates
    return [
        ("Finished", london(run.finished_at), ""),
        ("Took", lasting(run.timings.total_s), "timings.totalS"),
        ("Matcher", run.algorithm, ""),
        ("Circle", f"{run.params.radius_m:g} m", "params.radiusM"),
        ("Crimes", f"{crimes.total:,}", "crimes.total"),
        ("Crimes that could be matched", f"{crimes.matchable:,}", "crimes.matchable"),
        *(
            (f"Not matched: {NOT_MATCHABLE.get(why, why)}", f"{number:,}", f"crimes.notMatchable.{why}")
            for why, number in crimes.not_matchable.items()
        ),
        ("Wearers who might be matched", f"{wearers.permitted:,}", "wearers.permitted"),
        ("Wearers with positions", f"{wearers.with_fixes:,}", "wearers.withFixes"),
        ("Positions read", f"{fixes.read:,}", "fixes.read"),
        ("Positions used", f"{fixes.used:,}", "fixes.used"),
        ("Pairs tested", f"{found.pairs_tested:,}", "candidates.pairsTested"),
        ("Candidates", f"{found.candidates:,}", "candidates.candidates"),
        ("With a position inside", f"{found.present:,}", "candidates.present"),
        ("With a path across alone", f"{found.passed:,}", "candidates.passed"),
    ]


def chance_rows(run: RunDetail) -> list[tuple[str, str, str]]:
    """By length of window: how many came, and how many chance alone would bring."""
    return [
        (
            STRATA[each.stratum],
            f"{each.observed:,}",
            "not known" if each.expected_chance is None else few(each.expected_chance),
        )
        for each in run.chance
    ]
