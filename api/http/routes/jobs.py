"""Match jobs: asked for, listed, watched, stopped, asked for again; the settings they take, and adopted accuracies."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.http.dependencies import OF_PROGRAMME, Number, asked_for
from api.http.problems import ENTRY_PROBLEMS, READ_PROBLEMS, answers
from api.schemas.matching.accuracy_levels import (
    AccuracyLevels,
    AdoptionEntered,
    AdoptionIn,
    AdoptionTakenBack,
    TakeBackIn,
)
from api.schemas.matching.jobs import JobOut, JobPage, JobStateName, NewJob
from api.schemas.matching.rematch import Rematch
from api.schemas.matching.standing import (
    StandingSettingEntered,
    StandingSettingIn,
    StandingSettings,
    StandingSettingTakenBack,
    StandingTakeBackIn,
)
from api.usecases.desk import standing
from api.usecases.matching import accuracy_levels, jobs, rematch
from api.usecases.request_context import Page, Programme, RequestContext
from tracker.access.roles import Right
from tracker.times import AsOf

STORED = {**ENTRY_PROBLEMS, **answers(429, 507)}
"""Of what stores a job."""
_SETS = {"context": asked_for(Right.SET_MATCHES)}
_ADOPTS = {"context": asked_for(Right.ADOPT_ACCURACY)}


class Jobs(Controller):
    """All match jobs."""

    path = "/jobs"
    tags = ("jobs",)
    dependencies = {"context": asked_for(Right.RUN_MATCHES)}
    problems = READ_PROBLEMS

    @post(operation_id="createJob", responses=STORED, sync_to_thread=True)
    def create(self, data: JSONBody[NewJob], context: NamedDependency[RequestContext]) -> JobOut:
        """Ask for a match by the record; a worker does it. Settings are checked now, not when it runs."""
        return jobs.create(context, data)

    @get(operation_id="listJobs", sync_to_thread=True)
    def list_jobs(
        self,
        context: NamedDependency[RequestContext],
        page: NamedDependency[Page],
        in_state: Annotated[
            JobStateName | None, QueryParameter(name="state", description="Jobs in this state only.")
        ] = None,
    ) -> JobPage:
        """Match jobs, the latest first."""
        return jobs.list_jobs(context, page, in_state)


class RematchJobs(Controller):
    """Jobs that match again what an earlier version of the matcher matched."""

    path = "/jobs/rematch"
    tags = ("jobs",)
    dependencies = {"context": asked_for(Right.RUN_MATCHES)}
    problems = READ_PROBLEMS

    @get(operation_id="previewRematch", sync_to_thread=True)
    def preview(self, context: NamedDependency[RequestContext]) -> Rematch:
        """What would be matched again: months with open or released matches of an earlier version. Stores nothing."""
        return rematch.preview(context)

    @post(operation_id="rematch", status_code=200, responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def rematch(
        self,
        context: NamedDependency[RequestContext],
        only: Annotated[list[str] | None, QueryParameter(description="The month of this key alone; repeat it.")] = None,
    ) -> Rematch:
        """A job for each of these months; one that waits or runs already is not stored again."""
        return rematch.rematch(context, only)


class OneJob(Controller):
    """One match job."""

    path = "/jobs/{job_id:int}"
    tags = ("jobs",)
    dependencies = {"context": asked_for(Right.RUN_MATCHES)}
    problems = READ_PROBLEMS

    @get(operation_id="getJob", sync_to_thread=True)
    def get_job(self, job_id: Number, context: NamedDependency[RequestContext]) -> JobOut:
        """One job, with how far it is."""
        return jobs.job(context, job_id)

    @post("/cancel", operation_id="cancelJob", status_code=200, responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def cancel(self, job_id: Number, context: NamedDependency[RequestContext]) -> JobOut:
        """Stop it: at once if it waits, otherwise when its worker next looks. What was finished is kept for the next
        attempt."""
        return jobs.cancel(context, job_id)

    @post("/again", operation_id="rerunJob", responses=STORED, sync_to_thread=True)
    def rerun(self, job_id: Number, context: NamedDependency[RequestContext]) -> JobOut:
        """Ask the same in another job, of the record and the streams as they are now."""
        return jobs.rerun(context, job_id)


class Levels(Controller):
    """What holds for fixes of each device model, from which day on."""

    path = "/accuracy-levels"
    tags = ("accuracy",)
    dependencies = {"context": asked_for(Right.READ_RUNS)}
    problems = READ_PROBLEMS

    @get(operation_id="listAccuracyLevels", sync_to_thread=True)
    def list_levels(
        self,
        context: NamedDependency[RequestContext],
        as_of: NamedDependency[AsOf],
        history: Annotated[
            bool, QueryParameter(description="Every entry there ever was, corrected and taken back ones too.")
        ] = False,
    ) -> AccuracyLevels:
        """What was adopted by the day, by whom and why, and the models on record."""
        return accuracy_levels.list_levels(context, as_of, history=history)

    @post(operation_id="adoptAccuracy", dependencies=_ADOPTS, responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def adopt(self, data: JSONBody[AdoptionIn], context: NamedDependency[RequestContext]) -> AdoptionEntered:
        """A level, a factor or both hold for fixes of a model from a day on. Matches from now on use it. A second entry
        of one day corrects the first."""
        return accuracy_levels.adopt(
            context, data.model, data.from_on, level=data.level, factor=data.factor, reason=data.reason
        )


class StandingSettingsOf(Controller):
    """With which settings crimes of a programme are matched for the queue."""

    path = "/programmes/{key:str}/standing-settings"
    tags = ("jobs",)
    dependencies = {"context": asked_for(Right.READ_RUNS), **OF_PROGRAMME}
    problems = READ_PROBLEMS

    @get(operation_id="listStandingSettings", sync_to_thread=True)
    def list_standing(
        self,
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
        as_of: NamedDependency[AsOf],
        history: Annotated[
            bool, QueryParameter(description="Every entry there ever was, corrected and taken back ones too.")
        ] = False,
    ) -> StandingSettings:
        """What holds for crimes that begin by the day, by type, with who entered it and why."""
        return standing.list_standing(context, programme, as_of, history=history)

    @post(operation_id="enterStandingSetting", dependencies=_SETS, responses=ENTRY_PROBLEMS, sync_to_thread=True)
    def enter(
        self,
        data: JSONBody[StandingSettingIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> StandingSettingEntered:
        """Crimes of a type are matched with these settings from a day on: new matches made with others leave the queue,
        and the crimes are matched with these. A second entry of one type and day corrects the first."""
        return standing.enter(context, programme, data.crime_type, data.from_on, data.params, data.reason)


class StandingTakenBack(Controller):
    """A standing setting that no longer holds."""

    path = "/programmes/{key:str}/standing-settings/take-back"
    tags = ("jobs",)
    dependencies = {**_SETS, **OF_PROGRAMME}
    problems = ENTRY_PROBLEMS

    @post(operation_id="takeBackStandingSetting", status_code=200, sync_to_thread=True)
    def take_back(
        self,
        data: JSONBody[StandingTakeBackIn],
        context: NamedDependency[RequestContext],
        programme: NamedDependency[Programme],
    ) -> StandingSettingTakenBack:
        """The standing setting of a type and day no longer holds; it stays on record as known until now."""
        return standing.take_back(context, programme, data.crime_type, data.from_on, data.reason)


class TakenBack(Controller):
    """An adoption that no longer holds."""

    path = "/accuracy-levels/take-back"
    tags = ("accuracy",)
    dependencies = _ADOPTS
    problems = ENTRY_PROBLEMS

    @post(operation_id="takeBackAccuracy", status_code=200, sync_to_thread=True)
    def take_back(self, data: JSONBody[TakeBackIn], context: NamedDependency[RequestContext]) -> AdoptionTakenBack:
        """The adoption of a model and day no longer holds; it stays on record as known until now."""
        return accuracy_levels.take_back(context, data.model, data.from_on, data.reason)


HANDLERS = (Jobs, RematchJobs, OneJob, Levels, TakenBack, StandingSettingsOf, StandingTakenBack)
