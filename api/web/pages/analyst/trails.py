"""A stretch of one wearer's trail: why first, then whose and when. It is sent as a form, so that no reference stands in
an address, and the audit has it before it is shown."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from markupsafe import Markup

from api.documents.maps.streets import with_streets
from api.documents.maps.svg import svg
from api.documents.maps.trail import scene_of_trail
from api.http.dependencies import asked_for
from api.http.idempotency import UNKEYED
from api.schemas.matching.trails import Trail, TrailAsked
from api.usecases.desk.base_map import streets_within
from api.usecases.matching import trails
from api.usecases.request_context import RequestContext
from api.views.matching.match_words import MECHANISMS
from api.web.browser import PREFIX, Asked
from api.web.entering import answered
from api.web.forms import Form, form_of
from api.web.menu import PageController
from api.web.rendering import REFUSALS, page
from api.wording.text import london
from geo.grid_reference import reference_of
from tracker.access.roles import Right
from tracker.errors import NotFound

LABELS = {"purpose": "Why you open it", "wearerRef": "The wearer’s reference", "from": "From", "to": "To"}
ROWS = 100


class Trails(PageController):
    """Of a person who may be matched, at most 48 hours."""

    path = f"{PREFIX}/trails"
    menu = "Trails"
    dependencies = {"context": asked_for(Right.OPEN_TRAILS)}

    @get(sync_to_thread=True)
    def ask(self, request: Asked) -> Response[str]:
        return _asked(request)

    # It changes nothing, and may be sent again: each opening has its own row in the audit.
    @post(opt={UNKEYED: True}, status_code=200, sync_to_thread=True)
    def open(self, context: NamedDependency[RequestContext], request: Asked) -> Response[Any]:
        def answer(form: Form) -> Response[Any]:
            wanted = form.read(TrailAsked, LABELS)
            found = trails.open_trail(context, wanted.wearer_ref, wanted.from_, wanted.to, wanted.purpose)
            return _shown(context, request, found, wanted)

        return answered(request, answer, lambda _, error: _asked(request, error), (*REFUSALS, NotFound))


def _asked(request: Asked, error: Exception | None = None) -> Response[str]:
    return page(
        request, "pages/analyst/trails.html", "Open a trail", form=form_of(request.scope), error=error, found=None
    )


def _shown(context: RequestContext, request: Asked, found: Trail, wanted: TrailAsked) -> Response[str]:
    scene = scene_of_trail(found)
    rows = [
        (
            london(fix.t),
            "not stated" if fix.accuracy_m is None else f"{fix.accuracy_m:.0f} m",
            MECHANISMS.get(fix.mechanism, fix.mechanism),
            reference_of(fix.easting_m, fix.northing_m) or "",
        )
        for fix in found.items[:ROWS]
    ]
    return page(
        request,
        "pages/analyst/trails.html",
        f"Trail of {found.wearer_ref}",
        form=form_of(request.scope),
        found=found,
        when=f"{london(wanted.from_)} to {london(wanted.to)}",
        drawn=None
        if scene is None
        else Markup(svg(with_streets(scene, streets_within(context.settings, scene.extent)))),
        rows=rows,
    )


HANDLERS = (Trails,)
