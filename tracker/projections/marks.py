"""Which projections follow a row that was written: of whom, by the row's own columns.

A table of the record is either in `MARKED`, with what a row of it changes, or in `NO_PROJECTION`, with the reason why
no projection depends on it; a test fails for a table in neither.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, Any]


@dataclass(slots=True)
class Marked:
    """What is to be computed again: people by number or reference, those with a licence, those of a programme; tags by
    number or device, the lost ones of a programme whose prices changed; alerts."""

    people: set[int] = field(default_factory=set)
    wearers: set[str] = field(default_factory=set)
    licences: set[int] = field(default_factory=set)
    programmes: set[int] = field(default_factory=set)
    tags: set[int] = field(default_factory=set)
    devices: set[str] = field(default_factory=set)
    priced: set[int] = field(default_factory=set)
    alerts: set[int] = field(default_factory=set)
    everybody: bool = False
    """Everybody with a licence, of whatever programme."""


def marked(written: Iterable[tuple[str, Row]]) -> Marked:
    """Of rows by the names of their tables. A row of a table in neither list marks nothing."""
    out = Marked()
    for table, row in written:
        if (mark := MARKED.get(table)) is not None:
            mark(out, row)
    return out


def _licence(out: Marked, row: Row) -> None:
    out.licences.add(row["licence_id"])


def _person(out: Marked, row: Row) -> None:
    out.people.add(row["person_id"])


def _assignment(out: Marked, row: Row) -> None:
    out.wearers.add(row["wearer_id"])
    out.devices.add(row["device_id"])


def _programme(out: Marked, row: Row) -> None:
    out.programmes.add(row["programme_id"])


def _everybody(out: Marked, row: Row) -> None:
    out.everybody = bool(row)


def _settlement(out: Marked, row: Row) -> None:
    if row.get("licence_id") is not None:
        out.licences.add(row["licence_id"])


OF_PROGRAMME = ("statement", "launch", "phase", "phase_place", "programme_end", "contract")
"""Small tables of a programme, of which a row changes projections of all its people."""
MARKED: dict[str, Callable[[Marked, Row], None]] = {
    "person": lambda out, row: out.people.add(row["id"]),
    "licence": lambda out, row: out.licences.add(row["id"]),
    "licence_event": _licence,
    "licence_terms": _licence,
    "custody": _licence,
    "ogrs_score": _person,
    "screening": _licence,
    "proportionality": _licence,
    "place_event": _licence,
    "assignment": _assignment,
    "settlement": _settlement,
    # The operational period and the supplier's authority are of everybody's places and tags.
    **dict.fromkeys(OF_PROGRAMME, _programme),
    "responsible_person": _everybody,
    "tag": lambda out, row: out.tags.add(row["id"]),
    "tag_event": lambda out, row: out.tags.add(row["tag_id"]),
    "tag_price": lambda out, row: out.priced.add(row["programme_id"]),
    "alert_event": lambda out, row: out.alerts.add(row["alert_id"]),
}

FOR_EVERYBODY = frozenset((*OF_PROGRAMME, "responsible_person"))
"""Small tables that the projections of anybody are computed from."""
PAPERS = "small tables of the papers, read as they are"
_OTHER = "no list of people, licences or tags is made from it"
NO_PROJECTION: dict[str, str] = {
    **dict.fromkeys(
        (
            "decision", "recommendation", "funding", "budget_line", "allocation", "contract_amendment",
            "contract_condition", "capacity_measure", "legal_basis", "duty", "programme", "duty_done", "borough_crime",
        ),
        PAPERS,
    ),
    **dict.fromkeys(
        (
            "actual", "commitment", "commitment_change", "fact_change", "line_forecast", "virement", "crime",
            "crime_batch", "batch_crime", "crime_version", "withdrawal", "withdrawal_step", "reoffence",
            "benchmark", "characteristic", "comparison_person", "cohort_export", "export_key", "linkage_step",
            "review_reader", "table_release", "import_file", "match_job", "accuracy_adoption", "standing_setting",
            "audit_entry", "audit_head", "person_key", "erasure", "erasure_step", "retention_policy", "subject_access",
            "subject_access_event", "changed_match", "changed_match_decision", "candidate_match", "match_moved",
            "match_pool", "match_pool_crime", "match_pool_pair", "match_release", "release_document", "release_told",
            "answered",
            "app_user", "known_address", "login_failure", "login_notice", "login_session", "outside_identity",
            "case_holder", "release_list_row",
            "recovery_code", "refused_attempt", "row_sum", "second_factor", "spent_refresh",
            "told_answer", "told_count", "month_closing", "comparison_set", "analysis_plan",
            "match_note", "match_news", "match_news_seen", "match_news_mail",
        ),
        _OTHER,
    ),
    **dict.fromkeys(
        ("identity", "address", "device_model", "licence_note"),
        "read by the number of the person or the licence, or by the device, that is shown",
    ),
    "alert": "nothing is known of an alert before its first move",
    **dict.fromkeys(
        ("eligible_span", "day_state", "day_count", "latest_crime", "crime_tally"), "a projection itself"
    ),
}  # fmt: skip
