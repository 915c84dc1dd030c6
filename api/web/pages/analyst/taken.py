"""What an analyst takes away from a match and from a run: places for another program's map, candidates as a table."""

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.documents.matches import sheet_of_run
from api.documents.places import GEOJSON, GPX, KML, as_geojson, as_gpx, as_kml, places_of_match
from api.documents.sheet import CSV, XLSX, as_csv, as_workbook
from api.http.dependencies import Number, asked_for
from api.http.files import file_response
from api.http.idempotency import UNKEYED
from api.http.middleware import unescaped
from api.usecases.desk import taken_away
from api.usecases.matching import runs
from api.usecases.matching.candidates import NO_FILTER
from api.usecases.request_context import RequestContext
from api.web.browser import Asked
from api.web.entering import answered
from api.web.forms import Form
from api.web.menu import PageController
from api.web.pages.analyst import match as match_pages
from api.web.pages.analyst import runs as run_pages
from api.web.pages.analyst.filters import BY_QUEUE, QueueAsked
from api.web.pages.analyst.queue import PATH as MATCHES
from tracker.access.roles import Right

_PLACES = {"geojson": (as_geojson, GEOJSON, "GeoJSON"), "kml": (as_kml, KML, "KML"), "gpx": (as_gpx, GPX, "GPX")}


class MatchFile(PageController):
    path = f"{MATCHES}/{{match_id:int}}/file"
    dependencies = {"context": asked_for(Right.REVIEW), **BY_QUEUE}

    @post(opt={UNKEYED: True}, status_code=200, sync_to_thread=True)
    def file(
        self,
        match_id: Number,
        context: NamedDependency[RequestContext],
        asked: NamedDependency[QueueAsked],
        request: Asked,
    ) -> Response[Any]:
        """The crime's place and each position in its window, for a purpose that stands in the audit."""

        def answer(form: Form) -> Response[Any]:
            kind = form.get("as") if form.get("as") in _PLACES else "geojson"
            written, media_type, words = _PLACES[kind]
            found = taken_away.match(context, match_id, form.get("take-purpose"), words)
            return file_response(written(places_of_match(found)), media_type, f"match-{match_id}.{kind}")

        def again(_: Form, error: Exception) -> Response[str]:
            return match_pages.shown(context, request, match_id, asked, 1, error=error)

        return answered(request, answer, again)


class RunFile(PageController):
    path = f"{run_pages.PATH}/{{run_id:str}}/file"
    dependencies = {"context": asked_for(Right.READ_RUNS)}

    @post(opt={UNKEYED: True}, status_code=200, sync_to_thread=True)
    def file(self, run_id: FromPath[str], context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        """Its candidates who may be mapped now, for a purpose that stands in the audit."""
        found = runs.run(context, unescaped(run_id))

        def answer(form: Form) -> Response[Any]:
            as_excel = form.get("as") == "xlsx"
            purpose, words = form.get("take-purpose"), "Excel" if as_excel else "CSV"
            sheet = sheet_of_run(
                found.run_id, taken_away.run(context, found.run_id, NO_FILTER, "strongest", purpose, words)
            )
            if as_excel:
                return file_response(as_workbook(sheet), XLSX, "candidates.xlsx")
            return file_response(as_csv(sheet), CSV, "candidates.csv")

        return answered(
            request, answer, lambda form, error: run_pages.shown(context, request, found, form=form, error=error)
        )


HANDLERS = (MatchFile, RunFile)
