"""The effect of the rollout on crime: counts by borough and month are sent as a file, and the answer is shown."""

import csv
import io

import anyio.to_thread
import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency

from api.errors import TooLarge
from api.http.idempotency import UNKEYED
from api.http.problems import mark_refused
from api.schemas.evaluation.rollout import MonthlyCountIn, RolloutEffectOut, RolloutIn
from api.usecases.evaluation import rollout_effect
from api.usecases.request_context import RequestContext
from api.web.browser import PREFIX, Asked
from api.web.forms import FILE_FORM, Form, FormFaults, check_secret
from api.web.menu import PageController
from api.web.pages.evaluation.within import EXPORTS, programme_of
from api.web.rendering import REFUSALS, page

PATH = f"{PREFIX}/rollout-effect"
_MOST_BYTES = 1 << 20
_COLUMNS = ("borough", "month", "count")
_LABELS = {"crimes": "What was counted", "others": "Compared with", "scale": "Scale", "asAt": "Launches by"}


class RolloutEffect(PageController):
    path = PATH
    dependencies = EXPORTS

    @get(sync_to_thread=True)
    def show(self, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        programme_of(context)
        return _shown(request, None)

    @post(opt={UNKEYED: True, FILE_FORM: True}, status_code=200, request_max_body_size=2 * _MOST_BYTES)
    async def estimate(self, context: NamedDependency[RequestContext], request: Asked) -> Response[str]:
        """Nothing of the file is kept: it is counts that others publish."""
        if not 0 < (request.content_length or 0) <= _MOST_BYTES:
            raise TooLarge("The file is over 1 MB. Send counts by borough and month, not single crimes.")
        given = await request.form()
        form = Form({name: [each for each in given.getall(name) if isinstance(each, str)] for name in given})
        check_secret(request.scope, form.get("csrf"))
        file = given.get("file")
        content = await file.read() if isinstance(file, UploadFile) and file.filename else None
        return await anyio.to_thread.run_sync(_answer, context, request, form, content)


def _answer(context: RequestContext, request: Asked, form: Form, content: bytes | None) -> Response[str]:
    try:
        asked = form.read(RolloutIn, _LABELS, counts=_counts(content))
        counts = rollout_effect.counts_given([(row.borough, row.month, row.count) for row in asked.counts])
        found = rollout_effect.rollout_effect(
            context,
            programme_of(context),
            counts,
            crimes=asked.crimes,
            others=asked.others,
            scale=asked.scale,
            as_at=asked.as_at,
        )
    except REFUSALS as error:
        mark_refused(request, error)
        return _shown(request, None, form, error)
    return _shown(request, found, form)


def _counts(content: bytes | None) -> list[MonthlyCountIn]:
    """The rows of a file with the columns borough, month and count. Raises FormFaults."""
    if not content:
        raise FormFaults({"file": "Choose the file with the counts."})
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise FormFaults({"file": f"The file is not a CSV file in UTF-8: {wrong}."}) from wrong
    if not rows or any(name not in rows[0] for name in _COLUMNS):
        raise FormFaults({"file": f"The file needs the columns {', '.join(_COLUMNS)}, and a row at least."})
    found = []
    for number, row in enumerate(rows, 2):
        try:
            found.append(msgspec.convert({name: row[name] for name in _COLUMNS}, MonthlyCountIn, strict=False))
        except msgspec.ValidationError as wrong:
            raise FormFaults(
                {"file": f"Row {number} of the file: give a borough, a month such as 2019-02, and a whole number."}
            ) from wrong
    return found


def _shown(
    request: Asked, found: RolloutEffectOut | None, form: Form | None = None, error: Exception | None = None
) -> Response[str]:
    return page(
        request,
        "evaluation/rollout_effect.html",
        "Did crime change where the programme began?",
        form=form,
        error=error,
        found=found,
        own=PATH,
    )


HANDLERS = (RolloutEffect,)
