"""The five papers in the record: every figure, every discrepancy, and what later decisions make of them."""

from datetime import date

import pytest
from sqlalchemy import Engine

from tests.support.papers import NOW, allocated, load_papers, portfolio_seen, sources
from tests.support.pilot import PILOT
from tracker.decisions.papers import PAPERS, papers, read_text
from tracker.decisions.service import enter_file
from tracker.errors import BadEntry, NotFound
from tracker.programme.discrepancies import Discrepancy, discrepancies
from tracker.programme.portfolio import Portfolio
from tracker.programme.queries import programmes, responsible_persons
from tracker.programme.sections import EndKind, PlaceKind, Qualifier
from tracker.record.audit.queries import verify_chain
from tracker.times import AsOf, DayPrecision


def found(held: Portfolio) -> dict[str, Discrepancy]:
    return {each.subject: each for each in discrepancies(held)}


def test_the_papers_are_loaded_once(engine: Engine) -> None:
    first = load_papers(engine)
    assert [report.new for report in first] == [len(paper.entries) for paper in papers()]
    again = load_papers(engine)
    assert [(r.new, r.corrected, r.same) for r in again] == [(0, 0, len(paper.entries)) for paper in papers()]
    with engine.connect() as connection:
        assert len(programmes(connection)) == len(PAPERS)
    assert verify_chain(engine).broken is None


def test_every_entry_of_the_papers_has_its_paragraph() -> None:
    for paper in papers():
        for entered in paper.entries:
            if entered.section != "decision":
                assert entered.values["source"].startswith("PCD "), entered.where


MONEY: list[tuple[str, int, int, int, dict[tuple[str, str | None], int]]] = [
    (
        PILOT,
        730_000,
        0,
        0,
        {
            ("analysis", None): 96_000,
            ("evaluation", None): 60_000,
            ("management", None): 75_000,
            ("tagging", None): 469_000,
            ("lost-tags", None): 30_000,
        },
    ),
    (
        "iioc-ocsae-teams",
        5_197_450,
        1_622_000,
        0,
        {
            ("officer-pay", "2020/21"): 3_600_000,
            ("officer-support", "2020/21"): 200_000,
            ("it-oh-training", "2020/21"): 1_097_450,
            ("estates", "2020/21"): 300_000,
        },
    ),
    ("atom", 246_750, 0, 246_750, {("equipment", "2020/21"): 126_000, ("training", "2020/21"): 120_000}),
    ("ivma", 1_482_400, 0, 0, {("deployment", "2021/22"): 1_482_400}),
    ("marsoc", 882_590, 0, 882_590, {("posts", "2023/24"): 382_590, ("posts", None): 500_000}),
]


@pytest.mark.begins_with(fill=load_papers)
def test_the_money_of_each_paper(engine: Engine) -> None:
    for key, *told, held in MONEY:
        programme = portfolio_seen(engine, key)
        assert [programme.approved, programme.noted, programme.to_claim] == [pounds * 100 for pounds in told]
        assert allocated(programme) == {line: pounds * 100 for line, pounds in held.items()}


@pytest.mark.begins_with(fill=load_papers)
def test_noted_money_is_listed_line_by_line_and_adds_nothing(engine: Engine) -> None:
    rows = [row for row in portfolio_seen(engine, "iioc-ocsae-teams").of("allocation") if row["noted"]]
    assert {row["line"]: row["amount_pence"] // 100 for row in rows} == {
        "officer-pay": 816_000,
        "officer-support": 81_000,
        "project": 133_000,
        "equipment-estates-training": 592_000,
    }
    assert {row["year"] for row in rows} == {"2019/20"}


@pytest.mark.begins_with(fill=load_papers)
def test_the_phases_of_the_pilot(engine: Engine) -> None:
    held = portfolio_seen(engine)
    table = [
        (row["planned_on"], row["planned_precision"], row["running_boroughs"], row["running_maximum"])
        for row in held.of("phase")
    ]
    inferred = DayPrecision.INFERRED_MONTH
    assert table == [
        (date(2019, 2, 18), DayPrecision.DAY, 4, 100),
        (date(2019, 6, 1), inferred, 9, 180),
        (date(2019, 8, 1), inferred, 15, 250),
        (date(2019, 9, 1), inferred, 20, 300),
    ]
    places = {
        row["name"]: [place["place"] for place in held.of("place") if place["phase"] == row["name"]]
        for row in held.of("phase")
    }
    assert places == {
        "February 2019": ["Lambeth", "Lewisham", "Southwark", "Croydon"],
        "June": ["Westminster", "Newham", "Tower Hamlets", "Hackney", "Waltham Forest"],
        "August": ["Camden", "Islington", "Haringey", "Enfield", "Barking and Dagenham", "Redbridge"],
        "September": ["Ealing", "Wandsworth", "Hammersmith and Fulham", "Barnet", "Brent"],
    }


SHAPES: list[tuple[str, int, set[tuple[str, int | None]], dict[EndKind, date], set[PlaceKind]]] = [
    (PILOT, 4, {("tags", 300)}, {EndKind.LAST_TO_IMPOSE: date(2020, 4, 30)}, {PlaceKind.BOROUGH}),
    ("iioc-ocsae-teams", 3, {("teams", 12), ("posts", 108)}, {}, {PlaceKind.BCU}),
    ("atom", 0, set(), {EndKind.GRANT: date(2021, 3, 31)}, {PlaceKind.WHOLE_FORCE}),
    ("ivma", 0, {("devices", None)}, {}, {PlaceKind.WHOLE_FORCE}),
    ("marsoc", 0, {("posts", 5)}, {EndKind.GRANT: date(2026, 3, 31)}, set()),
]


@pytest.mark.begins_with(fill=load_papers)
def test_phases_capacity_ends_and_places_of_each_paper(engine: Engine) -> None:
    for key, phases, measures, ends, kinds in SHAPES:
        held = portfolio_seen(engine, key)
        assert len(held.of("phase")) == phases
        assert {(row["unit"], row["number"]) for row in held.of("measure")} == measures
        assert {kind: row["day"] for kind, row in held.ends().items()} == ends
        assert {row["kind"] for row in held.of("place")} == kinds


@pytest.mark.begins_with(fill=load_papers)
def test_the_other_figures_of_the_papers(engine: Engine) -> None:
    said = {
        (key, row["subject"], row["source"]): (row["value"], row["qualifier"])
        for _, key, _ in ((0, paper.key, "") for paper in papers())
        for row in portfolio_seen(engine, key).of("statement")
    }
    expected = {
        (PILOT, "tags for a robust impact analysis", "PCD 570, 1.9"): ("300", Qualifier.AT_LEAST),
        (PILOT, "additional Mayoral funding to reduce violence", "PCD 570, 3.1"): ("20400000", Qualifier.EXACTLY),
        (PILOT, "age of the wearer", "PCD 570, 1.3"): ("18", Qualifier.AT_LEAST),
        ("iioc-ocsae-teams", "uplift of officer posts", "PCD 767, 1.4"): ("60", Qualifier.EXACTLY),
        ("iioc-ocsae-teams", "offences recorded a month in 2016", "PCD 767, 1.1"): ("96", Qualifier.ABOUT),
        ("iioc-ocsae-teams", "offences recorded a month in 2019", "PCD 767, 1.1"): ("217", Qualifier.ABOUT),
        ("iioc-ocsae-teams", "estate works", "PCD 767, 2.3"): ("4", Qualifier.EXACTLY),
        ("ivma", "recovered tablets in stock", "PCD 1069, report, environmental implications"): (
            "200",
            Qualifier.EXACTLY,
        ),
        ("marsoc", "detective sergeants", "PCD 1581, 2.5"): ("1", Qualifier.EXACTLY),
        ("marsoc", "detective constables", "PCD 1581, 2.5"): ("3", Qualifier.EXACTLY),
        ("marsoc", "intelligence development officers", "PCD 1581, 2.5"): ("1", Qualifier.EXACTLY),
    }
    assert {key: said[key] for key in expected} == expected


@pytest.mark.begins_with(fill=load_papers)
def test_contracts_conditions_duties_and_legal_bases(engine: Engine) -> None:
    held = portfolio_seen(engine)
    contract = held.contract("gps-tags")
    assert (contract.let["supplier"], contract.let["company_number"]) == ("Buddi Ltd", "05308826")
    assert {row["key"] for row in contract.conditions} == {
        "security-clearance",
        "experience",
        "service",
        "public-cloud",
        "uk-only",
        "rented",
        "responsible-procurement",
        "data-protection",
    }
    assert {row["key"]: row["months_after_launch"] for row in held.of("duty") if row["months_after_launch"]} == {
        "equality-review": 6
    }
    titles = " ".join(row["title"] for row in held.of("legal_basis"))
    for basis in ("62(2)", "62(2B)", "3(6)", "143(1)", "149(1)", "5.13", "Data Protection Act 2018"):
        assert basis in titles
    dpia = portfolio_seen(engine, "atom").contract("cdw-var").conditions[0]
    assert "equipment and training" in dpia["words"]
    assert {c.let["supplier"] for c in portfolio_seen(engine, "ivma").contracts()} == {"Babcocks", "CDW"}
    assert {row["reference"] for row in portfolio_seen(engine, "marsoc").of("decision")} == {
        "PCD 1581",
        "PCD 1258",
        "PCD 892",
    }
    with pytest.raises(NotFound, match="Its contracts are gps-tags"):
        held.contract("tags")
    with engine.connect() as connection:
        assert [row["company_number"] for row in responsible_persons(connection, AsOf(date(2019, 6, 1)))] == [
            "02299747",
            "07993509",
            "05308826",
        ]
        assert responsible_persons(connection, AsOf(date(2017, 12, 31))) == []


@pytest.mark.begins_with(fill=load_papers)
def test_a_date_that_was_not_signed_is_not_stated_and_says_why_it_takes_effect(engine: Engine) -> None:
    for key, signed in ((PILOT, None), ("iioc-ocsae-teams", None), ("atom", None), ("ivma", date(2021, 11, 5))):
        decision = portfolio_seen(engine, key).of("decision")[0]
        assert decision["signed_on"] == signed
        assert decision["effective_basis"]
    assert portfolio_seen(engine, "marsoc").of("decision")[0]["signed_on"] == date(2024, 1, 19)


BOTH = [
    (PILOT, "boroughs", ["PCD 570, 2.1", "PCD 570, 1.6"]),
    (
        PILOT,
        "boroughs of the community sentence pilot",
        ["PCD 570, 2.1, asterisks in the table", "PCD 570, 2.1, note to the table"],
    ),
    (PILOT, "state of the contract", ["PCD 570, recommendation B", "PCD 570, 2.5"]),
    (PILOT, "OGRS score for crime mapping", ["PCD 570, 2.3", "PCD 570, note 1"]),
    (PILOT, "MOPAC's part as joint controller", ["PCD 570, 6.1", "PCD 570, 6.2"]),
    ("iioc-ocsae-teams", "money for phase two", ["PCD 767, 1.5", "PCD 767, recommendation 2"]),
    ("iioc-ocsae-teams", "personal data of the public", ["PCD 767, 5.3", "PCD 767, 5.2"]),
    ("iioc-ocsae-teams", "nature of the service", ["PCD 767, 3.4 and 6.1", "PCD 767, 1.3"]),
    ("atom", "money of PCD 907 for 2020/21", ["PCD 907, 3.1", "PCD 907, 2.1"]),
    ("ivma", "PCD 1069", ["PCD 1069, time sensitivity", "PCD 1069, signature"]),
    ("marsoc", "what up to £500,000 is for", ["PCD 1581, executive summary", "PCD 1581, recommendation 2"]),
]


@pytest.mark.begins_with(fill=load_papers)
def test_contradictions_are_shown_with_both_paragraphs(engine: Engine) -> None:
    for key, subject, both in BOTH:
        each = found(portfolio_seen(engine, key))[subject]
        assert sources(each) == both
        assert each.rule


@pytest.mark.begins_with(fill=load_papers)
def test_nothing_else_is_called_a_discrepancy(engine: Engine) -> None:
    assert {paper.key: len(found(portfolio_seen(engine, paper.key))) for paper in papers()} == {
        PILOT: 5,
        "iioc-ocsae-teams": 3,
        "atom": 1,
        "ivma": 1,
        "marsoc": 6,
    }
    assert "£126,000 + £120,000 = £246,000" in str(found(portfolio_seen(engine, "atom")))


@pytest.mark.begins_with(fill=load_papers)
def test_boroughs_that_are_not_as_many_as_stated_are_found_by_counting(engine: Engine) -> None:
    more = read_text(
        """
        [programme]
        key = "gps-knife-licence"
        [[place]]
        decision = "PCD 570"
        effective_on = "2019-09-01"
        place = "Bromley"
        kind = "borough"
        phase = "September"
        source = "PCD 570, entered by mistake"
        """,
        "more.toml",
    )
    enter_file(engine, more, by="officer", now=NOW)
    rules = {(each.rule, each.subject) for each in discrepancies(portfolio_seen(engine))}
    assert ("places counted", "boroughs up to September") in rules
    assert ("figure and record", "boroughs") in rules


@pytest.mark.begins_with(fill=load_papers)
def test_every_fault_is_named_and_nothing_is_entered(engine: Engine) -> None:
    bad = """
    [programme]
    key = "gps-knife-licence"
    [[allocation]]
    decision = "PCD 570"
    effective_on = "2019-13-01"
    line = "tagging"
    amount_pounds = "lots"
    year = "2019/21"
    source = "PCD 570, 3.1"
    [[end]]
    kind = "the end"
    """
    with pytest.raises(BadEntry) as told:
        read_text(bad, "bad.toml")
    for words in ("allocation 1", "2019-13-01", "'lots' is not an amount", "2019/21", "end 1", "decision is missing"):
        assert words in str(told.value)
    unknown = """
    [programme]
    key = "gps-knife-licence"
    [[allocation]]
    decision = "PCD 999"
    effective_on = "2019-04-01"
    line = "tugging"
    amount_pounds = "1"
    source = "x"
    [[place]]
    decision = "PCD 570"
    effective_on = "2019-04-01"
    place = "Barking & Dagenham"
    kind = "borough"
    source = "x"
    """
    with pytest.raises(BadEntry, match="not a line of gps-knife-licence") as told:
        enter_file(engine, read_text(unknown, "unknown.toml"), by="officer", now=NOW)
    assert "'PCD 999', which is not a decision" in str(told.value)
    assert "'Barking & Dagenham', which is not a borough" in str(told.value)
    assert portfolio_seen(engine).approved == 730_000_00
    assert len(portfolio_seen(engine).of("allocation")) == 5
