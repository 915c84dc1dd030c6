"""Own cases and a day's summary, for a person at a terminal."""

from api.schemas.delivery.cases import CaseAssigned, DaySummary, HeldCases, OwnCaseDetail, OwnCases
from api.wording.text import london, table


def cases_in_words(found: OwnCases) -> list[str]:
    if not found.items:
        return ["No case is assigned to you. The delivery officer assigns cases."]
    rows = [
        [
            each.licence,
            each.name or "-",
            each.state,
            str(each.release_on or "-"),
            each.answer or "not screened",
            "not decided" if each.proportionate is None else "yes" if each.proportionate else "no",
        ]
        for each in found.items
    ]
    return [
        f"Your cases: {found.total}",
        table(["licence", "name", "state", "release", "screening", "proportionate"], rows),
    ]


def case_in_words(found: OwnCaseDetail) -> list[str]:
    lines = [f"Licence {found.licence} of {found.name or found.wearer}: {found.state}"]
    if found.screening is not None:
        criteria = [[each.criterion, each.answer, each.seen, each.source] for each in found.screening.findings]
        lines += ["", table(["criterion", "answer", "seen", "source"], criteria)]
    if (decision := found.proportionate) is not None:
        verdict = "Proportionate" if decision.proportionate else "Not proportionate"
        lines += ["", f"{verdict}, decided by {decision.decided_by} on {decision.decided_on}: {decision.reasons}"]
    alerts = [[str(each.id), each.kind, each.state, each.last, london(each.at)] for each in found.alerts]
    return [*lines, "", table(["alert", "kind", "state", "last step", "at"], alerts) if alerts else "No alert."]


def day_in_words(found: DaySummary) -> list[str]:
    rows = [[each.hour, each.seen, each.borough or "-"] for each in found.hours]
    return [f"{found.licence} on {found.day}", *found.words, "", table(["hour", "seen", "borough"], rows)]


def held_in_words(found: HeldCases) -> list[str]:
    if not found.items:
        return ["No case is assigned to a practitioner."]
    rows = [[each.licence, each.practitioner, london(each.since), each.assigned_by] for each in found.items]
    return [table(["licence", "practitioner", "since", "assigned by"], rows)]


def assigned_in_words(found: CaseAssigned) -> list[str]:
    if found.practitioner is None:
        return [f"Licence {found.licence} is no practitioner's case any more."]
    return [f"Licence {found.licence} is {found.practitioner}'s case" + ("." if found.changed else " already.")]
