"""The equality review as one document: HTML that stands by itself, and the same for a terminal."""

from collections.abc import Iterable, Sequence
from html import escape

from api.schemas.evaluation.equality import CharacteristicOut, ComparisonOut, LevelOut, ReviewOut
from api.wording.text import table

WITHHELD = "withheld"
STEPS = tuple(field for field in LevelOut.__struct_fields__ if field != "level")
STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}
table{border-collapse:collapse;margin:1rem 0}caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{border:1px solid #bbb;padding:.25rem .6rem;text-align:right}th:first-child,td:first-child{text-align:left}
.edition{border:2px solid #1a1a1a;padding:.5rem 1rem}.out{font-weight:700}"""


def title(review: ReviewOut) -> str:
    return f"Equality review: {review.name}, as at {review.as_at}"


def edition(review: ReviewOut) -> str:
    if review.edition == "restricted":
        return f"Restricted edition, for {review.reader} alone: small numbers are in it."
    return f"Open edition, release {review.release}: nothing below {review.k}, nor anything that leads to it."


def made(review: ReviewOut) -> str:
    return f"Made by {review.author} on {review.made_on}, of the people of the programme as at {review.as_at}."


def finding(review: ReviewOut) -> list[str]:
    """What stands out, before anything else; then how much could be asked."""
    able = [r for r in review.comparisons if r.p is not None]
    out = [r for r in able if r.stands_out]
    if not able:
        lines = ["No comparison could be made: there are too few people, or no population to compare them with."]
    elif not out:
        lines = [f"No group stands out: of {len(able)} comparisons none differs by more than chance would have it."]
    else:
        lines = [f"{len(out)} of {len(able)} comparisons {'stands' if len(out) == 1 else 'stand'} out:"]
        lines += [_in_one(together) for together in _by_group(out)]
    left = len(review.comparisons) - len(able)
    return [*lines, f"{left} more comparisons were not made; they are listed at the end, with why."]


def _by_group(out: Sequence[ComparisonOut]) -> list[list[ComparisonOut]]:
    """Those of one group with the same others, at whatever steps; in the order of the first of each."""
    found: dict[tuple[str, ...], list[ComparisonOut]] = {}
    for r in out:
        of = (
            (r.characteristic, r.level, r.kind) if r.kind == "passage" else (r.characteristic, r.level, r.compared_with)
        )
        found.setdefault(of, []).append(r)
    return list(found.values())


def _in_one(together: Sequence[ComparisonOut]) -> str:
    first, *others = together
    also = f"; likewise {', '.join(r.step for r in others)}" if others else ""
    return f"{_sentence(first)} (95 %: {first.low:.2f} to {first.high:.2f}{also})."


def _sentence(r: ComparisonOut) -> str:
    who = f"{r.characteristic}, {r.level}"
    if r.kind == "inclusion":
        return f"{who}: {r.ratio:.2f} times as common among the {r.step} as in the population {r.compared_with}"
    return f"{who}: {r.step} {r.ratio:.2f} times as often as {r.compared_with}"


def young_adults(review: ReviewOut) -> list[str]:
    """The paper's own question, answered or not."""
    meant = next((line for line in review.terms if line.startswith("young adult")), "young adults")
    found = next((group for group in review.own_groups if group.level == "young adult"), None)
    whole = _whole(review)
    if found is None or whole is None:
        return [f"{meant}.", "Ages are not recorded, so nothing can be said of young adults."]
    lines = [f"{meant[0].upper()}{meant[1:]}."]
    for step in STEPS:
        n, of = getattr(found, step), getattr(whole, step)
        if n is not None and of:
            lines.append(f"{step.capitalize()}: {n:,} of {of:,} people, {n / of:.0%}.")
    withheld = [step for step in STEPS if getattr(found, step) is None]
    if withheld:
        lines.append(
            f"Withheld at these steps: {', '.join(withheld)}. An age band of theirs has fewer than {review.k} people, "
            "or would tell of one that has; the restricted edition has the numbers, for readers who are named."
        )
    return [*lines, *(f"{_sentence(r)}." for r in review.comparisons if r.level == "young adult" and r.p is not None)]


def eligible_and_imposed(review: ReviewOut) -> list[str]:
    """Why one can be more than the other."""
    whole = _whole(review)
    if whole is None or whole.eligible is None or whole.imposed is None:
        return ["How many are eligible, or how many conditions were imposed, is withheld."]
    lines = [f"{whole.eligible:,} people passed the screening, and {whole.imposed:,} have a condition imposed."]
    if whole.imposed > whole.eligible:
        return [
            *lines,
            "A condition that was imposed is recorded whatever the screening said: some people who have one failed a "
            "criterion, or a criterion of theirs is not known. Each is in what needs attention.",
        ]
    return [
        *lines,
        "Not everyone who passes is found proportionate by probation, and not everyone who is gets one of the "
        "programme's places. Some people with a condition may have failed a criterion: each is in what needs "
        "attention.",
    ]


def _whole(review: ReviewOut) -> LevelOut | None:
    return next((row for held in review.characteristics for row in held.levels if row.level == "all"), None)


def not_made(review: ReviewOut) -> list[list[str]]:
    """Comparisons that were not made, and why."""
    return [
        [f"{r.characteristic}: {r.level}", r.step, f"{r.kind}, {r.compared_with}", r.why_not or ""]
        for r in review.comparisons
        if r.p is None
    ]


NOT_MADE = ["group", "step", "compared with", "why not"]


def in_words(review: ReviewOut) -> list[str]:
    """For a terminal."""
    lines = [title(review), edition(review), made(review), review.due, "", "What was found", *finding(review), ""]
    lines += ["Young adults", *young_adults(review), "", "Eligible and imposed", *eligible_and_imposed(review), ""]
    for held in review.characteristics:
        lines += [held.characteristic.capitalize()]
        if held.why_not is not None:
            lines += [f"  {held.why_not}", ""]
            continue
        lines += [table(step_titles(held), step_rows(held)), ""]
        lines += [f"  compared with {p.name}, {p.period}: {p.source}" for p in held.populations]
    shown = [r for r in review.comparisons if r.p is not None]
    if shown:
        lines += ["Comparisons, those that stand out first", table(RATIO_TITLES, [ratio_row(r) for r in shown]), ""]
    if left := not_made(review):
        lines += ["Comparisons that were not made", table(NOT_MADE, left), ""]
    return [*lines, *review.terms, *review.words]


def html(review: ReviewOut) -> str:
    """A page that needs nothing else: to print, to keep, to read aloud."""
    parts = [
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title(review))}</title>",
        f"<style>{STYLE}</style></head><body><h1>{escape(title(review))}</h1>",
        f"<p class='edition'>{escape(edition(review))}</p><p>{escape(made(review))}</p><p>{escape(review.due)}</p>",
        *_part("What was found", finding(review)),
        *_part("Young adults", young_adults(review)),
        *_part("Eligible and imposed", eligible_and_imposed(review)),
        "<h2>Who is included at each step</h2>",
    ]
    for held in review.characteristics:
        parts.append(f"<h3>{escape(held.characteristic.capitalize())}</h3>")
        if held.why_not is not None:
            parts.append(f"<p>{escape(held.why_not)}</p>")
            continue
        parts.append(_table(f"People by {held.characteristic}", step_titles(held), step_rows(held)))
        parts += [
            f"<p>Compared with {escape(p.name)}, {escape(p.period)}: {escape(p.source)}</p>" for p in held.populations
        ]
    shown = [r for r in review.comparisons if r.p is not None]
    parts.append("<h2>Comparisons</h2>")
    if shown:
        parts.append(_table("Those that stand out first", RATIO_TITLES, [ratio_row(r) for r in shown]))
    if left := not_made(review):
        parts.append(_table("Those that were not made", NOT_MADE, left))
    parts.append("<h2>What is meant</h2><ul>")
    parts += [f"<li>{escape(line)}</li>" for line in (*review.terms, *review.words)]
    parts.append("</ul></body></html>\n")
    return "\n".join(parts)


def _part(heading: str, lines: Sequence[str]) -> list[str]:
    return [f"<h2>{escape(heading)}</h2>", *(f"<p>{escape(line)}</p>" for line in lines)]


def step_titles(held: CharacteristicOut) -> list[str]:
    """The populations come first: people are sentenced before they are anything here."""
    return ["", *(f"{p.name}, {p.period}" for p in held.populations), *STEPS]


def step_rows(held: CharacteristicOut) -> list[list[str]]:
    out = []
    for row in held.levels:
        others = [sum(p.counts.values()) if row.level == "all" else p.counts.get(row.level) for p in held.populations]
        counts = ["-" if n is None else f"{n:,}" for n in others]
        steps = [WITHHELD if (n := getattr(row, step)) is None else f"{n:,}" for step in STEPS]
        out.append([row.level, *counts, *steps])
    return out


RATIO_TITLES = ["group", "step", "compared with", "ratio", "95 %", "p", "p, corrected", ""]


def ratio_row(r: ComparisonOut) -> list[str]:
    return [
        f"{r.characteristic}: {r.level}",
        r.step,
        f"{r.kind}, {r.compared_with}",
        "-" if r.ratio is None else f"{r.ratio:.2f}",
        "-" if r.low is None else f"{r.low:.2f} to {r.high:.2f}",
        "-" if r.p is None else _probability(r.p),
        "-" if r.p_holm is None else _probability(r.p_holm),
        "stands out" if r.stands_out else "",
    ]


def _probability(p: float) -> str:
    return "under 0.001" if p < 0.001 else f"{p:.3f}"


def _table(caption: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th scope='col'>{escape(t)}</th>" for t in titles)
    body = "".join(
        f"<tr{' class=out' if row[-1] == 'stands out' else ''}>"
        + f"<th scope='row'>{escape(row[0])}</th>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
