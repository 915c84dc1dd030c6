"""Contradictions between the papers, quoting both paragraphs. TagPilot reports them and does not choose.

The rules are general and know no particular paper: they compare statements of one subject, parts with their total, a
count with the items counted, and dates that should be in order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import combinations
from typing import Any

from tracker.money import pounds
from tracker.programme.periods import PERIOD, Period, period_of
from tracker.programme.portfolio import ADDS, Portfolio, Row
from tracker.programme.sections import EndKind, PlaceKind, Qualifier


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a contradiction: its words and its paragraph."""

    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A contradiction: `rule` names what was compared, with two or more sides."""

    rule: str
    subject: str
    sides: tuple[Side, ...]


def discrepancies(portfolio: Portfolio) -> list[Discrepancy]:
    """All contradictions, in the order of the rules."""
    rules: tuple[Callable[[Portfolio], Iterator[Discrepancy]], ...] = (
        conflicting_statements,
        periods_apart,
        parts_and_whole,
        parts_and_sum,
        places_counted,
        figures_against_the_record,
        signed_in_time,
        signed_late_in_the_year,
        ends_in_order,
    )
    return [found for rule in rules for found in rule(portfolio)]


def conflicting_statements(portfolio: Portfolio) -> Iterator[Discrepancy]:
    """One subject stated twice by one decision with different values, or different bounds on the same value."""
    by_subject: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in portfolio.of("statement"):
        if row["unit"] != PERIOD:
            by_subject[row["decision"], row["subject"]].append(row)
    for (_, subject), rows in by_subject.items():
        if len({(row["value"], row["qualifier"]) for row in rows}) > 1:
            yield Discrepancy(
                "statements differ", subject, tuple(Side(stated_in_words(row), row["source"]) for row in rows)
            )


def periods_apart(portfolio: Portfolio) -> Iterator[Discrepancy]:
    """Periods of one subject that should follow one another, of any decisions, and overlap."""
    by_subject: dict[str, list[tuple[Period, Row]]] = defaultdict(list)
    for row in portfolio.of("statement"):
        if row["unit"] == PERIOD and (period := period_of(row["value"])) is not None:
            by_subject[row["subject"]].append((period, row))
    for subject, each in by_subject.items():
        for (one, first), (other, second) in combinations(sorted(each, key=lambda pair: pair[0]), 2):
            since, until = max(one.since, other.since), min(one.until, other.until)
            if since <= until and one != other:
                sides = [Side(stated_in_words(row), row["source"]) for row in (first, second)]
                yield Discrepancy("periods overlap", f"{subject}: both from {since} to {until}", tuple(sides))


def parts_and_whole(portfolio: Portfolio) -> Iterator[Discrepancy]:
    """What a decision approves in a year against what it gives to lines in that year; noted money separately."""
    whole: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    parts: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in portfolio.of("funding"):
        if row["kind"] in ADDS:
            whole[row["decision"], row["year"], False].append(row)
        elif row["kind"] == "noted":
            whole[row["decision"], row["year"], True].append(row)
    for row in portfolio.of("allocation"):
        parts[row["decision"], row["year"], bool(row["noted"])].append(row)
    for key, funded in whole.items():
        lines = parts.get(key, [])
        total, given = (sum(row["amount_pence"] for row in rows) for rows in (funded, lines))
        if lines and total != given:
            yield Discrepancy(
                "parts and whole",
                f"money of {key[0]}{f' for {key[1]}' if key[1] else ''}",
                (
                    Side(f"{pounds(total)} in all", _sources(funded)),
                    Side(
                        f"{' + '.join(pounds(row['amount_pence']) for row in lines)} = {pounds(given)}", _sources(lines)
                    ),
                ),
            )


def parts_and_sum(portfolio: Portfolio) -> Iterator[Discrepancy]:
    """The stated parts of a figure, added up, against the figure of the same decision: a statement, or a measure."""
    parts: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in portfolio.of("statement"):
        if row["part_of"] is not None:
            parts[row["decision"], row["part_of"]].append(row)
    for (decision, whole), rows in parts.items():
        numbers = [number_of(row["value"]) for row in rows]
        if None in numbers:
            continue
        total = sum((number for number in numbers if number is not None), Decimal(0))
        stated = [
            (row["qualifier"], number_of(row["value"]), stated_in_words(row), row["source"])
            for row in portfolio.of("statement")
            if (row["decision"], row["subject"]) == (decision, whole)
        ] + [
            (
                row["qualifier"] or Qualifier.EXACTLY,
                Decimal(row["number"]),
                of_unit(str(row["number"]), row["unit"]),
                row["source"],
            )
            for row in portfolio.of("measure")
            if (row["decision"], row["unit"]) == (decision, whole) and row["number"] is not None
        ]
        for qualifier, number, words, source in stated:
            if number is not None and not holds(qualifier, number, total):
                added = " + ".join(f"{row['value']} {row['subject']}" for row in rows)
                yield Discrepancy(
                    "parts and sum", whole, (Side(words, source), Side(f"{added} = {total}", _sources(rows)))
                )


def places_counted(portfolio: Portfolio) -> Iterator[Discrepancy]:
    """The stated running number of boroughs of each phase against the boroughs listed up to it."""
    upto: set[str] = set()
    for phase in sorted(portfolio.of("phase"), key=lambda row: row["number"]):
        upto.add(phase["name"])
        mine = [row for row in _then(portfolio, phase) if row["phase"] == phase["name"]]
        running = sum(1 for row in _then(portfolio, phase) if row["phase"] in upto and row["kind"] is PlaceKind.BOROUGH)
        if phase["running_boroughs"] is not None and phase["running_boroughs"] != running:
            yield Discrepancy(
                "places counted",
                f"boroughs up to {phase['name']}",
                (
                    Side(f"{phase['running_boroughs']} boroughs", phase["source"]),
                    Side(f"{running} boroughs are listed", _sources(mine) or phase["source"]),
                ),
            )


def figures_against_the_record(portfolio: Portfolio) -> Iterator[Discrepancy]:
    """Stated figures against the record's own counts: each subject as the latest decision states it."""
    latest = {row["subject"]: row for row in sorted(portfolio.of("statement"), key=lambda row: row["effective_on"])}
    for row in portfolio.of("statement"):
        if row["decision"] != latest[row["subject"]]["decision"]:
            continue
        own, number = own_counts(portfolio, row), number_of(row["value"])
        if number is None or row["subject"] not in own:
            continue
        count = own[row["subject"]]
        if not holds(row["qualifier"], number, count):
            yield Discrepancy(
                "figure and record",
                row["subject"],
                (Side(stated_in_words(row), row["source"]), Side(f"{count} by the record's own count", "the record")),
            )


def own_counts(portfolio: Portfolio, stated: Row) -> dict[str, int]:
    """The record's own counts of subjects that papers state, as of the statement's decision."""
    boroughs = {row["place"] for row in _then(portfolio, stated) if row["kind"] is PlaceKind.BOROUGH}
    return {"boroughs": len(boroughs)} if boroughs else {}


def _then(portfolio: Portfolio, stated: Row) -> list[Row]:
    """The places that a paper could count: its own, and those entered before it."""
    return [
        row
        for row in portfolio.of("place")
        if row["decision"] == stated["decision"] or row["effective_on"] <= stated["effective_on"]
    ]


def signed_in_time(portfolio: Portfolio) -> Iterator[Discrepancy]:
    """A decision signed after the day by which it was needed."""
    for row in portfolio.of("decision"):
        if row["needed_by"] is not None and row["signed_on"] is not None and row["signed_on"] > row["needed_by"]:
            yield Discrepancy(
                "signed in time",
                row["reference"],
                (
                    Side(f"a decision is required by {row['needed_by']}", f"{row['reference']}, time sensitivity"),
                    Side(f"signed on {row['signed_on']}", f"{row['reference']}, signature"),
                ),
            )


def signed_late_in_the_year(portfolio: Portfolio) -> Iterator[Discrepancy]:
    """A decision signed in the last quarter of the financial year that its money is for, or later."""
    signed = {row["reference"]: row["signed_on"] for row in portfolio.of("decision")}
    for row in portfolio.of("funding"):
        on = signed.get(row["decision"])
        if on is None or row["year"] is None or row["kind"] not in ADDS:
            continue
        begins = date(int(row["year"][:4]), 4, 1)
        days, all_days = (on - begins).days, (begins.replace(year=begins.year + 1) - begins).days
        if 4 * days >= 3 * all_days:
            gone = f"{days} of {all_days} days" if days < all_days else "all"
            yield Discrepancy(
                "signed late in the year",
                f"{row['decision']}, money for {row['year']}",
                (
                    Side(f"{pounds(row['amount_pence'])} for {row['year']}, which began on {begins}", row["source"]),
                    Side(f"signed on {on}, when {gone} of the year had gone", f"{row['decision']}, signature"),
                ),
            )


def ends_in_order(portfolio: Portfolio) -> Iterator[Discrepancy]:
    """The last days to impose and to monitor and the contract's end should be in this order; a contract has one end."""
    ends = portfolio.ends()
    in_order = (
        (EndKind.LAST_TO_IMPOSE, EndKind.LAST_TO_MONITOR),
        (EndKind.LAST_TO_IMPOSE, EndKind.CONTRACT),
        (EndKind.LAST_TO_MONITOR, EndKind.CONTRACT),
    )
    for first, last in in_order:
        one, other = ends.get(first), ends.get(last)
        if one is None or other is None or not one["day"] or not other["day"] or one["day"] <= other["day"]:
            continue
        yield Discrepancy(
            "ends in order",
            f"{first} and {last}",
            (Side(f"{first} {one['day']}", one["source"]), Side(f"{last} {other['day']}", other["source"])),
        )
    stated = ends.get(EndKind.CONTRACT)
    lasts = [(contract.ends_on, contract) for contract in portfolio.contracts() if contract.ends_on is not None]
    if stated is not None and stated["day"] and lasts:
        day, contract = max(lasts, key=lambda each: each[0])
        if day != stated["day"]:
            yield Discrepancy(
                "ends in order",
                "contract's end",
                (
                    Side(f"contract's end {stated['day']}", stated["source"]),
                    Side(f"{contract.let['key']} ends on {day}", contract.ends_by["source"]),
                ),
            )


def stated_in_words(row: Row) -> str:
    """A statement with its bound, unit and words."""
    bound = "" if row["qualifier"] is Qualifier.EXACTLY else f"{row['qualifier']} "
    value = row["value"]
    number = number_of(value)
    if row["unit"] == "£" and number is not None:
        figure = pounds(int(number * 100))
    else:
        figure = of_unit(value, row["unit"]) if row["unit"] not in (None, PERIOD) else value
    return f"{bound}{figure}" + (f" ({row['words']})" if row["words"] else "")


def of_unit(value: str, unit: str) -> str:
    """12 teams, 1 post."""
    return f"{value} {unit[:-1] if value == '1' and unit.endswith('s') else unit}"


def number_of(value: str) -> Decimal | None:
    """The number of a stated value; None if it is not one."""
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def holds(qualifier: Qualifier, stated: Decimal, count: Decimal | int) -> bool:
    """Whether a count fits a stated figure; *about*: within a tenth of it."""
    match qualifier:
        case Qualifier.UP_TO:
            return count <= stated
        case Qualifier.AT_LEAST:
            return count >= stated
        case Qualifier.MORE_THAN:
            return count > stated
        case Qualifier.ABOUT:
            return abs(count - stated) <= stated / 10
        case _:
            return count == stated


def _sources(rows: list[Row]) -> str:
    return "; ".join(dict.fromkeys(row["source"] for row in rows))
