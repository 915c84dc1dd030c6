"""What may be told of a design: its balance, and how many it leaves out."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.evaluation.statistics.balance import Balance
from tracker.evaluation.statistics.comparison import Design, Method


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """A line of the love plot. `withheld`: too few people have this level, so only whether it is balanced is shown."""

    balance: Balance
    withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignTold:
    """What is told of a design; nothing in it is of one person."""

    method: Method
    covariates: tuple[str, ...]
    n_tagged: int
    n_comparison: int
    effective_comparison: float
    words: tuple[str, ...]


def design_told(made: Design, words: tuple[str, ...]) -> DesignTold:
    return DesignTold(
        method=made.method,
        covariates=made.covariates,
        n_tagged=made.n_tagged,
        n_comparison=made.n_comparison,
        effective_comparison=round(made.effective_comparison, 1),
        words=words,
    )


def balance_rows(made: Design, k: int) -> tuple[BalanceRow, ...]:
    """Lines of levels that enough people have and enough have not; of each covariate those withheld are of at least k
    tagged people together, so that no one is told by what is left over."""
    sizes = dict(made.frame.group_by("tagged").len().iter_rows())
    withheld: set[Balance] = set()
    for covariate in made.covariates:
        mine = [each for each in made.balance if each.covariate == covariate and each.level]
        counts = {each: round(each.mean_tagged * sizes[True]) for each in mine}
        for each in sorted(mine, key=lambda each: (counts[each], each.level)):
            others = round(each.mean_comparison * sizes[False])
            few = any(n < k for n in (counts[each], sizes[True] - counts[each], others, sizes[False] - others))
            if few or 0 < sum(counts[held] for held in withheld & set(mine)) < k:
                withheld.add(each)
    return tuple(BalanceRow(balance=each, withheld=each in withheld) for each in made.balance)


def design_words(made: Design, rows: Sequence[BalanceRow], dropped: int) -> tuple[str, ...]:
    """Without numbers of people who were left out, unless enough were, and without levels that are withheld."""
    words = [
        made.words[0],
        f"{made.n_tagged} tagged people and {made.n_comparison} others are compared; the weighted others have the "
        f"precision of {made.effective_comparison:.1f} people of equal weight (Kish)",
    ]
    if dropped:
        words.append(
            f"{dropped} tagged people have no counterpart and are left out: the result holds for those who remain"
        )
    bad = [f"{r.balance.words} ({r.balance.smd_after:+.2f})" for r in rows if r.balance.unbalanced and not r.withheld]
    words.append(f"still unbalanced: {', '.join(bad)}" if bad else "of what is shown, nothing is unbalanced")
    return (*words, "what is not a covariate is not balanced")
