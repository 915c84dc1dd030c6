"""Tables that may leave, power, quality of matches, effects, and the equality review in its two editions."""

from datetime import date
from typing import Annotated, Any, Literal

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import structs

from api.documents.equality_review import FORMS, HTML, printed
from api.http.dependencies import OF_PROGRAMME, Number, asked_for
from api.http.files import best_of, file_answer, file_response
from api.http.middleware import page_policy
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS
from api.schemas.evaluation.analysis_plans import AnalysisPlanOut, AnalysisPlanPage
from api.schemas.evaluation.bodies import AnalysisPlanIn, ComparisonSetIn, EffectIn, ReaderIn, ReviewIn, TablesIn
from api.schemas.evaluation.comparison_sets import ComparisonSetOut, ComparisonSetPage
from api.schemas.evaluation.effects import AnalysisOut
from api.schemas.evaluation.equality import ReviewOut, ReviewReaderOut
from api.schemas.evaluation.measures import MatchQuality, PowerOut
from api.schemas.evaluation.tables import LedgerPage, LedgerRelease, TablesReleased
from api.usecases.evaluation import analysis_plans, answers, comparison_sets
from api.usecases.request_context import Page, Programme, RequestContext
from api.views.evaluation.equality_review import STYLE
from tracker.access.roles import Right
from tracker.evaluation.statistics.accrual import WhatIf
from tracker.evaluation.statistics.estimates.looks import Spending

MonthEnd = Annotated[
    date | None, QueryParameter(name="asAt", description="The state at this end of a month; the latest by default.")
]
_EXPORTS = {"context": asked_for(Right.EXPORT)}
_READS_REVIEW = {"context": asked_for(Right.READ_REVIEW)}


class Tables(Controller):
    """Tables of people."""

    path = "/programmes/{key:str}/tables"
    tags = ("evaluation",)
    dependencies = {"context": asked_for(Right.EXPORT, Right.KEEP), **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @post(operation_id="releaseTables", dependencies=_EXPORTS, responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def release(
        self,
        data: JSONBody[TablesIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> TablesReleased:
        """Counts of people and rates among them. Nothing below k leaves, nor anything from which that could be computed
        with all tables that left before; a refusal says with which release it collides."""
        questions = [(table.measure, table.by, table.where) for table in data.tables]
        return answers.release_tables(context, programme, questions, data.as_at, data.k)

    @get(operation_id="listTables", sync_to_thread=True)
    def list_releases(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        page: NamedDependency[Page],
    ) -> LedgerPage:
        """The ledger: every release of tables, the latest first."""
        return answers.list_releases(context, programme, page)

    @get("/{number:int}", operation_id="getTables", sync_to_thread=True)
    def get_release(
        self, number: Number, context: NamedDependency[RequestContext], programme: NamedDependency[Programme]
    ) -> LedgerRelease:
        """One release as it left."""
        return answers.release(context, programme, number)


class ComparisonSets(Controller):
    """Sets of comparison people."""

    path = "/programmes/{key:str}/comparison-sets"
    tags = ("evaluation",)
    dependencies = {"context": asked_for(Right.ENTER_OUTCOMES), **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @post(operation_id="acceptComparisonSet", responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def accept(
        self,
        data: JSONBody[ComparisonSetIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> ComparisonSetOut:
        """The comparison people on record become a set, which is not changed any more; not by whoever sent them."""
        return comparison_sets.accept(context, programme, data.name)

    @get(operation_id="listComparisonSets", sync_to_thread=True)
    def list_sets(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        page: NamedDependency[Page],
    ) -> ComparisonSetPage:
        """Every set that was accepted, the latest first."""
        return comparison_sets.list_sets(context, programme, page)


class AnalysisPlans(Controller):
    """Analysis plans."""

    path = "/programmes/{key:str}/analysis-plans"
    tags = ("evaluation",)
    dependencies = {**_EXPORTS, **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @post(operation_id="freezeAnalysisPlan", responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def freeze(
        self,
        data: JSONBody[AnalysisPlanIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> AnalysisPlanOut:
        """The settings of an effect become a plan, which is not changed any more; effects asked with them name it."""
        settings = structs.asdict(data)
        return analysis_plans.freeze(context, programme, settings.pop("name"), settings)

    @get(operation_id="listAnalysisPlans", sync_to_thread=True)
    def list_plans(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        page: NamedDependency[Page],
    ) -> AnalysisPlanPage:
        """Every plan that was frozen, the latest first."""
        return analysis_plans.list_plans(context, programme, page)


class Measures(Controller):
    """What an evaluation can detect, and what became of matches."""

    path = "/programmes/{key:str}"
    tags = ("evaluation",)
    dependencies = {**_EXPORTS, **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(
        "/power",
        operation_id="getPower",
        dependencies={"context": asked_for(Right.EXPORT, Right.ENTER_PROGRAMME)},
        sync_to_thread=True,
    )
    def power(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_at: MonthEnd = None,
        boroughs: Annotated[int | None, QueryParameter(ge=1, le=33, description="Suppose so many boroughs.")] = None,
        until: Annotated[
            date | None, QueryParameter(description="Suppose that tags are imposed until this day.")
        ] = None,
        against: Annotated[
            float, QueryParameter(gt=0, le=1000, description="Comparison people for each tagged.")
        ] = 1.0,
        from_: Annotated[
            float, QueryParameter(name="from", gt=0, lt=1, description="Reoffending without a tag.")
        ] = 0.332,
        to: Annotated[float, QueryParameter(gt=0, lt=1, description="Reoffending with a tag.")] = 0.262,
        wanted: Annotated[
            float, QueryParameter(gt=0.05, lt=1, description="The power wanted; 0.05 is the level.")
        ] = 0.8,
        looks: Annotated[
            int, QueryParameter(ge=1, le=20, description="How often the results are looked at, the end too.")
        ] = 1,
        spending: Annotated[
            Literal["obrien-fleming", "pocock"],
            QueryParameter(description="With looks: hardly anything early, or as much at each look."),
        ] = "obrien-fleming",
    ) -> PowerOut:
        """Tags accrued against plan; power and the smallest drop found, now and at the last day to impose."""
        what_if = WhatIf(
            boroughs=boroughs,
            until=until,
            untagged_each=against,
            p_tagged=to,
            p_untagged=from_,
            wanted=wanted,
            looks=looks,
            spending=Spending(spending),
        )
        return answers.power(context, programme, as_at, what_if)

    @get("/match-quality", operation_id="getMatchQuality", sync_to_thread=True)
    def match_quality(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_at: MonthEnd = None,
    ) -> MatchQuality:
        """What became of matches, by strength, month, p_present and e_value; whether p_present was borne out."""
        return answers.match_quality(context, programme, as_at)

    @post(
        "/effects",
        operation_id="estimateEffect",
        status_code=200,
        responses=ENTRY_PROBLEMS,
        sync_to_thread=True,
    )
    def effect(
        self,
        data: JSONBody[EffectIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> AnalysisOut:
        """Reoffending or recall within 12 months, tagged people against a comparison group made like them: proportions,
        balance with what is unbalanced first, the difference with its interval, curves, the E-value; or what is
        missing."""
        return answers.effect(
            context,
            programme,
            data.as_at,
            method=data.method,
            covariates=data.covariates,
            outcome=data.outcome,
            ratio=data.ratio,
            caliper=data.caliper,
            contrast=data.contrast,
            estimand=data.estimand,
            grace_days=data.grace_days,
            comparison_set=data.comparison_set,
        )


class EqualityReviews(Controller):
    """The six-month equality review."""

    path = "/programmes/{key:str}/equality-reviews"
    tags = ("evaluation",)
    dependencies = {**_EXPORTS, **OF_PROGRAMME}
    problems = ENTRY_PROBLEMS

    @post(operation_id="makeEqualityReview", sync_to_thread=True)
    def open_edition(
        self,
        data: JSONBody[ReviewIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> ReviewOut:
        """The open edition: inclusion at each step by protected characteristic. It goes on the ledger."""
        return answers.open_review(context, programme, data.as_at, data.young_adult_to)

    @post(
        "/document",
        operation_id="makeEqualityReviewDocument",
        operation_class=file_answer(*FORMS.values()),
        sync_to_thread=True,
    )
    def open_document(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[ReviewIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> Response[bytes]:
        """The open edition as a document for a board: one HTML page, or Word or PDF, as `Accept` wants."""
        return _document(request, answers.open_review(context, programme, data.as_at, data.young_adult_to))

    @post("/restricted", operation_id="readRestrictedReview", dependencies=_READS_REVIEW, sync_to_thread=True)
    def restricted_edition(
        self,
        data: JSONBody[ReviewIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> ReviewOut:
        """The edition with small numbers, for those named to read it; each reading is audited."""
        return answers.restricted_review(context, programme, data.as_at, data.young_adult_to)

    @post(
        "/restricted/document",
        operation_id="readRestrictedReviewDocument",
        operation_class=file_answer(*FORMS.values()),
        dependencies=_READS_REVIEW,
        sync_to_thread=True,
    )
    def restricted_document(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[ReviewIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> Response[bytes]:
        """The restricted edition likewise."""
        return _document(request, answers.restricted_review(context, programme, data.as_at, data.young_adult_to))


class ReviewReaders(Controller):
    """Who may read the restricted edition."""

    path = "/programmes/{key:str}/review-readers"
    tags = ("keeping",)
    dependencies = {"context": asked_for(Right.KEEP), **OF_PROGRAMME}
    problems = ENTRY_PROBLEMS

    @post(operation_id="nameReviewReader", sync_to_thread=True)
    def name_reader(
        self,
        data: JSONBody[ReaderIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> ReviewReaderOut:
        """A user may read the restricted edition until a day. No one names themselves."""
        return answers.name_reader(context, programme, data.reader, data.until, data.reason)


def _document(request: Request[Any, Any, Any], review: ReviewOut) -> Response[bytes]:
    form = best_of(request.scope["headers"], tuple(FORMS.values()))
    content = printed(review, form)
    if form == HTML:
        headers = {"cache-control": "no-store", "content-security-policy": page_policy(STYLE)}
        return Response(content, media_type="text/html", headers=headers)
    suffix = next(suffix for suffix, each in FORMS.items() if each == form)
    made = file_response(content, form, f"equality-review-{review.as_at}-{review.edition}{suffix}")
    made.headers["cache-control"] = "no-store"
    return made


HANDLERS = (Tables, ComparisonSets, AnalysisPlans, Measures, EqualityReviews, ReviewReaders)
