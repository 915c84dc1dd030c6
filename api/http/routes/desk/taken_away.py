"""What an analyst takes away as a file: the queue, a batch and a run as tables, a match and a trail on a map."""

from datetime import datetime
from functools import partial
from typing import Annotated

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.documents.matches import sheet_of_batch, sheet_of_queue, sheet_of_run
from api.documents.places import GEOJSON, GPX, KML, as_geojson, as_gpx, as_kml, places_of_match, places_of_trail
from api.documents.sheet import CSV, XLSX, as_csv, as_workbook
from api.http.dependencies import Number, asked_for
from api.http.files import file_answer, file_response
from api.http.middleware import unescaped
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS, answers
from api.http.routes.candidates import BY_CANDIDATE_FILTER, Order
from api.http.routes.review import BY_QUEUE_FILTER
from api.http.routes.runs import RunId
from api.schemas.matching.review import State
from api.usecases.desk import taken_away
from api.usecases.matching.candidates import CandidateFilter
from api.usecases.request_context import RequestContext
from tracker.access.roles import Right
from tracker.review.queries import QueueFilter

Purpose = Annotated[
    str, QueryParameter(min_length=10, max_length=400, description="What the file is for; kept with your name.")
]
_PROBLEMS = {**READ_PROBLEMS, **ENTRY_PROBLEMS, **answers(503)}
taking = partial(get, sync_to_thread=True)
_BINARY = "application/octet-stream"


class QueueTaken(Controller):
    """Matches with what the force wrote of the crime, one a row."""

    path = "/"
    tags = ("review",)
    dependencies = {
        "context": asked_for(Right.REVIEW),
        **BY_QUEUE_FILTER,
    }
    problems = _PROBLEMS

    @taking("/matches.csv", operation_id="getMatchesCsv", operation_class=file_answer(CSV))
    def csv(
        self,
        context: NamedDependency[RequestContext],
        wanted: NamedDependency[QueueFilter],
        purpose: Purpose,
        in_state: Annotated[State | None, QueryParameter(name="state")] = None,
    ) -> Response[bytes]:
        """The queue as CSV in UTF-8, safe to open in a spreadsheet; `/matches` for whoever accepts text/csv."""
        found = taken_away.queue(context, wanted, in_state, purpose, "CSV")
        return file_response(as_csv(sheet_of_queue(found)), CSV, "matches.csv")

    @taking("/matches.xlsx", operation_id="getMatchesXlsx", operation_class=file_answer(_BINARY, XLSX))
    def xlsx(
        self,
        context: NamedDependency[RequestContext],
        wanted: NamedDependency[QueueFilter],
        purpose: Purpose,
        in_state: Annotated[State | None, QueryParameter(name="state")] = None,
    ) -> Response[bytes]:
        """The queue as an Excel workbook: no cell is a formula."""
        found = taken_away.queue(context, wanted, in_state, purpose, "Excel")
        return file_response(as_workbook(sheet_of_queue(found)), XLSX, "matches.xlsx")


class BatchTaken(Controller):
    """Crimes of a batch with what became of each."""

    path = "/batches/{number:int}"
    tags = ("crimes",)
    dependencies = {"context": asked_for(Right.REVIEW)}
    problems = _PROBLEMS

    @taking("/crimes.csv", operation_id="getBatchCsv", operation_class=file_answer(CSV))
    def csv(self, number: Number, context: NamedDependency[RequestContext], purpose: Purpose) -> Response[bytes]:
        """A row for each match in the queue, and one for each crime without any, as CSV in UTF-8, safe to open in a
        spreadsheet; `/batches/{number}/crimes` for whoever accepts text/csv."""
        found = taken_away.batch(context, number, purpose, "CSV")
        return file_response(as_csv(sheet_of_batch(found.about.batch, *found[1:])), CSV, f"batch-{number}.csv")

    @taking("/crimes.xlsx", operation_id="getBatchXlsx", operation_class=file_answer(_BINARY, XLSX))
    def xlsx(self, number: Number, context: NamedDependency[RequestContext], purpose: Purpose) -> Response[bytes]:
        """The same as an Excel workbook: no cell is a formula."""
        found = taken_away.batch(context, number, purpose, "Excel")
        return file_response(as_workbook(sheet_of_batch(found.about.batch, *found[1:])), XLSX, f"batch-{number}.xlsx")


class RunTaken(Controller):
    """Candidates of a run, one a row."""

    path = "/runs/{run_id:str}"
    tags = ("candidates",)
    dependencies = {
        "context": asked_for(Right.READ_RUNS),
        **BY_CANDIDATE_FILTER,
    }
    problems = _PROBLEMS

    @taking("/candidates.csv", operation_id="getCandidatesCsv", operation_class=file_answer(CSV))
    def csv(
        self,
        run_id: RunId,
        context: NamedDependency[RequestContext],
        wanted: NamedDependency[CandidateFilter],
        purpose: Purpose,
        order_by: Annotated[Order, QueryParameter(name="orderBy")] = "strongest",
    ) -> Response[bytes]:
        """Those who may be mapped now, as CSV in UTF-8, safe to open in a spreadsheet."""
        name = unescaped(run_id)
        found = taken_away.run(context, name, wanted, order_by, purpose, "CSV")
        return file_response(as_csv(sheet_of_run(name, found)), CSV, "candidates.csv")

    @taking("/candidates.xlsx", operation_id="getCandidatesXlsx", operation_class=file_answer(_BINARY, XLSX))
    def xlsx(
        self,
        run_id: RunId,
        context: NamedDependency[RequestContext],
        wanted: NamedDependency[CandidateFilter],
        purpose: Purpose,
        order_by: Annotated[Order, QueryParameter(name="orderBy")] = "strongest",
    ) -> Response[bytes]:
        """The same as an Excel workbook: no cell is a formula."""
        name = unescaped(run_id)
        found = taken_away.run(context, name, wanted, order_by, purpose, "Excel")
        return file_response(as_workbook(sheet_of_run(name, found)), XLSX, "candidates.xlsx")


class MatchTaken(Controller):
    """A match as places on a map: the crime's, and each fix in its window."""

    path = "/matches/{match_id:int}"
    tags = ("review",)
    dependencies = {"context": asked_for(Right.REVIEW)}
    problems = _PROBLEMS

    @taking("/places.geojson", operation_id="getMatchGeojson", operation_class=file_answer(GEOJSON))
    def geojson(self, match_id: Number, context: NamedDependency[RequestContext], purpose: Purpose) -> Response[bytes]:
        """As GeoJSON (RFC 7946); `/matches/{match_id}` for whoever accepts application/geo+json."""
        found = taken_away.match(context, match_id, purpose, "GeoJSON")
        return file_response(as_geojson(places_of_match(found)), GEOJSON, f"match-{match_id}.geojson")

    @taking("/places.kml", operation_id="getMatchKml", operation_class=file_answer(_BINARY, KML))
    def kml(self, match_id: Number, context: NamedDependency[RequestContext], purpose: Purpose) -> Response[bytes]:
        """As KML."""
        found = taken_away.match(context, match_id, purpose, "KML")
        return file_response(as_kml(places_of_match(found)), KML, f"match-{match_id}.kml")

    @taking("/places.gpx", operation_id="getMatchGpx", operation_class=file_answer(_BINARY, GPX))
    def gpx(self, match_id: Number, context: NamedDependency[RequestContext], purpose: Purpose) -> Response[bytes]:
        """As GPX: what the match used is a track that is not drawn over gaps, the rest are waypoints."""
        found = taken_away.match(context, match_id, purpose, "GPX")
        return file_response(as_gpx(places_of_match(found)), GPX, f"match-{match_id}.gpx")


_Wearer = Annotated[str, QueryParameter(name="wearerRef", description="The wearer's reference.")]
_Since = Annotated[datetime, QueryParameter(name="from", description="From this instant on, with its zone.")]
_Until = Annotated[datetime, QueryParameter(name="to", description="Before this instant; at most 48 hours later.")]


class TrailTaken(Controller):
    """A stretch of a trail that may be opened, as places on a map."""

    path = "/"
    tags = ("trails",)
    dependencies = {"context": asked_for(Right.OPEN_TRAILS)}
    problems = _PROBLEMS

    @taking("/trails.geojson", operation_id="getTrailGeojson", operation_class=file_answer(GEOJSON))
    def geojson(
        self,
        context: NamedDependency[RequestContext],
        wearer_ref: _Wearer,
        since: _Since,
        until: _Until,
        purpose: Purpose,
    ) -> Response[bytes]:
        """As GeoJSON; `/trails` for whoever accepts application/geo+json."""
        found = taken_away.trail(context, wearer_ref, since, until, purpose, "GeoJSON")
        return file_response(as_geojson(places_of_trail(found)), GEOJSON, "trail.geojson")

    @taking("/trails.kml", operation_id="getTrailKml", operation_class=file_answer(_BINARY, KML))
    def kml(
        self,
        context: NamedDependency[RequestContext],
        wearer_ref: _Wearer,
        since: _Since,
        until: _Until,
        purpose: Purpose,
    ) -> Response[bytes]:
        """As KML."""
        found = taken_away.trail(context, wearer_ref, since, until, purpose, "KML")
        return file_response(as_kml(places_of_trail(found)), KML, "trail.kml")

    @taking("/trails.gpx", operation_id="getTrailGpx", operation_class=file_answer(_BINARY, GPX))
    def gpx(
        self,
        context: NamedDependency[RequestContext],
        wearer_ref: _Wearer,
        since: _Since,
        until: _Until,
        purpose: Purpose,
    ) -> Response[bytes]:
        """As GPX: a track that is not drawn over gaps."""
        found = taken_away.trail(context, wearer_ref, since, until, purpose, "GPX")
        return file_response(as_gpx(places_of_trail(found)), GPX, "trail.gpx")


HANDLERS = (QueueTaken, BatchTaken, RunTaken, MatchTaken, TrailTaken)
