"""What an evaluator makes of the rows of exports: which row may be whose, by what others know of everybody.

Nothing of the gate or of the export's own rules is in it. The attacker asks that all exports have the same pseudonyms,
which an evaluator may, and so joins them row by row. A row may be a person's where every value fits, and where each of
the others has a row then, too. What the rows of people who cannot be told apart say together is a count of them.
"""

import csv
import io
import random
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, maximum_bipartite_matching

from tests.support.clients import Client
from tests.support.evaluators_attacker import Attacker, Known
from tests.support.pilot import PILOT

WITHHELD = "withheld"
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Export:
    """One that left: what was asked, and its rows by pseudonym, without those of the comparison file."""

    as_at: date
    who: Callable[[Known], bool]
    months: bool
    rows: Mapping[str, Row]


@dataclass
class Exports:
    """Asks for exports and holds what they say against what is known of people."""

    attacker: Attacker
    client: Client
    work: Callable[[], object]
    left: list[Export] = field(default_factory=list)
    first: int | None = None
    joined: set[frozenset[int]] = field(default_factory=set)
    """Groups whose count follows from rows of people who cannot be told apart, and was told in no other way."""
    numbers: list[int] = field(default_factory=list)

    def ask(
        self,
        day: date,
        columns: Sequence[str],
        where: Mapping[str, Sequence[str]],
        *,
        reached: str = "screened",
        **changes: Any,
    ) -> None:
        asked = {
            "purpose": "impact analysis",
            "justification": "evaluation plan, section 4",
            "columns": list(columns),
            "asAt": day.isoformat(),
            "reached": reached,
            "where": {name: list(levels) for name, levels in where.items()},
            **changes,
        }
        if self.first is not None:
            asked |= {"linkedTo": self.first, "linkedWhy": "the next wave of it"}
        sent = self.client.post(f"/programmes/{PILOT}/cohorts", json=asked)
        if sent.status_code != 202:
            self.attacker.refusals.add(sent.json()["detail"])
            return
        self.work()
        job = self.client.get(f"/cohort-jobs/{sent.json()['id']}").json()
        if job["state"] != "done":
            self.attacker.refusals.add(job["why"])
            return
        self.first = self.first or int(job["runId"])
        self.numbers.append(int(job["runId"]))
        text = self.client.get(f"/cohorts/{job['runId']}/files/cohort.csv").text
        rows = {row["person"]: row for row in csv.DictReader(io.StringIO(text)) if row.get("group") != "comparison"}

        def who(person: Known) -> bool:
            return (person.tagged or reached != "fitted") and all(person.levels[name] in where[name] for name in where)

        self.left.append(Export(day, who, changes.get("dates") == "months", rows))

    def fitting(self) -> tuple[list[Known], list[str], csr_array]:
        """People, pseudonyms, and which pseudonym may be whose, ``(people, pseudonyms)``."""
        people = [who for who in self.attacker.people if any(each.who(who) for each in self.left)]
        names = sorted({name for each in self.left for name in each.rows})
        assert len(people) == len(names), "who is in an export is known"
        able = np.ones((len(people), len(names)), dtype=bool)
        for each in self.left:
            mine = [each.who(who) for who in people]
            for m, name in enumerate(names):
                row = each.rows.get(name)
                for n, who in enumerate(people):
                    if able[n, m]:
                        able[n, m] = mine[n] == (row is not None) and (row is None or may_be(who, row, each))
        return people, names, csr_array(_in_some_matching(able))

    def learn(self) -> dict[int, str]:
        """Give the attacker what the rows say of convictions; the people whose row is known, by number."""
        if not self.left:
            return {}
        people, names, able = self.fitting()
        _, of = connected_components(_both_sides(able), directed=False)
        blocks: dict[int, tuple[list[Known], list[str]]] = defaultdict(lambda: ([], []))
        for n, who in enumerate(people):
            blocks[of[n]][0].append(who)
        for m, name in enumerate(names):
            blocks[of[len(people) + m]][1].append(name)
        for some, theirs in blocks.values():
            self._learn_convictions(some, theirs)
        return {who.number: names[able[[n]].indices[0]] for n, who in enumerate(people) if able[[n]].nnz == 1}

    def _learn_convictions(self, people: Sequence[Known], names: Sequence[str]) -> None:
        for each in self.left:
            said = [convicted_by(row) for n in names if (row := each.rows.get(n)) is not None]
            followed = frozenset(who.number for who in people if each.who(who) and who.followed(each.as_at))
            had = [value for value in said if value]
            if followed and len(had) == len(followed):
                if followed not in self.attacker.counts:
                    self.joined.add(followed)
                self.attacker.learn(followed, had.count("true"))


def convicted_by(row: Row) -> str:
    """Whether a row says that its person was convicted, *true* or *false*; nothing where its outcome is not in it."""
    return row.get("reoffended") or {"": "", "none": "false"}.get(row.get("reoffences", ""), "true")


def may_be(who: Known, row: Row, export: Export) -> bool:
    """Whether a row may be of a person, by what is known of them."""
    return all(FITS[name](who, value, export) for name, value in row.items() if name in FITS and value != WITHHELD)


def _level(name: str) -> Callable[[Known, str, Export], bool]:
    return lambda who, value, _: who.levels[name] == value


def _age(who: Known, value: str, _: Export) -> bool:
    """In the band, wide or not."""
    mine, band = _ages(who.levels["age"]), _ages(value)
    return mine == band if mine is None or band is None else band[0] <= mine[0] and mine[1] <= band[1]


def _ages(band: str) -> tuple[int, int] | None:
    """Its first and last age."""
    if band == "under 18":
        return 0, 17
    if found := re.match(r"(\d+)(?:-(\d+)| and over)$", band):
        return int(found[1]), int(found[2] or 200)
    return None


def _only_tagged(says: Callable[[str], bool]) -> Callable[[Known, str, Export], bool]:
    """A value that nobody without a tag has."""
    return lambda who, value, _: who.tagged or not says(value)


def _weeks_out(who: Known, export: Export) -> int:
    return (export.as_at - who.released_on).days // 7


def _since_release(who: Known, value: str, export: Export) -> bool:
    """A day after the release, and no later than the day of the export."""
    if not value:
        return True
    return value >= f"{who.released_on:%Y-%m}" if export.months else int(value) <= _weeks_out(who, export)


def _at_most_weeks_out(who: Known, value: str, export: Export) -> bool:
    return not value or int(value) <= _weeks_out(who, export)


def _has_outcome(who: Known, value: str, export: Export) -> bool:
    return (value != "") == who.followed(export.as_at)


def _is_followed(who: Known, value: str, export: Export) -> bool:
    return not value or (value == "true") == who.followed(export.as_at)


def _within_a_year(who: Known, value: str, export: Export) -> bool:
    if "-" not in value:
        return not value or who.followed(export.as_at)
    months = int(value[:4]) * 12 + int(value[5:]) - who.released_on.year * 12 - who.released_on.month
    return 0 <= months <= 12


def _positive(value: str) -> bool:
    return value not in ("", "0", "false")


_TAGGED = _only_tagged(_positive)
FITS: dict[str, Callable[[Known, str, Export], bool]] = {
    "group": lambda who, value, _: who.tagged == (value == "tagged"),
    "fitted": lambda who, value, _: who.tagged == (value == "true"),
    "age_band": _age,
    "sex": _level("sex"),
    "ethnicity": _level("ethnicity"),
    "bcu": _level("bcu"),
    "phase": _level("phase"),
    "release_month": _level("month"),
    "mapped": _TAGGED,
    "fittings": lambda who, value, _: who.tagged == _positive(value),
    "worn_weeks": lambda who, value, export: _TAGGED(who, value, export) and _at_most_weeks_out(who, value, export),
    "monitored_weeks": _at_most_weeks_out,
    "breaches": _TAGGED,
    "warnings": _TAGGED,
    "matches_considered": _TAGGED,
    "recalled_on": _since_release,
    "reoffended_on": _within_a_year,
    "reoffended": _has_outcome,
    "reoffences": _has_outcome,
    "follow_up_complete": _is_followed,
    "followed_weeks": lambda who, value, export: not value or int(value) == min(_weeks_out(who, export), 52),
}
"""What a value says of what others know. A number, or a yes or no, that is withheld is empty."""
COLUMNS = ("ogrs_score", "recalls", "signal_basis", *FITS)
"""Which the attacker asks for."""
_COMPARED = ("group", "ogrs_score", "reoffended", "propensity", "weight", "set")
_WEIGHTED: dict[str, Any] = {
    "comparison": True,
    "weights": "nearest",
    "covariates": ["ogrs_score"],
    "smallClasses": "blank",
    "classAtLeast": 30,
}
"""An export that is compared, with its estimate."""


def _in_some_matching(able: np.ndarray) -> np.ndarray:
    """The pairs with which all the others can be paired, too."""
    n = len(able)
    partner = maximum_bipartite_matching(csr_array(able), perm_type="column")
    assert (partner >= 0).all(), "somebody has no row: the attacker knows something wrong"
    # Whoever could take another's row points there: a pair is in some matching where both are on one circle.
    to = np.zeros((n, n), dtype=bool)
    owner = np.empty(n, dtype=int)
    owner[partner] = np.arange(n)
    for who in range(n):
        to[who, owner[np.flatnonzero(able[who])]] = True
    _, circle = connected_components(csr_array(to), directed=True, connection="strong")
    out = np.zeros_like(able)
    for who in range(n):
        rows = np.flatnonzero(able[who])
        out[who, rows] = circle[owner[rows]] == circle[who]
    return out


def _both_sides(able: csr_array) -> csr_array:
    n = able.shape[0]
    whole = np.zeros((2 * n, 2 * n), dtype=bool)
    whole[:n, n:] = able.toarray()
    return csr_array(whole)


def export_questions(
    exports: Exports, made: random.Random, *, days: Sequence[date], asks: int, filtered: int
) -> list[Callable[[], None]]:
    """So many exports by chance, of everybody or the tagged, with whatever columns, outcomes in most; some filtered.
    With them one of outcomes beside little else, and one of scores alone, which make a join of the others."""
    levels: dict[str, set[str]] = defaultdict(set)
    for who in exports.attacker.people:
        for name, level in who.levels.items():
            levels[name].add(level)
    last = max(days)
    out: list[Callable[[], None]] = [
        lambda: exports.ask(last, ("ogrs_score", "recalls"), {}),
        lambda: exports.ask(last, ("sex", "reoffended"), {}, smallClasses="blank", classAtLeast=30),
        lambda: exports.ask(last, _COMPARED, {}, **_WEIGHTED),
    ]
    for n in range(asks):
        where = {}
        if n < filtered:
            name = made.choice(sorted(levels))
            some = sorted(levels[name])
            where = {name: made.sample(some, max(1, len(some) - made.randrange(1, 4)))}
        columns = made.sample(COLUMNS, made.randrange(1, 4))
        columns += ["reoffended"] if made.random() < 0.7 and "reoffended" not in columns else []
        changes = {
            "reached": made.choice(("screened", "fitted")),
            "smallClasses": made.choice(("blank", "blank", "refuse")),
            "classAtLeast": made.choice((3, 5, 10, 30)),
            "wideAges": made.random() < 0.6,
            "dates": made.choice(("weeks since release", "months")),
        }
        day = made.choice(days)
        out.append(lambda d=day, c=columns, w=where, h=changes: exports.ask(d, c, w, **h))  # type: ignore[misc]
    return out
