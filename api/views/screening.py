"""Screening, the three decisions and scores, for a person at a terminal and for another program. Nobody is named."""

from typing import Any

from api.wording.text import table
from tracker.answers import Finding
from tracker.ogrs.gate import GateInterval, band
from tracker.ogrs.queries import RecordedScore
from tracker.ogrs.service import ScoreReport
from tracker.screening.decisions import Proportionate
from tracker.screening.queries import Decided, RecordedScreening
from tracker.screening.service import ScreenedAgain

_TITLES = ["licence", "wearer", "release", "eligible for a tag", "proportionate", "crime mapping"]


def list_in_words(held: list[Decided]) -> list[str]:
    if not held:
        return ["No licence is on record yet: tagpilot screen import list.csv"]
    rows = [
        [
            each.licence.reference,
            each.licence.wearer_ref,
            _release(each),
            each.screening.answer.value if each.screening else "not screened",
            _said(each.proportionate),
            each.mapping.answer.value,
        ]
        for each in held
    ]
    horizon = held[0].mapping.horizon_years
    return [
        f"Licences: {len(held):,}",
        table(_TITLES, rows),
        "",
        f"Crime mapping: tagged, and a {horizon}-year score of 50 % or over.",
    ]


def _release(each: Decided) -> str:
    licence = each.licence
    if licence.release_on is None:
        return "not known"
    return f"{licence.release_on}{'' if licence.released_at else ' planned'}"


def _said(decision: Proportionate | None) -> str:
    if decision is None:
        return "not decided"
    return "yes" if decision.proportionate else "no"


def show_in_words(each: Decided, made: list[RecordedScreening], scores: list[RecordedScore]) -> list[str]:
    """One licence: each decision with its reasons, and what was screened before."""
    licence, decision = each.licence, each.proportionate
    lines = [f"Licence {licence.reference} of wearer {licence.wearer_ref}, release {_release(each)}", ""]
    if each.screening is None:
        lines.append("1. Eligible for a tag: not screened yet")
    else:
        held = each.screening
        lines.append(f"1. Eligible for a tag: {held.answer} (screened {held.screened_on}, rules {held.rules_version})")
        lines += _findings(held.findings)
    if decision is None:
        lines += ["", "2. Proportionate: not decided yet; probation decides (PCD 570, 1.4)"]
    else:
        lines += [
            "",
            f"2. Proportionate: {_said(decision)}, by {decision.decided_by} of {decision.organisation} on "
            f"{decision.decided_on}, recorded by {decision.recorded_by} ({decision.source})",
            f"   {decision.reasons}",
        ]
    mapping = each.mapping
    lines += ["", f"3. Eligible for crime mapping: {mapping.answer} (by the {mapping.horizon_years}-year score)"]
    lines += _findings(mapping.findings)
    if scores:
        lines += ["", *scores_in_words(scores)]
    if len(made) > 1:
        rows = [[str(s.screened_on), s.answer.value, s.rules_version] for s in made]
        lines += ["", table(["screened", "answer", "rules"], rows)]
    return lines


def _findings(findings: tuple[Finding, ...]) -> list[str]:
    width = max(len(finding.answer) for finding in findings)
    return [
        f"   {finding.answer.ljust(width)}  {finding.criterion}: {finding.seen} ({finding.source})"
        for finding in findings
    ]


def again_in_words(screened: list[ScreenedAgain]) -> list[str]:
    changed = [each for each in screened if each.changed]
    lines = [f"Licences screened: {len(screened):,}; with another answer: {len(changed):,}"]
    if screened:
        lines[0] += f"; rules {screened[0].rules_version}"
    if changed:
        rows = [
            [each.reference, each.wearer_ref, each.before.answer if each.before else "-", each.after.answer]
            for each in changed
        ]
        lines.append(table(["licence", "wearer", "before", "after"], rows))
    lines += [f"{each.reference} {each.place}" for each in screened if each.place]
    return lines


def again_plain(screened: list[ScreenedAgain]) -> list[dict[str, Any]]:
    return [
        {
            "licence": each.reference,
            "wearer": each.wearer_ref,
            "before": None if each.before is None else screening_plain(each.before),
            "answer": each.after.answer.value,
            "rulesVersion": each.rules_version,
            "findings": [finding.to_json() for finding in each.after.findings],
            "place": each.place,
        }
        for each in screened
    ]


def decided_plain(each: Decided) -> dict[str, Any]:
    """The three decisions, side by side."""
    decision = each.proportionate
    return {
        "licence": each.licence.reference,
        "wearer": each.licence.wearer_ref,
        "releaseOn": None if each.licence.release_on is None else str(each.licence.release_on),
        "released": each.licence.released_at is not None,
        "eligibleForTag": None if each.screening is None else screening_plain(each.screening),
        "proportionate": None
        if decision is None
        else {
            "proportionate": decision.proportionate,
            "decidedBy": decision.decided_by,
            "organisation": decision.organisation,
            "decidedOn": str(decision.decided_on),
            "recordedBy": decision.recorded_by,
            "reasons": decision.reasons,
            "source": decision.source,
        },
        "eligibleForMapping": {
            "answer": each.mapping.answer.value,
            "horizonYears": each.mapping.horizon_years,
            "findings": [finding.to_json() for finding in each.mapping.findings],
        },
    }


def screening_plain(held: RecordedScreening) -> dict[str, Any]:
    return {
        "answer": held.answer.value,
        "screenedOn": str(held.screened_on),
        "rulesVersion": held.rules_version,
        "findings": [finding.to_json() for finding in held.findings],
    }


def scores_in_words(scores: list[RecordedScore]) -> list[str]:
    rows = [
        [
            str(held.score.scored_on),
            f"{held.score.pct_hundredths / 100:g} %",
            f"{held.score.horizon_years}-year {held.score.instrument}",
            "computed here" if held.score.computed else "given, rounded" if held.score.rounded else "given",
            band(held.score.pct_hundredths),
            held.given_by,
        ]
        for held in scores
    ]
    return [table(["scored on", "score", "instrument", "", "band", "by"], rows)]


def gate_in_words(gate: list[GateInterval], horizon_years: int) -> list[str]:
    head = f"The mapping gate, by the {horizon_years}-year score, 50 % or over"
    if not gate:
        return [f"{head}: closed"]
    ends = ["until further notice" if i.until is None else f"until the day before {i.until}" for i in gate]
    return [f"{head}:", *[f"  open from {i.since} {end}: {i.why}" for i, end in zip(gate, ends, strict=True)]]


def scores_plain(scores: list[RecordedScore], gate: list[GateInterval], horizon_years: int) -> dict[str, Any]:
    return {
        "horizonYears": horizon_years,
        "scores": [
            {
                "scoredOn": str(held.score.scored_on),
                "pct": held.score.pct_hundredths / 100,
                "horizonYears": held.score.horizon_years,
                "instrument": held.score.instrument,
                "version": held.version,
                "rounded": held.score.rounded,
                "computed": held.score.computed,
                "band": band(held.score.pct_hundredths),
                "givenBy": held.given_by,
            }
            for held in scores
        ],
        "gate": [{"from": str(i.since), "to": None if i.until is None else str(i.until), "why": i.why} for i in gate],
    }


def put_in_words(put: ScoreReport) -> list[str]:
    lines = [
        f"{put.score.in_words()}, {band(put.score.pct_hundredths)}" + ("" if put.new else "; was on record already")
    ]
    lines += [f"The mapping gate ({put.horizon_years}-year score) {change.in_words()}." for change in put.changes]
    lines += touched_in_words(put.affected_matches)
    lines += [f"warning: {words}" for words in put.warnings]
    return lines


def touched_in_words(touched: tuple[str, ...]) -> list[str]:
    return [f"Matches touched: {len(touched):,}", *[f"  {words}" for words in touched]] if touched else []
