"""An evaluator who tries to learn who was convicted, with nothing of the gate in it: an independent program.

What the attacker has: the comparison file with its outcomes; of everybody in the programme what others may know (day of
release, whether a tag was worn, sex, age, ethnicity, police command); an evaluator's login, with every call that it
permits, at every day; every refusal; exports (`evaluators_exports`). From the counts that are told a linear system
follows, in which each person is a variable between 0 and 1.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from scipy.optimize import linprog

from tests.support.clients import Client
from tests.support.pilot import PILOT

FOLLOWED = timedelta(days=365 + 183)
"""Until then nobody's outcome is known."""


@dataclass(frozen=True, slots=True)
class Known:
    """What others know of a person."""

    number: int
    released_on: date
    tagged: bool
    levels: Mapping[str, str]

    def followed(self, day: date) -> bool:
        """Whether their outcome is known by a day."""
        return self.released_on + FOLLOWED <= day


@dataclass
class Attacker:
    """Asks, and keeps what it was told."""

    people: Sequence[Known]
    client: Client
    counts: dict[frozenset[int], int] = field(default_factory=dict)
    """Groups of people, and how many of each were convicted."""
    tables: set[frozenset[int]] = field(default_factory=set)
    """Those of them that tables told."""
    withheld: set[frozenset[int]] = field(default_factory=set)
    """Groups whose count of convictions a table withheld."""
    refusals: set[str] = field(default_factory=set)

    def learn(self, group: Iterable[int], convicted: int, *, table: bool = False) -> None:
        self.counts[frozenset(group)] = convicted
        if table:
            self.tables.add(frozenset(group))

    def followed(self, day: date, fits: Callable[[Known], bool]) -> list[int]:
        return [who.number for who in self.people if who.followed(day) and fits(who)]

    def ask_effect(self, day: date, **changes: Any) -> None:
        asked = {"covariates": ["ogrs_score"], "asAt": day.isoformat(), **changes}
        answer = self.client.post(f"/programmes/{PILOT}/effects", json=asked)
        told = answer.json()
        if answer.status_code != 200:
            self.refusals.add(told["detail"])
            return
        if told["whyNot"] is not None:
            self.refusals.add(told["whyNot"])
        if told["outcome"] != "proven reoffending":
            return
        for each in told["proportions"]:
            if each["group"] == "tagged" and each["events"] is not None:
                group = self.followed(day, lambda who: who.tagged)
                if len(group) == each["people"]:
                    self.learn(group, each["events"])
        self._ask_contrast(day, told)
        self._ask_curve(day, told)
        if (asked.get("contrast"), asked.get("estimand")) in ((None, None), ("as intended", "tagged")):
            self._ask_used(day, told)

    def learn_share(self, day: date, share: float) -> None:
        """Of the tagged whose outcome is known by a day, such a share was convicted."""
        if group := self.followed(day, lambda who: who.tagged):
            self.learn(group, round(len(group) * share))

    def _ask_contrast(self, day: date, told: Mapping[str, Any]) -> None:
        """The share of the comparison people is in the attacker's own file; what it differs by tells the other one."""
        of = {each["group"]: each["share"] for each in told["proportions"]}
        if (found := told["contrast"]) and found["difference"] is not None and of.get("comparison") is not None:
            self.learn_share(day, found["difference"] + of["comparison"])

    def _ask_used(self, day: date, told: Mapping[str, Any]) -> None:
        """Of the tagged whom a design uses it tells a share, and how many they are: where all are, or where those left
        out are all of some levels that others know, it is known of whom."""
        if (effect := told["effect"]) is None or (design := told["design"]) is None:
            return
        used = design["tagged"]
        events = round(effect["riskTagged"] * used)
        groups = [self.followed(day, lambda who: who.tagged)]
        for name, attribute in (("sex", "sex"), ("age_band", "age"), ("ethnicity", "ethnicity")):
            if design["covariates"] == [name]:
                levels = sorted({who.levels[attribute] for who in self.people})
                for out in levels:
                    groups.append(self.followed(day, lambda who, a=attribute, o=out: who.tagged and who.levels[a] != o))  # type: ignore[misc]
        fitting = [group for group in groups if len(group) == used]
        if len(fitting) == 1:
            self.learn(fitting[0], events)

    def _ask_curve(self, day: date, told: Mapping[str, Any]) -> None:
        """At its end a curve tells how many were convicted in the year, too."""
        for curve in told["curves"]:
            if curve["group"] == "tagged" and curve["months"]:
                group = self.followed(day, lambda who: who.tagged)
                start, last = curve["months"][0], curve["months"][-1]
                if start["atRisk"] == len(group) and last["month"] == 12:
                    self.learn(group, round(len(group) * (1 - last["free"])))

    def ask_table(self, day: date, by: Sequence[str] = (), where: Mapping[str, Sequence[str]] | None = None) -> None:
        table = {"measure": "reoffended", "by": list(by), "where": dict(where or {})}
        answer = self.client.post(f"/programmes/{PILOT}/tables", json={"tables": [table], "asAt": day.isoformat()})
        told = answer.json()
        if answer.status_code != 201:
            self.refusals.add(told["detail"])
            return
        for cell in told["cells"]:
            if cell["people"] is not None:
                wanted = cell["where"]
                group = self.followed(day, lambda who, at=wanted: all(who.levels[n] in at[n] for n in at))  # type: ignore[misc]
                self.learn(group, cell["people"], table=True)
            else:
                wanted = cell["where"]
                self.withheld.add(
                    frozenset(self.followed(day, lambda who, at=wanted: all(who.levels[n] in at[n] for n in at)))  # type: ignore[misc]
                )

    def pinned(self) -> dict[int, int]:
        """Those whose conviction follows from what was told: by number, 1 or 0."""
        out = {}
        for part, (low, high) in self.intervals().items():
            if high < 1e-6 or low > len(part) - 1e-6:
                out.update(dict.fromkeys(part, int(low > 0.5)))
        return out

    def told_of_few(self, k: int) -> dict[frozenset[int], tuple[float, float]]:
        """Groups of fewer than k people of whom more follows than that from none to all of them were convicted."""
        return {
            part: (low, high)
            for part, (low, high) in self.intervals().items()
            if len(part) < k and (low > 1e-6 or high < len(part) - 1e-6)
        }

    def intervals(self) -> dict[frozenset[int], tuple[float, float]]:
        """How many were convicted, at least and at most, of those who are in the same counts. Without tables, if they
        mean something else by it than effects do."""
        found = self._intervals(list(self.counts))
        return found if found is not None else self._intervals([g for g in self.counts if g not in self.tables]) or {}

    def _intervals(self, groups: list[frozenset[int]]) -> dict[frozenset[int], tuple[float, float]] | None:
        parts: dict[frozenset[int], list[int]] = defaultdict(list)
        for who in self.people:
            key = frozenset(n for n, group in enumerate(groups) if who.number in group)
            if key:
                parts[key].append(who.number)
        keys = list(parts)
        if not keys:
            return {}
        matrix = np.array([[float(n in key) for key in keys] for n in range(len(groups))])
        values = np.array([self.counts[group] for group in groups], dtype=float)
        limits = [(0, len(parts[key])) for key in keys]
        out = {}
        for n, key in enumerate(keys):
            ends = []
            for sign in (1, -1):
                aim = np.zeros(len(keys))
                aim[n] = sign
                found = linprog(aim, A_eq=matrix, b_eq=values, bounds=limits, method="highs")
                if found.status != 0:
                    return None
                ends.append(sign * found.fun)
            out[frozenset(parts[key])] = (ends[0], ends[1])
        return out


def every_question(
    attacker: Attacker,
    made: random.Random,
    *,
    days: Sequence[date],
    tables: int,
    also: Sequence[Callable[[], None]] = (),
    log_in_again: Callable[[], None] = lambda: None,
) -> None:
    """Effects of each day, by method and covariate; so many tables, by attribute or filter; others `also`; in an order
    by chance."""
    levels: dict[str, set[str]] = defaultdict(set)
    for who in attacker.people:
        for name, level in who.levels.items():
            levels[name].add(level)
    questions = list(also)
    for day in days:
        how = {"method": made.choice(("weights", "nearest", "exact")), "covariates": [made.choice(COVARIATES)]}
        questions.append(lambda d=day, h=how: attacker.ask_effect(d, **h))  # type: ignore[misc]
    for _ in range(tables):
        day, name = made.choice(days), made.choice(sorted(levels))
        some = made.sample(sorted(levels[name]), max(1, len(levels[name]) - made.randrange(1, 3)))
        if made.random() < 0.5:
            questions.append(lambda d=day, n=name: attacker.ask_table(d, (n,)))  # type: ignore[misc]
        else:
            questions.append(lambda d=day, n=name, s=some: attacker.ask_table(d, (), {n: s}))  # type: ignore[misc]
    made.shuffle(questions)
    for ask in questions:
        # A login is good for some minutes.
        log_in_again()
        ask()


COVARIATES = ("ogrs_score", "ogrs_band", "sex", "age_band", "ethnicity")
