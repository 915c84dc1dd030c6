"""Screening and the three decisions, for a person at a terminal. Wearers appear by reference."""

from collections.abc import Sequence
from datetime import date

from api.schemas.delivery.licences import (
    FindingOut,
    LicenceDetail,
    LicencePage,
    ProportionateDecided,
    ProportionateOut,
    Rescreened,
)
from api.schemas.delivery.people import AddressEntered, PeopleFound
from api.schemas.imports import BecameLicencePage
from api.views.delivery.scores import scores_in_words
from api.wording.text import table
from tracker.counted import counted

_TITLES = ["licence", "wearer", "release", "eligible for a tag", "proportionate", "crime mapping"]


def list_in_words(page: LicencePage) -> list[str]:
    if not page.items:
        return ["No licence is on record yet: tagpilot screen import list.csv"]
    rows = [
        [
            each.licence,
            each.wearer,
            _release(each.release_on, each.released),
            each.eligible_for_tag.answer if each.eligible_for_tag else "not screened",
            _yes_or_no(each.proportionate),
            each.eligible_for_mapping.answer,
        ]
        for each in page.items
    ]
    horizon = page.items[0].eligible_for_mapping.horizon_years
    return [
        f"Licences: {page.total:,}",
        table(_TITLES, rows),
        "",
        f"Crime mapping: tagged, and a {horizon}-year score of 50 % or over.",
    ]


def list_rows_in_words(found: BecameLicencePage) -> list[str]:
    """Rows of a release list with their licences; a rejected row has none."""
    rows = [[str(each.row), each.licence, each.wearer, each.became] for each in found.items]
    return [
        f"Release list {found.file_number}: {counted(found.total, 'row')} kept or known",
        "",
        table(["row", "licence", "wearer", "became"], rows),
    ]


def licence_in_words(each: LicenceDetail) -> list[str]:
    """One licence: each decision with its reasons, and every screening made of it."""
    lines = [
        f"Licence {each.licence} of wearer {each.wearer}, release {_release(each.release_on, each.released)}",
        "",
        *_eligible_for_tag(each),
        "",
        *_proportionate(each.proportionate),
        "",
        *_eligible_for_mapping(each),
    ]
    if each.scores:
        lines += ["", *scores_in_words(each.scores)]
    if len(each.screenings) > 1:
        rows = [[str(made.screened_on), made.answer, made.rules_version] for made in each.screenings]
        lines += ["", table(["screened", "answer", "rules"], rows)]
    return lines


def rescreened_in_words(rescreened: Rescreened) -> list[str]:
    screened = rescreened.screened
    changed = [each for each in screened if each.before is None or each.before.answer != each.answer]
    lines = [f"Licences screened: {len(screened):,}; with another answer: {len(changed):,}"]
    if screened:
        lines[0] += f"; rules {screened[0].rules_version}"
    if changed:
        rows = [
            [each.licence, each.wearer, each.before.answer if each.before else "-", each.answer] for each in changed
        ]
        lines.append(table(["licence", "wearer", "before", "after"], rows))
    return lines + [f"{each.licence} {each.place}" for each in screened if each.place]


def decided_in_words(decided: ProportionateDecided) -> list[str]:
    answer = "proportionate" if decided.proportionate else "not proportionate"
    lines = [f"Licence {decided.licence}: {answer}, on record."]
    return lines if decided.warning is None else [*lines, f"warning: {decided.warning}"]


def address_in_words(entered: AddressEntered) -> list[str]:
    lines = [f"Wearer {entered.wearer} lives in {' or '.join(entered.boroughs)} from {entered.from_on}."]
    lines += [] if entered.conflict is None else [f"warning: {entered.conflict}"]
    return [*lines, *(f"note: {note}" for note in entered.notes)]


def people_in_words(found: PeopleFound) -> list[str]:
    rows = [[each.licence, each.wearer_ref] for each in found.items]
    return [table(["licence", "wearer"], rows) if rows else "Nobody on record has it."]


def _release(release_on: date | None, released: bool) -> str:
    return "not known" if release_on is None else f"{release_on}{'' if released else ' planned'}"


def _yes_or_no(decision: ProportionateOut | None) -> str:
    return "not decided" if decision is None else "yes" if decision.proportionate else "no"


def _eligible_for_tag(each: LicenceDetail) -> list[str]:
    held = each.eligible_for_tag
    if held is None:
        return ["1. Eligible for a tag: not screened yet"]
    head = f"1. Eligible for a tag: {held.answer} (screened {held.screened_on}, rules {held.rules_version})"
    return [head, *_findings(held.findings)]


def _proportionate(decision: ProportionateOut | None) -> list[str]:
    if decision is None:
        return ["2. Proportionate: not decided yet; probation decides (PCD 570, 1.4)"]
    return [
        f"2. Proportionate: {_yes_or_no(decision)}, by {decision.decided_by} of {decision.organisation} on "
        f"{decision.decided_on}, recorded by {decision.recorded_by} ({decision.source})",
        f"   {decision.reasons}",
    ]


def _eligible_for_mapping(each: LicenceDetail) -> list[str]:
    mapping = each.eligible_for_mapping
    head = f"3. Eligible for crime mapping: {mapping.answer} (by the {mapping.horizon_years}-year score)"
    return [head, *_findings(mapping.findings)]


def _findings(findings: Sequence[FindingOut]) -> list[str]:
    width = max(len(finding.answer) for finding in findings)
    return [
        f"   {finding.answer.ljust(width)}  {finding.criterion}: {finding.seen} ({finding.source})"
        for finding in findings
    ]
