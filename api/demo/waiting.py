"""What each of the demo's people finds when they log in, counted in the record."""

from sqlalchemy import Engine

from api.demo.answers import requests
from api.demo.changed import released_and_changed
from api.demo.demo import refused_table
from api.demo.desk import desk_of
from api.demo.evaluation import PLANTED
from api.demo.people import context_of
from api.demo.releases import PILOT
from api.demo.year_later import AS_AT
from api.settings import Settings
from api.usecases.evaluation import answers, cohorts
from api.usecases.request_context import Page
from tracker.access.roles import Role
from tracker.counted import counted

_ONE = Page(limit=1)
_NOT_YET = "no effect yet: nobody is followed for long enough; tagpilot demo --year-later has outcomes"
_LATER = (
    f"the effect, balance and curves as at {AS_AT}; planted: a tag makes it {100 * PLANTED:.0f} points less likely "
    "that its wearer reoffends within 12 months"
)


def what_waits(settings: Settings, engine: Engine, *, year_later: bool) -> dict[Role, list[str]]:
    """By role, in words: what to look at first."""
    desk, refused = desk_of(engine), refused_table(settings.home)
    eva = context_of(Role.EVALUATOR, settings, engine)
    programme = eva.programme(PILOT)
    changed = released_and_changed(engine)
    tables = answers.list_releases(eva, programme, _ONE).total
    exported = cohorts.list_exports(eva, programme, _ONE).total
    when = "in May 2021" if year_later else "in autumn 2019"
    return {
        Role.OFFICER: [f"the pilot {when}: status, lists, money, what needs attention"],
        Role.ANALYST: [
            f"matches: {desk.in_review} in review, {desk.new:,} new, {desk.rejected} rejected",
            f"{desk.withdrawn} match withdrawn with its crime; one import that failed",
        ],
        Role.RELEASER: [
            f"confirmed matches that wait for release: {desk.confirmed}",
            f"released: {desk.released}, with what came of it; recalled: {desk.recalled}, not acknowledged yet",
            *(
                [f"{counted(changed, 'released match', 'released matches')} of which a later run says something else"]
                if changed
                else []
            ),
        ],
        Role.EVALUATOR: [
            f"left, by the ledger: tables {tables}, exported cohorts {exported}",
            *([] if refused is None else [f"a table that was refused, {refused}"]),
            _LATER if year_later else _NOT_YET,
        ],
        Role.PROTECTION: [
            *(f"a subject access request, due on {each.due_on}" for each in requests(engine)),
            "the audit, retention periods, erasures",
        ],
        Role.ADMINISTRATOR: ["the eight users of the demo"],
        Role.PRACTITIONER: ["three cases: licence, criteria, decisions"],
        Role.SUPPLIER: ["files of stock and fittings to send"],
    }
