"""A released package as a Word file or PDF: what its recipient reads, and signs for.

Printed from the package's own text and nothing else, so the same release is the same document. Exhibits are numbered as
the Ministry of Justice's proximity alerts number them: the map, its key, the positions.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from api.documents.document import Document, Picture, Section
from api.documents.maps.match import scene_of_package
from api.documents.maps.svg import svg
from api.documents.pdf import PDF, as_pdf
from api.documents.sheet import Cell, Sheet
from api.documents.word import DOCX, as_word
from api.schemas.matching.package import Package
from api.usecases.desk import package_documents
from api.usecases.desk.package_documents import ToPrint
from api.usecases.request_context import RequestContext
from api.wording.meanings import DISCLAIMER
from api.wording.text import day_in_words, lasting, london
from tracker.review.release_queries import KeptDocument
from tracker.review.states import DocumentForm

MEDIA_TYPES = {DocumentForm.WORD: DOCX, DocumentForm.PDF: PDF}
NOT_EVIDENCE = (
    "This is not evidence and not a witness statement. It is a lead for a person to judge. Before it is used in "
    "proceedings, ask for a statement by whoever holds the tag's data."
)
_PRINTED: dict[DocumentForm, Callable[[Document], bytes]] = {DocumentForm.WORD: as_word, DocumentForm.PDF: as_pdf}
_NOT_RECORDED = "not recorded"
_SIGNED = "Signed: ____________________     Date: ____________________"
_KEY = (
    ("red circle", "the crime's place with the radius that was matched"),
    ("cross", "the crime's place as the force reported it"),
    ("dotted circle", "how well the crime's place is known, where the force said"),
    ("filled dot", "a position of the tag inside the circle"),
    ("hollow dot", "a position outside it, next to where the path crossed the circle"),
    ("pale circle", "the accuracy of a position: about two in three lie this near to where the tag was"),
    ("letter", "a visit; A is the first"),
)


def document(context: RequestContext, release_id: int, form: DocumentForm) -> KeptDocument:
    """The document as it first left; the first time it is printed and kept. Raises as `package_documents.kept`."""
    found = package_documents.kept(context, release_id, form)
    while found is None:
        told = package_documents.to_print(context, release_id)
        found = package_documents.keep(context, told, form, _PRINTED[form](package_document(told)))
    return found


def package_document(told: ToPrint) -> Document:
    package, number = told.package, told.release_id
    crime = package.crime
    recalled = told.recalled_on and (
        f"RECALLED on {day_in_words(told.recalled_on)}. Do not act on it. Return it to its sender or destroy it, and "
        "say which you did."
    )
    return Document(
        f"Release {number}: a tag near crime {crime.reference}",
        (
            NOT_EVIDENCE,
            f"To {_recipient(package)}. For this recipient alone.",
            f"Destroy by {day_in_words(package.destroy_by)}.",
        ),
        tuple(_sections(told)),
        package.released.at.date(),
        banner=recalled or None,
        foot=f"Release {number}",
        signed=(
            f"Released by {package.released.by}",
            _SIGNED,
            f"Received by {_recipient(package)}",
            _SIGNED,
        ),
    )


def _sections(told: ToPrint) -> Iterator[Section]:
    package, number = told.package, told.release_id
    scene = scene_of_package(package)
    yield Section("The crime", (), _pairs("As the force reported it", _crime(package)))
    yield Section("The tag's wearer", (), _pairs("On the day of the crime", _wearer(package)))
    yield Section("What the tag shows", (package.in_words,), _visits(package))
    yield Section("What it is worth", (), _pairs("Figures when it was confirmed", _figures(package)))
    yield Section("What speaks against it", tuple(_against(package)), None)
    yield Section("What it means, and its limits", (package.disclaimer, *DISCLAIMER), None)
    yield Section("Why this person's positions could be compared", (), _pairs("Basis", _basis(package)))
    caption = f"Exhibit R{number}/01: map of {len(package.fixes)} positions. {' '.join(scene.attribution)}"
    picture = Picture(svg(scene, alone=True).encode(), f"{scene.title}. {scene.description}", caption)
    yield Section(f"Exhibit R{number}/01: map", (), None, picture)
    yield Section(f"Exhibit R{number}/02: key to the map", (), Sheet("", (), ("On the map", "What it is"), _KEY))
    yield Section(
        f"Exhibit R{number}/03: positions",
        ("Times are London's. Numbers run by time; positions that prove nothing of this match are left out.",),
        _positions(package),
    )
    yield Section("Who sent what to whom", (), _pairs("Release", _release(told)))


def _pairs(what: str, rows: Iterator[tuple[str, Cell]]) -> Sheet:
    return Sheet("", (), ("Detail", what), [row for row in rows if row[1] is not None])


def _crime(package: Package) -> Iterator[tuple[str, Cell]]:
    crime = package.crime
    yield "Force", crime.force
    yield "Crime reference", crime.reference
    yield "Version", f"{crime.version}"
    yield "Type", crime.type if crime.type_in_words is None else f"{crime.type}: {crime.type_in_words}"
    yield "What the force wrote", crime.text or "nothing"
    yield "From", london(crime.from_)
    yield "To", f"{london(crime.to)} ({lasting((crime.to - crime.from_).total_seconds())})"
    yield "Place (WGS84)", f"{crime.latitude:.6f}, {crime.longitude:.6f}"
    yield "Place (National Grid)", f"{crime.easting_m:.0f} E, {crime.northing_m:.0f} N"
    known = crime.location_accuracy_m
    yield "Place known to", _NOT_RECORDED if known is None else f"{known:g} m"
    yield "Command unit", crime.command_unit
    yield "Matched with", crime.settings_in_words or f"within {crime.radius_m:g} m"


def _wearer(package: Package) -> Iterator[tuple[str, Cell]]:
    wearer = package.wearer
    yield "Name", wearer.name
    yield "Date of birth", _NOT_RECORDED if wearer.born is None else day_in_words(wearer.born)
    yield "PNC id", wearer.pnc_id or _NOT_RECORDED
    yield "Address then", wearer.address or _NOT_RECORDED


def _visits(package: Package) -> Sheet | None:
    columns = ("Visit", "In", "Out", "Inside for", "Positions", "Of them at the edge", "Closest", "Speed")
    rows: list[tuple[Cell, ...]] = [
        (
            each.visit,
            london(each.first_at),
            london(each.last_at),
            lasting(each.dwell_s),
            each.fixes,
            each.fixes_at_edge,
            _metres(each.closest_m),
            None if each.speed_kmh is None else f"{each.speed_kmh:.0f} km/h",
        )
        for each in package.visits
    ]
    return Sheet("", (), columns, rows) if rows else None


def _figures(package: Package) -> Iterator[tuple[str, Cell]]:
    figures = package.figures
    present, days, hits = (figures.get(name) for name in ("p_present", "reference_days", "reference_hits"))
    closest, inside = figures.get("closest_m"), figures.get("dwell_s")
    yield "Closest", _metres(closest) if isinstance(closest, float | int) else None
    yield "Inside for", lasting(inside) if isinstance(inside, float | int) else None
    yield "Positions inside", f"{sum(fix.inside for fix in package.fixes):,}"
    yield "Probability that it was inside", f"{present:.2f}" if isinstance(present, float | int) else "not known"
    compared = isinstance(days, float | int) and isinstance(hits, float | int) and days > 0
    yield "Other days at this hour", f"inside on {hits:.0f} of {days:.0f}" if compared else "none to compare with"
    chance = figures.get("q_value")
    if isinstance(chance, float | int):
        yield "Share by chance of all as strong", "under 1%" if chance < 0.01 else f"about {chance:.0%}"
    yield "Seen for", f"{package.crime.coverage:.0%} of the crime's window"


def _against(package: Package) -> Iterator[str]:
    if not package.speaks_against:
        yield "None of the things that are looked for was found. That is no proof either."
    for number, point in enumerate(package.speaks_against, 1):
        yield f"{number}. {point.sentence}"


def _basis(package: Package) -> Iterator[tuple[str, Cell]]:
    yield "Score", package.basis.gate
    yield "Licence", package.basis.licence
    yield "Programme", package.basis.programme


def _positions(package: Package) -> Sheet:
    zones = sorted({london(fix.t)[-3:] for fix in package.fixes})
    # One of them said once; both only in a window in which the clocks changed.
    time, until = (f"Time ({zones[0]})", 19) if len(zones) == 1 else ("Time", None)
    columns = (
        "No.",
        time,
        "Latitude",
        "Longitude",
        "Easting",
        "Northing",
        "Accuracy",
        "Distance",
        "Inside",
        "Device",
    )
    rows: list[tuple[Cell, ...]] = [
        (
            fix.label or f"{n}",
            london(fix.t)[:until],
            f"{fix.latitude:.6f}",
            f"{fix.longitude:.6f}",
            f"{fix.easting_m:.0f}",
            f"{fix.northing_m:.0f}",
            _metres(fix.accuracy_m),
            _metres(fix.distance_m),
            fix.inside,
            fix.device_id,
        )
        for n, fix in enumerate(package.fixes, 1)
    ]
    return Sheet("", (), columns, rows)


def _release(told: ToPrint) -> Iterator[tuple[str, Cell]]:
    package = told.package
    yield "Confirmed", f"by {package.confirmed.by}, {_minute(package.confirmed.at)}"
    yield "Released", f"by {package.released.by}, {_minute(package.released.at)}"
    yield "To", _recipient(package)
    yield "Destroy by", day_in_words(package.destroy_by)
    yield "SHA-256 of the package", told.sha256


def _recipient(package: Package) -> str:
    named = package.recipient
    return f"{named.rank} {named.name}, {named.unit}"


def _metres(value: float | None) -> str:
    return _NOT_RECORDED if value is None else f"{value:.0f} m"


def _minute(instant: datetime) -> str:
    return f"{london(instant)[:16]} {london(instant)[-3:]}"
