"""The effect of a rollout in words."""

from api.schemas.evaluation.rollout import ChangeOut, ProtocolOut, RolloutEffectOut
from api.wording.text import table


def protocol_in_words(trial: ProtocolOut) -> list[str]:
    """The parts of the target trial, a line each."""
    parts = (
        ("eligible", trial.eligibility),
        ("time zero", trial.time_zero),
        ("assignment", trial.assignment),
        ("follow-up", trial.follow_up),
        ("outcome", trial.outcome),
        ("censoring", trial.censoring),
        ("estimand", trial.estimand),
        ("analysis", trial.analysis),
    )
    return ["The question, as a trial", *(f"  {name}: {text}" for name, text in parts)]


def rollout_in_words(found: RolloutEffectOut) -> list[str]:
    """The finding first, then month by month, then what was asked and assumed."""
    lines = [
        f"{found.crimes[:1].upper()}{found.crimes[1:]}, {found.first_month} to {found.last_month}: {found.boroughs} "
        f"boroughs that began, {found.compared} that did not",
        "",
        f"since they began: {_change(found.overall, found.scale)}",
    ]
    if found.relative is not None:
        r = found.relative
        lines.append(f"of what would have been: {r.effect:+.1%} ({r.low:+.1%} to {r.high:+.1%})")
    rows = [[str(c.months_since), *_cells(c)] for c in found.by_months_since]
    lines += ["", table(["months since launch", "change", "95 %"], rows), ""]
    lines += [f"{borough} is left out: {why}" for borough, why in found.left_out.items()]
    return [*lines, *protocol_in_words(found.protocol), "", "What was assumed", *found.assumed]


def _change(change: ChangeOut, scale: str) -> str:
    unit = "of the logarithm" if scale == "log" else "crimes a month a borough"
    first, interval = _cells(change)
    return f"{first} {unit} ({interval})"


def _cells(change: ChangeOut) -> list[str]:
    return [f"{change.effect:+.2f}", f"{change.low:+.2f} to {change.high:+.2f}"]
