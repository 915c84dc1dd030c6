"""Wearers by reference: scores and addresses; and the way from an identifier to a reference. No answer holds a name."""

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.dependencies import OF_PROGRAMME, asked_for
from api.http.middleware import unescaped
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS
from api.schemas.delivery.people import AddressEntered, AddressIn, FindIn, PeopleFound
from api.schemas.delivery.scores import ScoreEntered, ScoreIn, WearerScores
from api.usecases.delivery import scores, screening
from api.usecases.request_context import Programme, RequestContext
from tracker.access.roles import Right
from tracker.times import AsOf

_ENTERS = {"context": asked_for(Right.ENTER_CASES)}


class Scores(Controller):
    """A wearer's OGRS scores, and the mapping gate that they open."""

    path = "/programmes/{key:str}/wearers/{wearer:str}/scores"
    tags = ("cases",)
    dependencies = {"context": asked_for(Right.READ_CASES), **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="listScores", sync_to_thread=True)
    def list_scores(
        self,
        wearer: FromPath[str],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
    ) -> WearerScores:
        """A wearer's scores, and the days on which the mapping gate is open by them."""
        return scores.show(context, programme, unescaped(wearer), as_of)

    @post(operation_id="giveScore", dependencies=_ENTERS, responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def give_score(
        self,
        wearer: FromPath[str],
        data: JSONBody[ScoreIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> ScoreEntered:
        """A score as it was given: it acts from its day on. `matchesAffected` counts the matches that a score of a past
        day affects; `matches` names them to those who may read matches."""
        return scores.give(
            context,
            programme,
            unescaped(wearer),
            data.score,
            instrument=data.instrument,
            version=data.version,
            horizon_years=data.horizon_years,
            on=data.on,
            given_by=data.given_by,
        )


class Addresses(Controller):
    """Where wearers live."""

    path = "/wearers/{wearer:str}/addresses"
    tags = ("cases",)
    dependencies = _ENTERS
    problems = ENTRY_PROBLEMS

    @post(operation_id="moveAddress", sync_to_thread=True)
    def move_address(
        self, wearer: FromPath[str], data: JSONBody[AddressIn], context: NamedDependency[RequestContext]
    ) -> AddressEntered:
        """Where a wearer lives from a day on. Moving out of a live borough ends nothing by itself."""
        return screening.move_address(
            context,
            unescaped(wearer),
            data.from_on,
            borough=data.borough,
            easting_m=data.easting,
            northing_m=data.northing,
            postcode=data.postcode,
            line=data.line,
        )


class People(Controller):
    """From an identifier to a reference."""

    path = "/people"
    tags = ("cases",)
    dependencies = {"context": asked_for(Right.FIND_PEOPLE)}
    problems = ENTRY_PROBLEMS

    @post("/find", operation_id="findPerson", status_code=200, sync_to_thread=True)
    def find_person(self, data: JSONBody[FindIn], context: NamedDependency[RequestContext]) -> PeopleFound:
        """Wearer reference and licences of a person, by NOMIS number, CRN or PNC id; it is audited."""
        return screening.find_person(context, data.identifier)


HANDLERS = (Scores, Addresses, People)
