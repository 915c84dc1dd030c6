"""Decisions that come later: extended, raised, carried forward, corrected, withdrawn; and what was known before."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.support.papers import (
    EXTENSION,
    LATE,
    NOW,
    allocated,
    enter_pilot_paper,
    extend,
    load_papers,
    portfolio_seen,
    sources,
)
from tests.support.pilot import PILOT
from tracker.budget.position import position
from tracker.decisions.papers import ProgrammeFile, papers, read_text
from tracker.decisions.service import correct, enter_file, withdraw
from tracker.errors import BadEntry, NotFound, Refused
from tracker.programme.discrepancies import discrepancies
from tracker.programme.sections import EndKind, Qualifier
from tracker.record.audit.queries import verify_chain


@pytest.mark.begins_with(fill=load_papers)
def test_an_extension_changes_what_it_says_from_its_day_on_and_nothing_before(engine: Engine) -> None:
    before_it_was_known = NOW + timedelta(hours=1)
    enter_file(engine, read_text(EXTENSION, "pcd-800.toml"), by="officer", now=NOW + timedelta(days=1))
    eve, day = date(2020, 3, 31), date(2020, 4, 1)
    for held in (portfolio_seen(engine, at=eve), portfolio_seen(engine, at=day, known_at=before_it_was_known)):
        assert held.approved == 730_000_00
        assert allocated(held)["tagging", None] == 469_000_00
        assert held.ends()[EndKind.LAST_TO_IMPOSE]["day"] == date(2020, 4, 30)
        assert EndKind.LAST_TO_MONITOR not in held.ends()
        assert (held.contract("gps-tags").ceiling, held.contract("gps-tags").ends_on) == (None, None)
    after = portfolio_seen(engine, at=day)
    assert after.approved == 980_000_00
    assert allocated(after)["tagging", None] == 369_000_00
    assert allocated(after)["tagging", "2020/21"] == 350_000_00
    assert sum(allocated(after).values()) == after.approved
    assert after.ends()[EndKind.LAST_TO_IMPOSE]["day"] == date(2021, 3, 31)
    assert after.ends()[EndKind.LAST_TO_MONITOR]["day"] == date(2021, 6, 30)
    contract = after.contract("gps-tags")
    assert (contract.ceiling, contract.ends_on) == (849_000_00, date(2021, 6, 30))


@pytest.mark.begins_with(fill=load_papers)
def test_money_is_not_carried_forward_twice(engine: Engine) -> None:
    too_much = EXTENSION.replace('"100,000"', '"469,000.01"')
    with pytest.raises(Refused, match=r"carry-forward on 2020-04-01 from tagging \(no year\) of .* is £0\.01 more"):
        enter_file(engine, read_text(too_much, "pcd-800.toml"), by="officer", now=NOW)
    assert portfolio_seen(engine, at=LATE).approved == 730_000_00
    enter_file(engine, read_text(EXTENSION, "pcd-800.toml"), by="officer", now=NOW)
    again = EXTENSION.replace("PCD 800", "PCD 801").replace('"100,000"', '"370,000"')
    with pytest.raises(Refused, match="£1,000 more"):
        enter_file(engine, read_text(again, "pcd-801.toml"), by="officer", now=NOW)


@pytest.mark.begins_with(fill=load_papers)
def test_a_corrected_entry_leaves_what_was_known_before(engine: Engine) -> None:
    corrected = """
    [programme]
    key = "marsoc"
    [[statement]]
    decision = "PCD 1581"
    effective_on = "2024-01-19"
    subject = "detective sergeants"
    value = "1"
    qualifier = "up to"
    unit = "posts"
    source = "PCD 1581, 2.5"
    """
    report = enter_file(engine, read_text(corrected, "c.toml"), by="officer", now=NOW + timedelta(days=1))
    assert (report.new, report.corrected) == (0, 1)

    def qualifier(known_at: datetime | None = None) -> Qualifier:
        rows = portfolio_seen(engine, "marsoc", known_at=known_at).of("statement")
        return next(Qualifier(row["qualifier"]) for row in rows if row["subject"] == "detective sergeants")

    assert qualifier() is Qualifier.UP_TO
    assert qualifier(NOW + timedelta(hours=1)) is Qualifier.EXACTLY


@pytest.mark.begins_with(fill=enter_pilot_paper)
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ([('amount_pounds = "250,000"\nsource', 'amount_pounds = "350,000"\nsource')], "reaches its line without one"),
        (
            [('from_line = "tagging"', 'from_line = "tagging"\nfrom_year = "2019/20"')],
            "from tagging 2019/20 of PCD 570",
        ),
        ([('from_line = "tagging"', 'to_line = "tagging"')], "from the money that PCD 570 gave to no line"),
        ([('from_decision = "PCD 570"', 'from_decision = "PCD 800"')], "within PCD 800 and one year|from tagging"),
        ([('effective_on = "2020-04-01"', 'effective_on = "2019-03-01"')], "which takes effect later, on 2019-04-01"),
        ([('from_decision = "PCD 799"', 'from_decision = "PCD 570"')], "whose money is already on record"),
    ],
)
def test_money_is_never_added_twice(engine: Engine, changes: list[tuple[str, str]], why: str) -> None:
    with pytest.raises(Refused, match=why):
        extend(engine, *changes)
    assert portfolio_seen(engine).approved == 730_000_00


@pytest.mark.begins_with(fill=load_papers)
def test_what_no_line_had_can_be_carried_forward_to_one(engine: Engine) -> None:
    words = """
    [programme]
    key = "atom"
    [[decision]]
    reference = "PCD 1000"
    title = "ATOM, second year"
    effective_on = "2021-04-01"
    effective_basis = "start of the year"
    [[funding]]
    key = "rest"
    kind = "carried forward"
    amount_pounds = "750"
    year = "2021/22"
    from_decision = "PCD 907"
    to_line = "training"
    source = "PCD 1000, 1"
    """
    enter_file(engine, read_text(words, "a.toml"), by="officer", now=NOW)
    held = portfolio_seen(engine, "atom")
    assert held.approved == 246_750_00
    assert allocated(held)["training", "2021/22"] == 750_00
    assert position(held.approved, held.allocations()).unallocated == 0
    with pytest.raises(Refused, match=r"£0\.01 more"):
        enter_file(engine, read_text(words.replace('"750"', '"750.01"'), "a.toml"), by="officer", now=NOW)


@pytest.mark.begins_with(fill=enter_pilot_paper)
def test_a_ceiling_that_was_not_stated_is_raised_to_an_amount_not_by_one(engine: Engine) -> None:
    by = ('ceiling_pounds = "849,000"', 'ceiling_by_pounds = "350,000"')
    with pytest.raises(BadEntry, match="raises the ceiling of gps-tags, but no ceiling is on record"):
        extend(engine, by)
    correct(engine, PILOT, "contract", {"key": "gps-tags"}, {"ceiling_pounds": "499,000"}, by="officer", now=NOW)
    extend(engine, by)
    assert portfolio_seen(engine, at=date(2020, 3, 31)).contract("gps-tags").ceiling == 499_000_00
    assert portfolio_seen(engine, at=date(2020, 4, 1)).contract("gps-tags").ceiling == 849_000_00
    assert portfolio_seen(engine).contract("gps-tags").let["supplier"] == "Buddi Ltd"
    assert portfolio_seen(engine).ends()[EndKind.CONTRACT]["day"] == date(2021, 6, 30)


@pytest.mark.begins_with(fill=enter_pilot_paper)
def test_an_entry_made_by_mistake_is_withdrawn_unless_others_name_it(engine: Engine) -> None:
    extend(engine)
    later: dict[str, Any] = {"by": "officer", "now": NOW + timedelta(days=1)}
    with pytest.raises(BadEntry, match="from_decision is 'PCD 570'"):
        withdraw(engine, PILOT, "decision", {"reference": "PCD 570"}, "x", **later)
    with pytest.raises(NotFound, match="6 entries of allocation match"):
        withdraw(engine, PILOT, "allocation", {}, "x", **later)
    with pytest.raises(NotFound, match="No entries of allocation match"):
        withdraw(engine, PILOT, "allocation", {"line": "tugging"}, "x", **later)
    with pytest.raises(BadEntry, match="allocation has no field colour"):
        withdraw(engine, PILOT, "allocation", {"colour": "red"}, "x", **later)
    withdraw(engine, PILOT, "allocation", {"decision": "PCD 800"}, "wrong line", **later)
    assert allocated(portfolio_seen(engine))["tagging", "2020/21"] == 100_000_00
    assert allocated(portfolio_seen(engine, known_at=NOW + timedelta(hours=1)))["tagging", "2020/21"] == 350_000_00
    enter_pilot_paper(engine)
    assert verify_chain(engine).broken is None


@pytest.mark.begins_with(fill=enter_pilot_paper)
def test_the_papers_loaded_again_leave_what_an_officer_corrected_or_withdrew(engine: Engine) -> None:
    later: dict[str, Any] = {"by": "officer", "now": NOW + timedelta(days=1)}
    correct(engine, PILOT, "contract", {"key": "gps-tags"}, {"supplier": "Buddi Limited"}, **later)
    withdraw(engine, PILOT, "statement", {"subject": "support"}, "not a figure", **later)
    report = enter_file(engine, next(papers()), by="officer", now=NOW + timedelta(days=2))
    assert (report.new, report.corrected) == (0, 0)
    assert portfolio_seen(engine).contract("gps-tags").let["supplier"] == "Buddi Limited"
    assert "support" not in {row["subject"] for row in portfolio_seen(engine).of("statement")}


@pytest.mark.begins_with(fill=load_papers)
def test_a_condition_is_met_from_a_day_on(engine: Engine) -> None:
    met = """
    [programme]
    key = "atom"
    [[condition]]
    decision = "PCD 907"
    effective_on = "2020-09-01"
    contract = "cdw-var"
    key = "dpia-first"
    words = "not put to use until the DPIA is completed"
    state = "met"
    evidence = "DPIA signed off"
    source = "PCD 907, 6.2"
    """
    enter_file(engine, read_text(met, "met.toml"), by="officer", now=NOW)

    def states(at: date) -> list[str]:
        return [row["state"] for row in portfolio_seen(engine, "atom", at).contract("cdw-var").conditions]

    assert states(date(2020, 8, 31)) == ["not met"]
    assert states(date(2020, 9, 1)) == ["met"]


@pytest.mark.begins_with(fill=enter_pilot_paper)
def test_ends_that_contradict_one_another_are_found(engine: Engine) -> None:
    extend(engine, ('day = "2021-06"', 'day = "2021-02"'), ('ends_on = "2021-06"', 'ends_on = "2021-01"'))
    rules = {
        each.subject: sources(each) for each in discrepancies(portfolio_seen(engine)) if each.rule == "ends in order"
    }
    assert rules == {
        "last day to impose and last day to monitor": ["PCD 800, 1.1", "PCD 800, 1.1"],
        "last day to impose and contract's end": ["PCD 800, 1.1", "PCD 800, 5.1"],
        "last day to monitor and contract's end": ["PCD 800, 1.1", "PCD 800, 5.1"],
    }


@pytest.mark.begins_with(fill=enter_pilot_paper)
def test_boroughs_that_a_later_decision_adds_are_no_fault_of_the_earlier_one(engine: Engine) -> None:
    bexley = '[[place]]\nplace = "Bexley"\nkind = "borough"\nphase = "September"\nsource = "PCD 800, 1.2"\n'
    extend(engine, ("[[amendment]]", bexley + "[[amendment]]"))
    assert len(discrepancies(portfolio_seen(engine))) == 5
    assert "Bexley" not in {row["place"] for row in portfolio_seen(engine, at=date(2020, 3, 31)).of("place")}
    assert "Bexley" in {row["place"] for row in portfolio_seen(engine, at=date(2020, 4, 1)).of("place")}


def test_a_section_that_is_not_a_table_is_reported() -> None:
    with pytest.raises(BadEntry, match=r"x.toml, decision 1: 'PCD 1' is not a table"):
        read_text("decision = 'PCD 1'\n[programme]\nkey = 'k'", "x.toml")


@pytest.mark.begins_with(fill=enter_pilot_paper)
@pytest.mark.parametrize(
    ("words", "why"),
    [
        ('decision = "PCD 1"', ".programme. has no field decision. Its fields are key and name"),
        ("[[line]]\n[line.key]", "key: {} is not text"),
        ("[decision]\nreference = 1", "title is missing"),
        ('[[places]]\nkind = "borough"', "the names are missing"),
        ('[[line]]\nkey = "' + "k" * 65 + '"\ntitle = "t"\nsource = "s"', "has 65 characters. Give at most 64"),
        ('[[line]]\nkey = "k"\ntitle = "t"\nsource = "s"\n' * 2, "Entered twice: line key=k"),
        ('[[phase]]\nname = "p"\nnumber = 99999999999999999999\nsource = "s"', "is not a whole number from 0"),
        ('[[funding]]\nkey = "f"\nkind = "approved"\namount_pounds = "-5"\nsource = "s"', "above £0"),
        (
            '[[funding]]\nkey = "f"\nkind = "approved"\namount_pounds = "99999999999999999"\nsource = "s"',
            "too large; give pounds up to",
        ),
    ],
)
def test_a_malformed_file_is_reported_in_words(engine: Engine, words: str, why: str) -> None:
    head = '[programme]\nkey = "gps-knife-licence"\n'
    usual = 'decision = "PCD 570"\neffective_on = "2019-04-01"\n'
    text = head + words.replace('source = "s"', 'source = "s"\n' + usual)
    with pytest.raises(BadEntry, match=why):
        enter_file(engine, read_text(text, "x.toml"), by="officer", now=NOW)


def test_what_a_later_version_reads_in_the_papers_is_added_and_no_correction_is_undone(engine: Engine) -> None:
    def paper(*lines: str) -> ProgrammeFile:
        return replace(read_text("\n".join((_DUTY_HEAD, *lines)), "p.toml"), once=True)

    later: dict[str, Any] = {"by": "officer", "now": NOW + timedelta(days=1)}
    enter_file(engine, paper('words = "DPIA"'), by="officer", now=NOW)
    correct(engine, "p", "duty", {"key": "dpia"}, {"words": "DPIA, before use"}, **later)
    report = enter_file(engine, paper('words = "DPIA"', 'done_words = "has been completed"'), **later)
    assert (report.new, report.corrected) == (0, 1)
    duty = portfolio_seen(engine, "p").of("duty")[0]
    assert (duty["words"], duty["done_words"]) == ("DPIA, before use", "has been completed")
    withdraw(engine, "p", "duty", {"key": "dpia"}, "no duty of ours", **later)
    again = enter_file(engine, paper('words = "DPIA"', 'done_words = "is done"'), **later)
    assert (again.new, again.corrected) == (0, 0)
    assert portfolio_seen(engine, "p").of("duty") == []


_DUTY_HEAD = """
[programme]
key = "p"
name = "P"
[[decision]]
reference = "PCD 1"
title = "t"
effective_on = "2019-01-01"
effective_basis = "stated"
[[duty]]
key = "dpia"
kind = "obligation"
source = "PCD 1, 6"
"""
