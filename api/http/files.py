"""Files: in the schema, which Litestar would describe as text in JSON; and an answer in the form that `Accept` wants.

Each kind of file has an address of its own, which ends in its suffix. Whoever asks the address of JSON for a kind of
file that there is of it is answered by that one. JSON is the answer to whoever takes anything, or nothing that there
is.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Response
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from api.documents.cohort_files import OF_FILE
from api.documents.pdf import PDF
from api.documents.places import GEOJSON, GPX, KML
from api.documents.sheet import CSV, XLSX
from api.documents.word import DOCX

BINARY = "application/octet-stream"
PARQUET = "application/vnd.apache.parquet"
_BINARY = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
_TEXT = Schema(type=OpenAPIType.STRING)
_FEATURES = Schema(type=OpenAPIType.OBJECT, required=["type", "features"])
"""Of GeoJSON, by RFC 7946."""


@dataclass
class FileBody(Operation):
    """An operation whose body is a file as it is; its handler reads the stream."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody({"application/octet-stream": OpenAPIMediaType(_BINARY)}, required=True)


def file_answer(*media_types: str) -> type[Operation]:
    """An operation that answers a file of one of these media types."""

    @dataclass
    class FileAnswer(Operation):
        def __post_init__(self) -> None:
            for status, response in (self.responses or {}).items():
                if status.startswith("2") and isinstance(response, OpenAPIResponse):
                    response.content = {each: OpenAPIMediaType(_content(each)) for each in media_types}

    return FileAnswer


def _content(media_type: str) -> Schema:
    if media_type == "application/geo+json":
        return _FEATURES
    return _TEXT if media_type.startswith("text/") else _BINARY


def file_response(content: bytes, media_type: str, name: str) -> Response[bytes]:
    """A file to be stored under a plain name."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    # Of text the framework says that it is UTF-8.
    return Response(content, media_type=media_type, headers=headers)


class _Forms(NamedTuple):
    """By media type, what is put behind the path."""

    path: re.Pattern[str]
    suffixes: dict[str, str]


_SHEETS = {CSV: ".csv", XLSX: ".xlsx"}
_COHORT = {form.media_type: Path(file).suffix for file, form in OF_FILE.items() if file.startswith("cohort.")}
_FORMS = (
    _Forms(re.compile(r"/matches"), _SHEETS),
    _Forms(re.compile(r"/batches/[0-9]+/crimes"), _SHEETS),
    _Forms(re.compile(r"/runs/[^/]+/candidates"), _SHEETS),
    _Forms(re.compile(r"/matches/[0-9]+"), {GEOJSON: "/places.geojson", KML: "/places.kml", GPX: "/places.gpx"}),
    _Forms(re.compile(r"/releases/[0-9]+/package"), {DOCX: ".docx", PDF: ".pdf", GEOJSON: ".geojson"}),
    _Forms(re.compile(r"/trails"), {GEOJSON: ".geojson", KML: ".kml", GPX: ".gpx"}),
    _Forms(re.compile(r"/cohorts/[0-9]+/files/cohort"), {CSV: ".csv", PARQUET: ".parquet", **_COHORT}),
)
_ANYTHING = {"*/*", "application/*", "application/json"}


def negotiate(scope: Any) -> None:
    """Route a reading to the form of its answer that the client likes best."""
    if scope["method"] != "GET":
        return
    forms = next((each for each in _FORMS if each.path.fullmatch(scope["path"].rstrip("/"))), None)
    if forms is None:
        return
    for media_type in _liked(scope["headers"]):
        if media_type in _ANYTHING:
            return
        if (suffix := forms.suffixes.get(media_type)) is not None:
            scope["path"] = scope["path"].rstrip("/") + suffix
            return


def best_of(headers: Iterable[tuple[bytes, bytes]], media_types: Sequence[str]) -> str:
    """Of these media types the one that `Accept` likes best; the first where it names none of them."""
    return next((each for each in _liked(headers) if each in media_types), media_types[0])


def _liked(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """Media types of `Accept`, the best liked first; those that are refused (q=0) are left out."""
    found = []
    for name, value in headers:
        if name.lower() != b"accept":
            continue
        for part in value.decode("latin-1").split(","):
            media_type, *parameters = (each.strip().lower() for each in part.split(";"))
            found.append((_weight(parameters), media_type))
    # A stable order: of two that are liked alike the one that was named first.
    return [media_type for weight, media_type in sorted(found, key=lambda each: -each[0]) if weight > 0]


def _weight(parameters: list[str]) -> float:
    given = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    return float(given) if re.fullmatch(r"[01](\.[0-9]{0,3})?", given) else 0.0
