"""What the API's schema promises: every answer and every body named to the last field."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from msgspec import inspect

from api.http.app import create_app
from api.http.faults import body_type
from api.settings import read_settings
from tests.support.worlds import World

KEPT_VERBATIM = {"getPackageGeojson", "mapBoroughs", "getMatchGeojson", "getTrailGeojson"}
"""Documents of another standard, RFC 7946, sent as they stand."""
REFERENCE_ALONE = {
    "Candidate": "a row of a run; the answer about one has `crime`",
    "NotMatchable": "a row of a run's list of crimes without a test",
    "Change": "a row of the difference between two runs",
    "CrimeOut": "its versions have one each",
    "WithdrawalOut": "a row of what was withdrawn, by reference",
    "WithdrawCrimeIn": "asks for a crime to be withdrawn",
}
"""Answers that name a crime and do not show it, and why."""


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("schema")
    found: dict[str, Any] = create_app(World(home / "home", home).settings).openapi_schema.to_schema()
    return found


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for methods in schema["paths"].values():
        for operation in methods.values():
            yield operation["operationId"], operation


def test_no_operation_answers_an_untyped_object(schema: dict[str, Any]) -> None:
    untyped = [
        name
        for name, operation in operations(schema)
        for status, response in operation["responses"].items()
        for content in response.get("content", {}).values()
        if status.startswith("2") and content["schema"].get("type") == "object" and name not in KEPT_VERBATIM
    ]
    assert untyped == []


def test_every_answer_that_shows_a_crime_has_its_text(schema: dict[str, Any]) -> None:
    without = {
        name
        for name, of in schema["components"]["schemas"].items()
        if "crimeRef" in of.get("properties", {}) and not {"text", "crimeText"} & of["properties"].keys()
    }
    assert without == REFERENCE_ALONE.keys()


def test_every_body_is_named_with_its_fields(schema: dict[str, Any]) -> None:
    loose = []
    for name, operation in operations(schema):
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            reference = content["schema"].get("$ref", "")
            body = schema["components"]["schemas"].get(reference.rsplit("/", 1)[-1], {})
            if media == "application/json" and not body.get("properties"):
                loose.append(name)
    assert loose == []


def test_every_route_that_requires_if_match_shows_it(schema: dict[str, Any], tmp_path: Path) -> None:
    """Those are the routes that answer 428, and those whose handlers compare it."""
    showing, refusing = set(), set()
    for name, operation in operations(schema):
        headers = [each for each in operation.get("parameters", ()) if each["in"] == "header"]
        refusing |= {name} if "428" in operation["responses"] else set()
        for header in headers:
            assert (header["name"], header["required"], header["schema"]) == ("If-Match", True, {"type": "string"})
            assert "ETag" in header["description"]
            showing.add(name)
    app = create_app(World(tmp_path / "home", tmp_path).settings)
    comparing = {
        handler.operation_id
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        # Pages are not in the schema: their forms send the tag.
        if not route.path.startswith("/app/")
        and "if_unchanged" in getattr(handler.fn, "func", handler.fn).__code__.co_names
    }
    assert showing == refusing == comparing
    assert len(showing) == 12


def test_every_name_over_http_is_camel_case(schema: dict[str, Any]) -> None:
    fields = {
        (name, field)
        for name, component in schema["components"]["schemas"].items()
        for field in component.get("properties", {})
    }
    parameters = {
        (name, parameter["name"])
        for name, operation in operations(schema)
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    }
    # A released package is a document: it is answered byte for byte as it was stored and digested.
    ours = {each for each in fields | parameters if not each[0].startswith("Package")}
    assert {each for each in ours if "_" in each[1]} == set()


def _unlimited(kind: inspect.Type, path: str) -> Iterator[str]:
    """Texts without a length, a pattern or a list of values."""
    match kind:
        case inspect.Metadata():
            yield from _unlimited(kind.type, path)
        case inspect.UnionType():
            for each in kind.types:
                yield from _unlimited(each, path)
        case inspect.StructType():
            for field in kind.fields:
                yield from _unlimited(field.type, f"{kind.cls.__name__}.{field.encode_name}")
        case inspect.DictType():
            yield from _unlimited(kind.key_type, f"{path} (names)")
            yield from _unlimited(kind.value_type, path)
        case inspect.ListType() | inspect.VarTupleType():
            yield from _unlimited(kind.item_type, path)
        case inspect.StrType() if kind.max_length is None and kind.pattern is None:
            yield path


@pytest.fixture(scope="module")
def app() -> Litestar:
    return create_app(read_settings({}, home=Path("nowhere")))


def test_every_text_of_a_body_has_a_limit(app: Litestar) -> None:
    handlers = [handler for route in app.routes for handler in getattr(route, "route_handlers", ())]
    bodies = {handler.operation_id: kind for handler in handlers if (kind := body_type(handler)) is not None}
    assert len(bodies) > 60
    assert {path for name, kind in bodies.items() for path in _unlimited(kind, str(name))} == set()


QUERIES = frozenset(
    {
        # What is asked for, in which order, how much of it, as at when.
        "accuracyLevel", "action", "after", "afterS", "against", "answer", "asAt", "asKnownAt", "before", "beforeS",
        "borough", "boroughs", "crimeType", "crs", "dates", "days", "decided", "delimiter", "descending",
        "dryRun", "fileNumber", "format", "from", "history", "kind", "limit", "looks", "map", "metresPerDop", "names",
        "newAlone", "nightBegins", "nightEnds", "offset", "orderBy", "place", "qAtMost", "reason", "refFromRow",
        "settled", "since", "speedUnit", "spending", "standing", "state", "timeForm", "to",
        "undecided", "until", "verdict", "version", "wanted", "withinM", "year", "zone",
        # References of the record, and users of the program.
        "assignee", "by", "crimeRef", "force", "licence", "person", "programme", "runId", "subject", "wearerId",
        "wearerRef",
        # Of a file, of letters and few signs; why a trail is opened.
        "name", "purpose",
        # Batches and what-ifs, by the names they were sent under; what became of a crime in one.
        "batch", "batchId", "became", "order", "whatIf",
        # Of pages: which list, how it is sorted, the page that was asked for before the login. Which tag, not whose.
        "list", "sort", "next", "device", "mine", "near", "positions", "shown", "undo",
        # A licence, device, commitment, file or settlement of which a form enters something.
        "of",
        # Which job, and months of one programme and one set of settings to be matched again.
        "job", "only",
        # What a release waits for.
        "waits",
        # A box of the base map.
        "east", "north", "south", "west",
        # How an effect is estimated, and with which set of comparison people.
        "caliper", "comparisonSet", "contrast", "covariates", "estimand", "graceDays", "method", "outcome", "ratio",
        # Around a crime.
        "easting", "gridReference", "latitude", "longitude", "northing",
    }
)  # fmt: skip
"""Every query parameter there is. None is a name, number, birth date or address of a person: those go in bodies."""


def test_no_query_names_a_person(app: Litestar) -> None:
    asked = {name for names in app.state.known_parameters.values() for name in names}
    assert asked - QUERIES == set()
