"""The evaluator's first page: the answer or what is missing, flow, balance, curves, power, quality of matches, method.

How an effect is asked stands in the address, so that its pictures ask the same. Without it the page shows the answer
that left last, as it left, for opening a page is no look at an outcome.
"""

from datetime import date
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from api.documents.charts.data import Chart
from api.documents.evaluation_charts import charts_of_effect, charts_of_quality, power_chart
from api.schemas.evaluation.bodies import EffectIn
from api.schemas.evaluation.effects import AnalysisOut
from api.usecases.evaluation import answers, cohorts
from api.usecases.request_context import Page, Programme, RequestContext
from api.views.evaluation.first_page import answer_told, flow_steps
from api.web.browser import Asked
from api.web.forms import Form, FormFaults
from api.web.menu import PageController
from api.web.pages.evaluation.within import (
    EFFECT,
    EVALUATION,
    EXPORTS,
    as_csv_file,
    drawn,
    or_withheld,
    pictured,
    programme_of,
)
from api.web.rendering import REFUSALS, page
from tracker.access.roles import Role
from tracker.errors import BadEntry, NotFound
from tracker.evaluation.cohort.weighting import COVARIATES
from tracker.evaluation.statistics.accrual import WhatIf

_LEAST = 10
"""Fewer who left a step are not told."""
Share = Annotated[float, msgspec.Meta(gt=0, lt=1)]
_OUTCOMES = {"proven reoffending": "reoffended", "recall": "recalled"}
_POWER = {
    "from": "Reoffending without a tag",
    "to": "Reoffending with a tag",
    "against": "Others for each tagged person",
    "wanted": "Power wanted",
}


_FIELDS = (*(name for name in EFFECT if name != "covariates"), *_POWER)
Text = Annotated[str, QueryParameter(max_length=200)]
Texts = Annotated[list[Text] | None, QueryParameter(max_items=64)]


def provide_asked(
    method: Text = "",
    covariates: Texts = None,
    outcome: Text = "",
    ratio: Text = "",
    caliper: Text = "",
    contrast: Text = "",
    estimand: Text = "",
    grace_days: Annotated[str, QueryParameter(name="graceDays", max_length=200)] = "",
    as_at: Annotated[date | None, QueryParameter(name="asAt")] = None,
    comparison_set: Annotated[str, QueryParameter(name="comparisonSet", max_length=200)] = "",
    from_: Annotated[str, QueryParameter(name="from", max_length=200)] = "",
    to: Text = "",
    against: Text = "",
    wanted: Text = "",
) -> Form:
    """What the page's forms put in the address, as typed: what is wrong with it is said beside the field. A day comes
    from the browser's own field for days."""
    one = dict(zip(_FIELDS, (method, outcome, ratio, caliper, contrast, estimand, grace_days,
                             str(as_at or ""), comparison_set, from_, to, against, wanted), strict=True))  # fmt: skip
    return Form({"covariates": covariates or [], **{name: [value] for name, value in one.items() if value}})


class PowerAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What is supposed of an evaluation. As the query of the JSON."""

    from_: Share = msgspec.field(default=0.332, name="from")
    to: Share = 0.262
    against: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 1.0
    wanted: Annotated[float, msgspec.Meta(gt=0.05, lt=1)] = 0.8

    def what_if(self) -> WhatIf:
        return WhatIf(untagged_each=self.against, p_tagged=self.to, p_untagged=self.from_, wanted=self.wanted)


class Question(NamedTuple):
    """What is asked of an effect, and the same as the query of an address."""

    asked: EffectIn
    query: str


class Evaluation(PageController):
    path = EVALUATION
    menu = "Evaluation"
    first_for = (Role.EVALUATOR,)
    dependencies = {**EXPORTS, "asked": Provide(provide_asked, sync_to_thread=False)}

    @get(sync_to_thread=True)
    def show(
        self, context: NamedDependency[RequestContext], asked: NamedDependency[Form], request: Asked
    ) -> Response[str]:
        return _shown(context, request, asked)

    @get("/{name:str}", sync_to_thread=True)
    def picture(
        self, name: FromPath[str], context: NamedDependency[RequestContext], asked: NamedDependency[Form]
    ) -> Response[bytes]:
        """A chart as a picture (`balance.svg`), or its table (`balance.csv`), asked as the page asks it."""
        key, _, suffix = name.partition(".")
        if suffix not in ("svg", "csv") or key not in _CHARTS:
            raise NotFound(f"There is no picture {name[:40]}. There are {', '.join(_CHARTS)}, each as .svg and .csv.")
        try:
            charts = _CHARTS[key](context, programme_of(context), asked)
        except FormFaults as wrong:
            raise BadEntry(str(wrong)) from wrong
        chart = next((each for each in charts if each.about.key == key), None)
        if chart is None:
            raise NotFound("There is nothing to draw yet.")
        return drawn(chart) if suffix == "svg" else as_csv_file(chart)


def _shown(context: RequestContext, request: Asked, form: Form) -> Response[str]:
    programme = programme_of(context)
    found: AnalysisOut | None = None
    error: Exception | None = None
    question: Question | None = None
    power_asked = PowerAsked()
    try:
        power_asked = form.read(PowerAsked, _POWER)
        question = _question(context, programme, form)
        found = None if question is None else _effect(context, programme, question.asked)
    except REFUSALS as refused:
        error = refused
    of_power = answers.power(context, programme, None, power_asked.what_if())
    quality = answers.match_quality(context, programme, None)
    exports = cohorts.list_exports(context, programme, Page(1, 0)).items
    effect_query = question.query if question is not None and error is None else ""
    effect_charts = {each.about.key: each for each in charts_of_effect(found)} if found is not None else {}
    power_query = urlencode([(each, getattr(power_asked, each.replace("from", "from_"))) for each in _POWER])
    return page(
        request,
        "evaluation/evaluation.html",
        "Did tagging make a difference?",
        form=_with_defaults(form, question),
        error=error,
        found=found,
        answer=answer_told(found),
        pictures={key: pictured(chart, effect_query) for key, chart in effect_charts.items()},
        power=of_power,
        power_picture=pictured(power_chart(of_power, power_asked.what_if()), power_query),
        quality=quality,
        quality_pictures=[pictured(chart, "") for chart in charts_of_quality(quality)] if quality.by_strength else [],
        export=exports[0] if exports else None,
        steps=flow_steps(exports[0].flow, found.k if found is not None else _LEAST) if exports else [],
        covariates=COVARIATES,
        or_withheld=or_withheld,
        own=EVALUATION,
        wide=True,
    )


def _with_defaults(form: Form, question: Question | None) -> Form:
    """What was typed; beside it, where nothing was asked here, the question whose answer is shown."""
    if form.all("covariates") or question is None:
        return form
    fields = {"covariates": question.asked.covariates}
    for name, value in msgspec.to_builtins(question.asked).items():
        if name != "covariates" and value is not None:
            fields[name] = [str(value)]
    for name, value in form.items():
        fields.setdefault(name, []).append(value)
    return Form(fields)


def _question(context: RequestContext, programme: Programme, form: Form) -> Question | None:
    """Raises FormFaults."""
    if form.get("method") or form.all("covariates"):
        asked = form.read(EffectIn, EFFECT)
    elif (last := answers.last_effect_asked(context, programme)) is not None:
        day, planned = last
        settings = msgspec.structs.asdict(planned)
        settings["outcome"] = _OUTCOMES.get(settings["outcome"], settings["outcome"])
        asked = EffectIn(**settings, as_at=day)
    else:
        return None
    fields: list[tuple[str, Any]] = []
    for name, value in msgspec.to_builtins(asked).items():
        fields += [(name, each) for each in (value if isinstance(value, list) else [value]) if each is not None]
    return Question(asked, urlencode(fields))


def _effect(context: RequestContext, programme: Programme, asked: EffectIn) -> AnalysisOut:
    settings = msgspec.structs.asdict(asked)
    as_at: date | None = settings.pop("as_at")
    return answers.effect(context, programme, as_at, **settings)


def _effect_charts(context: RequestContext, programme: Programme, form: Form) -> list[Chart]:
    question = _question(context, programme, form)
    return [] if question is None else charts_of_effect(_effect(context, programme, question.asked))


def _power_charts(context: RequestContext, programme: Programme, form: Form) -> list[Chart]:
    what_if = form.read(PowerAsked, _POWER).what_if()
    return [power_chart(answers.power(context, programme, None, what_if), what_if)]


def _quality_charts(context: RequestContext, programme: Programme, _form: Form) -> list[Chart]:
    return charts_of_quality(answers.match_quality(context, programme, None))


_CHARTS = {
    "balance": _effect_charts,
    "curves": _effect_charts,
    "power": _power_charts,
    "matches": _quality_charts,
    "calibration": _quality_charts,
}
HANDLERS = (Evaluation,)
