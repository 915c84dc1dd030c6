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
    return f"Equality review of {review.programme}, as at {review.as_at}"


def edition(review: ReviewOut) -> str:
    if review.edition == "restricted":
        return f"Restricted edition, for {review.reader} alone: small numbers are in it."
    return f"Open edition, release {review.release}: nothing below {review.k}, nor anything that leads to it."


def in_words(review: ReviewOut) -> list[str]:
    """For a terminal."""
    lines = [title(review), edition(review), review.due, ""]
    for held in review.characteristics:
        lines += [held.characteristic.capitalize()]
        if held.why_not is not None:
            lines += [f"  {held.why_not}", ""]
            continue
        lines += [table(_steps(held), _rows(held)), ""]
        lines += [f"  compared with {p.name}, {p.period}: {p.source}" for p in held.populations]
    shown = [r for r in review.comparisons if r.p is not None]
    if shown:
        lines += ["Comparisons, those that stand out first", table(_TITLES, [_ratio(r) for r in shown]), ""]
    too_few = sum(r.p is None for r in review.comparisons)
    lines.append(f"{too_few} more comparisons cannot be made: too few people, or withheld")
    return [*lines, *review.terms, *review.words]


def html(review: ReviewOut) -> str:
    """A page that needs nothing else: to print, to keep, to read aloud."""
    parts = [
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(title(review))}</title>",
        f"<style>{STYLE}</style></head><body><h1>{escape(title(review))}</h1>",
        f"<p class='edition'>{escape(edition(review))}</p><p>{escape(review.due)}</p>",
        "<h2>Who is included at each step</h2>",
    ]
    for held in review.characteristics:
        parts.append(f"<h3>{escape(held.characteristic.capitalize())}</h3>")
        if held.why_not is not None:
            parts.append(f"<p>{escape(held.why_not)}</p>")
            continue
        parts.append(_table(f"People by {held.characteristic}", _steps(held), _rows(held)))
        parts += [
            f"<p>Compared with {escape(p.name)}, {escape(p.period)}: {escape(p.source)}</p>" for p in held.populations
        ]
    shown = [r for r in review.comparisons if r.p is not None]
    parts.append("<h2>Comparisons</h2>")
    if shown:
        parts.append(_table("Those that stand out first", _TITLES, [_ratio(r) for r in shown]))
    too_few = sum(r.p is None for r in review.comparisons)
    parts.append(f"<p>{too_few} more comparisons cannot be made: too few people, or withheld.</p>")
    parts.append("<h2>What is meant</h2><ul>")
    parts += [f"<li>{escape(line)}</li>" for line in (*review.terms, *review.words)]
    parts.append("</ul></body></html>\n")
    return "\n".join(parts)


def _steps(held: CharacteristicOut) -> list[str]:
    """The populations come first: people are sentenced before they are anything here."""
    return ["", *(f"{p.name}, {p.period}" for p in held.populations), *STEPS]


def _rows(held: CharacteristicOut) -> list[list[str]]:
    out = []
    for row in held.levels:
        others = [sum(p.counts.values()) if row.level == "all" else p.counts.get(row.level) for p in held.populations]
        counts = ["-" if n is None else f"{n:,}" for n in others]
        steps = [WITHHELD if (n := getattr(row, step)) is None else f"{n:,}" for step in STEPS]
        out.append([row.level, *counts, *steps])
    return out


_TITLES = ["group", "step", "compared with", "ratio", "95 %", "p", "p, corrected", ""]


def _ratio(r: ComparisonOut) -> list[str]:
    return [
        f"{r.characteristic}: {r.level}",
        r.step,
        f"{r.kind}, {r.compared_with}",
        "-" if r.ratio is None else f"{r.ratio:.2f}",
        "-" if r.low is None else f"{r.low:.2f} to {r.high:.2f}",
        "-" if r.p is None else f"{r.p:.3f}",
        "-" if r.p_holm is None else f"{r.p_holm:.3f}",
        "stands out" if r.stands_out else "",
    ]


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
