"""Cohort exports: no identifiers, no one singled out by comparing two of them, the same bytes each time."""

import csv
import hashlib
import io
import json
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from tests.proofs.recorder import Proof
from tests.support.cohorts import BASE, BY, KEY, built, heard, released
from tests.support.evaluation_world import NOW, TODAY, peopled, populate
from tests.support.people import erase_person
from tests.support.reoffences import AFTER, reoffended
from tracker.errors import BadEntry, IllegalMove, NotFound, Refused
from tracker.evaluation.cohort import linkage_service as linkage
from tracker.evaluation.cohort import package, risk
from tracker.evaluation.cohort import service as cohorts
from tracker.evaluation.cohort.columns import COLUMNS, DESIGN, Context, Signal
from tracker.evaluation.cohort.definition import Dates
from tracker.evaluation.cohort.parse import parse
from tracker.evaluation.cohort.risk import WITHHELD, Shown
from tracker.evaluation.cohort.service import Built
from tracker.evaluation.people.queries import subjects
from tracker.evaluation.people.subject import RecordedOffence, Subject
from tracker.evaluation.releases.queries import exports, linkage_of, live_pseudonyms
from tracker.licences.spans import Span
from tracker.record.audit.queries import verify_chain
from tracker.record.audit.tables import AuditEntry
from tracker.record.entry import entering
from tracker.times import AsOf


def frame(found: Built) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(found.files["cohort.parquet"]))


SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.prove("export-names-no-one")) for seed in range(2, 30))]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_no_export_contains_an_identifier_of_anyone(proof: Proof, engine: Engine, tmp_path: Path, seed: int) -> None:
    """Every column that may leave, in random worlds, in CSV and Parquet and all that goes with them."""
    proof.material("made-up people, every column that may leave", 60, str(seed))
    made = random.Random(seed)
    secrets = populate(engine, seed, 60)
    reoffended(engine, tmp_path, range(0, 60, 2))
    with engine.connect() as connection:
        untagged = sum("fitted" not in s.reached for s in subjects(connection, 1, AsOf(date(2021, 5, 31))))
    for purpose in sorted({p for c in COLUMNS.values() for p in c.purposes}):
        columns = [c.name for c in COLUMNS.values() if purpose in c.purposes and c.name not in DESIGN]
        made.shuffle(columns)
        # Who wore a tag is not blanked: where too few did not, only the others may leave.
        least = 20 if "reoffended" in columns else 5
        reached = "screened" if untagged == 0 or untagged >= least else "fitted"
        changes = {"dates": made.choice(tuple(Dates)), "wide_ages": made.random() < 0.5, "class_at_least": 5}
        changes |= {"reached": reached}
        found = built(engine, made.randbytes(32), known_at=AFTER, purpose=purpose, columns=columns, **changes)
        table = frame(found)
        assert table.height == (60 if reached == "screened" else 60 - untagged)
        values = {str(v) for row in table.iter_rows() for v in row}
        assert not values & (secrets.texts | secrets.days | secrets.places)
        for name, data in found.files.items():
            text = "" if name == "cohort.parquet" else data.decode()
            for secret in secrets.texts | secrets.days | secrets.places:
                assert len(secret) < 6 or secret not in text, (name, secret)
            for forbidden in ("Nightingale", "Auntie", "neighbour", "Sergeant", "CRIME"):
                assert forbidden not in text


@pytest.mark.begins_with(fill=peopled(80))
def test_a_prison_that_is_a_formula_does_not_run_in_a_spreadsheet(engine: Engine) -> None:
    found = built(engine, columns=["group", "prison"])
    cells = [cell for row in csv.reader(io.StringIO(found.files["cohort.csv"].decode())) for cell in row]
    assert any("calc" in cell for cell in cells)
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


@pytest.mark.slow
@pytest.mark.begins_with(fill=peopled(80))
def test_the_same_inputs_and_key_give_the_same_bytes(engine: Engine) -> None:
    first, second = built(engine), built(engine)
    assert first.files == second.files
    assert first.sha256 == second.sha256
    other = built(engine, b"x" * 32)
    assert other.sha256 != first.sha256
    assert not set(frame(first)["person"]) & set(frame(other)["person"])
    number = released(engine)
    # What is entered afterwards changes nothing of what was known then.
    populate(engine, 9, 3, first=900)
    assert len(set(cohorts.rebuilt_digests(engine, number, lambda _: heard))) == 1


@pytest.mark.begins_with(fill=peopled(80))
def test_the_flow_is_the_export_s_own_numbers(engine: Engine) -> None:
    found = built(engine, columns=["group", "eligible", "imposed", "fitted", "mapped"])
    table = frame(found)
    flow = {row["step"]: row["people"] for row in csv.DictReader(io.StringIO(found.files["flow.csv"].decode()))}
    assert flow["screened"] == str(table.height)
    for step in ("eligible", "imposed", "fitted"):
        assert flow[step] in (WITHHELD, str(table[step].sum()))
    equality = list(csv.DictReader(io.StringIO(found.files["equality.csv"].decode())))
    assert {row["characteristic"] for row in equality} == {"sex", "age", "ethnicity"}
    males = frame(built(engine, columns=["sex"], class_at_least=3)).filter(pl.col("sex") == "male")
    [said] = [row["people"] for row in equality if row["group"] == "male"]
    assert said in (WITHHELD, str(males.height))
    package = json.loads(found.files["datapackage.json"])
    assert [f["name"] for f in package["resources"][0]["schema"]["fields"]] == table.columns
    manifest = json.loads(found.files["manifest.json"])
    assert set(manifest["files"]) == set(found.files) - {"manifest.json"}


@pytest.mark.begins_with(fill=peopled(80))
def test_an_export_whose_bytes_change_is_of_another_format(engine: Engine) -> None:
    """Raise `FORMAT` with a change of this: exports of before are then said to be another version's."""
    files = built(engine).files
    texts = b"".join(files[name] for name in ("cohort.csv", "flow.csv", "equality.csv", "dictionary.csv", "README.txt"))
    assert (package.FORMAT, hashlib.sha256(texts).hexdigest()[:16]) == (6, "b22718dda14f550f")


@pytest.mark.begins_with(fill=peopled(80))
def test_an_export_of_another_version_is_not_made_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    number = released(engine)
    on_record, now = cohorts.rebuilt_digests(engine, number, lambda _: heard)
    assert on_record == now
    monkeypatch.setattr(package, "FORMAT", package.FORMAT + 1)
    assert cohorts.rebuilt_digests(engine, number, lambda _: heard) == (on_record, None)


def test_exposure_is_worn_less_custody_less_silence_in_whole_weeks() -> None:
    began = datetime(2019, 9, 2, tzinfo=UTC)
    worn = (Span(began, began + timedelta(days=70)),)
    monitored = (Span(began, began + timedelta(days=30)), Span(began + timedelta(days=40), began + timedelta(days=70)))
    person = Subject(person_id=1, wearer_ref="W1", release_on=began.date(), worn=worn, monitored=monitored)
    gaps = (Span(began, began + timedelta(days=6)), Span(began + timedelta(days=29), began + timedelta(days=48)))
    silent = Signal(gaps, "fixes")
    context = Context(parse(BASE), {"W1": silent})
    shown = {
        name: COLUMNS[f"{name}_weeks"].of_subject(person, context)
        for name in ("worn", "monitored", "no_signal", "exposure")
    }
    # 70 days, 60 of them monitored, 6 + 1 + 8 of these silent.
    assert shown == {"worn": 10, "monitored": 8, "no_signal": 2, "exposure": 6}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.begins_with(fill=peopled(80))
def test_an_export_that_followed_one_destroyed_is_made_again_as_it_was(engine: Engine) -> None:
    """The one that nobody took bound the next no more, and does not when that is verified."""
    first = released(engine, columns=["group", "age_band", "sex"])
    with entering(engine, **BY) as entry:
        cohorts.destroyed(entry, first, "nobody took it")
    second = released(engine, b"x" * 32, columns=["group", "ethnicity", "bcu"])
    assert len(set(cohorts.rebuilt_digests(engine, second, lambda _: heard))) == 1


@pytest.mark.slow
@pytest.mark.begins_with(fill=peopled(80))
def test_people_who_share_too_little_are_refused_or_blanked(engine: Engine) -> None:
    columns = ["group", "age_band", "sex", "ethnicity", "bcu"]
    with pytest.raises(Refused, match="with too few others; leave columns out") as refused:
        built(engine, columns=columns, small_classes="refuse")
    assert not any(letter.isdigit() for letter in str(refused.value))
    table = frame(built(engine, columns=columns, class_at_least=6))
    sizes = Counter(table.select(columns).iter_rows())
    assert min(sizes.values()) >= 6
    assert WITHHELD in set(table["bcu"])


@pytest.mark.slow
@pytest.mark.begins_with(fill=peopled(80))
def test_one_filter_more_is_refused(engine: Engine) -> None:
    """The differencing attack: everyone, then everyone but a few."""
    released(engine)
    levels = ["male", "not recorded"]
    with pytest.raises(Refused, match=r"together with (export|release) 1"):
        built(engine, where={"sex": levels})
    # As it was it may be asked for again: nobody is told by it.
    assert built(engine, b"z" * 32).cohort.people == built(engine).cohort.people


@pytest.mark.slow
@pytest.mark.begins_with(fill=peopled(80))
def test_a_second_export_with_finer_bands_of_the_same_people_is_refused(engine: Engine) -> None:
    released(engine, columns=["group", "age_band", "sex"])
    with pytest.raises(
        Refused, match=r"together with export 1 .*ask for the bands that left before \(group, age_band, sex\)"
    ):
        built(engine, columns=["group", "ethnicity", "bcu"])


@pytest.mark.slow
@pytest.mark.begins_with(fill=peopled(80))
def test_a_linked_series_keeps_its_pseudonyms_and_records_why(engine: Engine) -> None:
    number = released(engine)
    with pytest.raises(BadEntry, match="linked_why"):
        parse({**BASE, "linked_to": number})
    definition = parse({**BASE, "linked_to": number, "linked_why": "the second wave of it"})
    with engine.connect() as connection:
        assert cohorts.key_for(connection, definition, b"new") == KEY
        assert len(live_pseudonyms(connection, 1)) == 80
    with pytest.raises(NotFound, match="no cohort export 99"):
        built(engine, linked_to=99, linked_why="the second wave of it")


@pytest.mark.slow
@pytest.mark.begins_with(fill=peopled(80))
def test_a_linkage_file_is_requested_approved_by_another_person_and_handed_over(engine: Engine) -> None:
    number = released(engine)
    with pytest.raises(IllegalMove, match="not asked for"):
        linkage.hand_over_linkage(engine, number, by="dee", now=NOW)
    linkage.ask_linkage(engine, number, "A. Linker", "Data Lab", "reoffending data", **BY)
    with pytest.raises(Refused, match="another person has to decide"):
        linkage.decide_linkage(engine, number, True, "mine", **BY)
    linkage.decide_linkage(engine, number, True, "agreement 12", by="dee", now=NOW)
    data, recipient = linkage.hand_over_linkage(engine, number, by="dee", now=NOW)
    assert recipient == "A. Linker, Data Lab"
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    people = set(frame(built(engine))["person"])
    assert {row["person"] for row in rows} == people
    assert all(row["pnc_id_or_reference"].startswith("PNC") for row in rows)
    with pytest.raises(IllegalMove):
        linkage.hand_over_linkage(engine, number, by="dee", now=NOW)
    with engine.connect() as connection:
        disclosed = select(AuditEntry.person_id).where(AuditEntry.subject == "linkage", AuditEntry.action == "disclose")
        assert len(set(connection.scalars(disclosed))) == 80
        assert linkage_of(connection, number).state == "handed over"


@pytest.mark.begins_with(fill=peopled(80))
def test_an_expired_or_destroyed_export_cannot_be_downloaded(engine: Engine) -> None:
    number = released(engine)
    cohorts.downloaded(engine, number, "cohort.csv", today=TODAY, **BY)
    with pytest.raises(NotFound, match=r"has no file 'secret\.txt'"):
        cohorts.downloaded(engine, number, "secret.txt", today=TODAY, **BY)
    with pytest.raises(Refused, match="until 2021-09-01"):
        cohorts.downloaded(engine, number, "cohort.csv", today=date(2021, 9, 2), **BY)
    with engine.connect() as connection:
        assert [e.number for e in cohorts.expired_exports(connection, date(2021, 9, 2))] == [number]
        takers = select(AuditEntry.by).where(AuditEntry.subject == "cohort_export", AuditEntry.action == "disclose")
        assert list(connection.scalars(takers)) == ["eva"]
    with entering(engine, **BY) as entry:
        cohorts.destroyed(entry, number, "over")
    with pytest.raises(NotFound, match="destroyed"):
        cohorts.downloaded(engine, number, "cohort.csv", today=TODAY, **BY)
    with engine.connect() as connection:
        assert live_pseudonyms(connection, 1) == {}
    assert verify_chain(engine).broken is None


@pytest.mark.slow
@pytest.mark.begins_with(fill=peopled(80))
def test_erasing_a_person_deletes_what_exports_showed_about_them(engine: Engine) -> None:
    released(engine)
    person = erase_person(engine, "W3", reason="asked", by="dee", now=NOW)
    with entering(engine, by="dee", now=NOW) as entry:
        cohorts.forget_shown(entry, person.person_id)
    with engine.connect() as connection:
        [held] = exports(connection)
    assert str(person.person_id) not in held.members["shown"]
    assert len(held.members["shown"]) == 79
    # One row fewer is no difference by which anybody could be told: the erased one is nobody now.
    assert len(built(engine).cohort.people) == 79


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"columns": ["name"]}, "no column 'name' for export"),
        (
            {"purpose": "performance monitoring", "columns": ["reoffended"]},
            "column reoffended may not be exported for performance monit",
        ),
        ({"justification": "x"}, "justification is too short; say in ten characters or more"),
        ({"where": {"wearer": ["W1"]}}, "cannot be selected by 'wearer'"),
        ({"reached": "arrested"}, "reached is 'arrested'; give one of screened"),
        ({"colour": 1}, "unknown field colour"),
        ({"as_at": "soon"}, "as_at is 'soon'"),
        ({"class_at_least": 2}, "class_at_least is 2"),
        ({"columns": ["weight"]}, "the column weight needs comparison"),
        (
            {"columns": ["group", "set"], "comparison": True, "weights": "exact", "covariates": ["sex"]},
            "columns has no sex; set is worked out from the columns that leave",
        ),
        (
            {
                "columns": ["group", "recalls", "weight"],
                "comparison": True,
                "weights": "exact",
                "covariates": ["recalls"],
            },
            "'recalls' is not known of both groups before release",
        ),
    ],
)
def test_an_invalid_definition_is_refused_with_the_reason(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadEntry, match=words):
        parse({**BASE, **changes})


def test_a_definition_comes_back_from_its_plain_values() -> None:
    definition = parse({**BASE, "where": {"sex": ["male"]}, "dates": "months"})
    assert parse(json.loads(json.dumps(definition.plain()))) == definition


ROWS = st.lists(
    st.fixed_dictionaries({"a": st.sampled_from("xyz"), "b": st.sampled_from("pqrs"), "c": st.sampled_from("mn")}),
    min_size=5,
    max_size=60,
)


@settings(max_examples=60)
@given(ROWS, st.integers(2, 5))
def test_blanking_leaves_no_small_class_and_invents_nothing(rows: list[dict[str, str]], limit: int) -> None:
    out, found = risk.blanked(rows, ("a", "b", "c"), limit)
    assert found.below == 0
    assert found.smallest >= min(limit, len(rows))
    assert found.blanked == sum(row[n] == WITHHELD for row in out for n in "abc")
    for before, after in zip(rows, out, strict=True):
        assert all(after[n] in (before[n], WITHHELD) for n in "abc")


def test_values_once_withheld_stay_withheld_and_exports_are_checked_together() -> None:
    rows = [{"a": "x", "b": "p"} for _ in range(6)]
    who = [str(n) for n in range(6)]
    risk.carried(rows, who, ("a", "b"), [Shown(1, ("a",), {"0": (WITHHELD,)})])
    assert rows[0]["a"] == WITHHELD
    assert rows[1]["a"] == "x"
    new = Shown(0, ("b",), dict.fromkeys(who, ("p",)))
    risk.require_together(new, [Shown(1, ("a",), dict.fromkeys(who, ("x",)))], 5)
    split = Shown(2, ("a",), {w: ("x" if w != "5" else "y",) for w in who})
    with pytest.raises(Refused, match="together with export 2 some people share"):
        risk.require_together(new, [split], 5)


def test_exports_that_differ_by_few_are_refused_and_by_many_or_none_not() -> None:
    all_ = frozenset(range(100))
    risk.apart(all_, {1: all_}, 10)
    risk.apart(all_, {1: frozenset(range(80))}, 10)
    with pytest.raises(Refused, match="too few people, by itself or together with export 1"):
        risk.apart(all_, {1: frozenset(range(95))}, 10)
    with pytest.raises(Refused, match="export 2"):
        risk.apart(frozenset(range(5, 100)), {1: frozenset(range(40, 100)), 2: all_}, 10)


def test_three_exports_that_single_out_together_are_refused_though_each_pair_passes() -> None:
    who = [str(n) for n in range(20)]
    halves = {w: ("x" if n < 10 else "y",) for n, w in enumerate(who)}
    parity = {w: ("odd" if n % 2 else "even",) for n, w in enumerate(who)}
    fifths = {w: ("p" if n % 10 < 5 else "q",) for n, w in enumerate(who)}
    first, second, new = Shown(1, ("a",), halves), Shown(2, ("b",), parity), Shown(0, ("c",), fifths)
    # Five of each pair of values, two or three of all three together.
    risk.require_together(second, [first], 5)
    risk.require_together(new, [first], 5)
    risk.require_together(new, [second], 3)
    another = Shown(3, ("d",), {"99": ("z",)})
    with pytest.raises(Refused, match=r"together with export 1, 2 some people share .* \(a, b\)"):
        risk.require_together(new, [first, another, second], 3)
    risk.require_together(new, [first, second], 2)


def test_how_alike_a_class_is_is_measured_by_column() -> None:
    rows = [{"a": "x", "b": n % 2, "c": 1} for n in range(6)] + [{"a": "y", "b": 1, "c": n} for n in range(5)]
    found = risk.diversity(rows, ["a"], ["b", "c"])
    assert found == {"b": risk.Diversity(1, 5), "c": risk.Diversity(1, 6)}
    assert risk.diversity([], ["a"], ["b"]) == {"b": risk.Diversity(0, 0)}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.begins_with(fill=peopled(80))
def test_how_long_a_tag_is_worn_counts_among_what_others_know(engine: Engine) -> None:
    """Of a tag that is still on it gives the week of release away."""
    with pytest.raises(Refused, match=r"share their group, worn_weeks with too few others"):
        built(engine, columns=["group", "worn_weeks"], small_classes="refuse")
    found = built(engine, columns=["group", "worn_weeks", "recalls"], reached="fitted")
    table = frame(found)
    assert table["worn_weeks"].dtype == pl.Int64
    sizes = Counter(table.select("group", "worn_weeks").iter_rows())
    assert min(sizes.values()) >= 5
    assert found.cohort.risk.diversity["recalls"].fewest >= 1
    # Of the comparison group alone, whose rows are the evaluator's own.
    assert [name for name, column in COLUMNS.items() if name.endswith("_weeks") and not column.quasi] == [
        "custody_weeks"
    ]


def test_reoffences_are_coarse_and_leave_once_the_follow_up_is_complete() -> None:
    released = date(2019, 9, 2)
    days = [released + timedelta(days=n) for n in (20, 90, 92)]
    offences = tuple(RecordedOffence(day, "00826", date(2020, 9, 1)) for day in days)
    names = ("reoffended", "reoffences", "reoffended_on", "follow_up_complete", "followed_weeks")

    def shown(as_at: str, n: int) -> list[Any]:
        person = Subject(person_id=1, wearer_ref="W1", release_on=released, offences=offences[:n])
        return [COLUMNS[name].of_subject(person, Context(parse({**BASE, "as_at": as_at}), {})) for name in names]

    # 548 days after the release: the day before nothing is said, whatever is known already.
    assert shown("2021-03-02", 3) == [None, None, None, False, 52]
    assert [shown("2021-03-03", n)[:3] for n in range(4)] == [
        [False, "none", None], [True, "one", 2], [True, "two or more", 2], [True, "two or more", 2]
    ]  # fmt: skip
    assert [name for name, column in COLUMNS.items() if column.awaits_follow_up] == list(names[:3])
