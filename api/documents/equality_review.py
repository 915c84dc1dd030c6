"""The equality review as a document for a board, printed as Word or PDF: the finding first, then the paper's own
question, a chart of who is included, a table for each characteristic, and all comparisons, made or not.
"""

from collections.abc import Sequence

from api.documents.charts.data import About, Axis, Dot, DotChart
from api.documents.charts.shown import alternative, svg, table
from api.documents.document import OFFICIAL_SENSITIVE, Document, Picture, Section
from api.documents.pdf import PDF, as_pdf
from api.documents.sheet import Cell, Sheet
from api.documents.word import DOCX, as_word
from api.schemas.evaluation.equality import CharacteristicOut, ComparisonOut, ReviewOut
from api.views.evaluation import equality_review as words

HTML = "text/html"


def printed(review: ReviewOut, media_type: str) -> bytes:
    """In one of `FORMS`: the same review gives the same bytes."""
    if media_type == HTML:
        return words.html(review).encode()
    document = document_of(review)
    return as_word(document) if media_type == DOCX else as_pdf(document)


FORMS = {".html": HTML, ".docx": DOCX, ".pdf": PDF}
"""By the suffix of a file."""


def document_of(review: ReviewOut) -> Document:
    chart = inclusion_chart(review)
    open_edition = review.edition == "open"
    sections = [
        Section("What was found", tuple(words.finding(review)), None),
        Section("Young adults", tuple(words.young_adults(review)), None),
        Section("Eligible and imposed", tuple(words.eligible_and_imposed(review)), None),
        *([] if chart is None else [_of_chart(chart)]),
        *(_characteristic(held) for held in review.characteristics if held.levels),
        *_not_recorded([held for held in review.characteristics if not held.levels]),
        *_comparisons(review),
        Section("What is meant", (*review.terms, *review.words), None),
    ]
    return Document(
        title=words.title(review),
        about=(words.made(review), f"Duty: {review.due}.", "PCD 570, 7.4; Equality Act 2010, section 149(1)."),
        sections=tuple(sections),
        made_on=review.made_on,
        banner=words.edition(review),
        marked="OFFICIAL" if open_edition else f"{OFFICIAL_SENSITIVE}: restricted edition",
        foot=words.edition(review),
        signed=(),
    )


def inclusion_chart(review: ReviewOut) -> DotChart | None:
    """How much more or less often a group is among those with a condition than in the population it is compared with;
    None without a population."""
    asked = [r for r in review.comparisons if r.kind == "inclusion" and r.step == _step(review)]
    rows = [(f"{r.characteristic}: {r.level}", (_dot(r),)) for r in asked if r.p is not None or _withheld(r)]
    if not any(dots[0].value is not None for _, dots in rows):
        return None
    population = ", ".join(dict.fromkeys(r.compared_with for r in asked))
    about = About(
        key="inclusion",
        title=words.finding(review)[0].rstrip(":"),
        subtitle=f"Share among the {_step(review)} over the share in the population {population}; 1 is the same share",
        source=f"{review.name}, as at {review.as_at}; 95 % intervals (Katz)",
        withheld_because="too few people",
    )
    x = Axis("times as common", places=1, least=0, most=2)
    return DotChart(about, x, ("ratio",), tuple(sorted(rows)), row_label="group", at=1)


def _step(review: ReviewOut) -> str:
    """The last of the first three steps at which anything could be compared: one that changes nothing is not compared
    again."""
    able = {r.step for r in review.comparisons if r.kind == "inclusion" and r.p is not None}
    return next((step for step in ("imposed", "proportionate", "eligible") if step in able), "imposed")


def _withheld(r: ComparisonOut) -> bool:
    return r.ratio is None and (r.why_not or "").startswith(("withheld", "too few"))


def _dot(r: ComparisonOut) -> Dot:
    if r.p is None or r.ratio is None or r.low is None or r.high is None:
        return Dot(None)
    return Dot(round(r.ratio, 3), round(r.low, 3), round(r.high, 3))


def _of_chart(chart: DotChart) -> Section:
    picture = Picture(svg(chart), alternative(chart), chart.about.subtitle)
    return Section("Who is included more, and who less", (chart.about.title,), table(chart), picture)


def _characteristic(held: CharacteristicOut) -> Section:
    rows: list[tuple[Cell, ...]] = [tuple(row) for row in words.step_rows(held)]
    compared = tuple(f"Compared with {p.name}, {p.period}: {p.source}" for p in held.populations)
    titles = tuple(title or "group" for title in words.step_titles(held))
    return Section(f"By {held.characteristic}", compared, Sheet("", (), titles, rows))


def _not_recorded(held: Sequence[CharacteristicOut]) -> list[Section]:
    """One list in place of empty headings."""
    if not held:
        return []
    rows: list[tuple[Cell, ...]] = [(each.characteristic, each.why_not or "not recorded") for each in held]
    return [
        Section(
            "Characteristics that are not shown", (), Sheet("", (), ("Characteristic", "Why it is not shown"), rows)
        )
    ]


def _comparisons(review: ReviewOut) -> list[Section]:
    made: list[tuple[Cell, ...]] = [tuple(words.ratio_row(r)) for r in review.comparisons if r.p is not None]
    left: list[tuple[Cell, ...]] = [tuple(row) for row in words.not_made(review)]
    titles = tuple(title or "finding" for title in words.RATIO_TITLES)
    sections = []
    if made:
        sections.append(Section("Comparisons", ("Those that stand out first.",), Sheet("", (), titles, made)))
    if left:
        sections.append(Section("Comparisons that were not made", (), Sheet("", (), tuple(words.NOT_MADE), left)))
    return sections
