"""One person, one role, and what each role may do. What no role is given nobody may do.

Separation of duty is by person, not by role: see `tracker.review`. Deny by default: a right that is in no set of
`RIGHTS` is nobody's.
"""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is in the programme."""

    OFFICER = "delivery officer"
    ANALYST = "analyst"
    RELEASER = "releasing officer"
    EVALUATOR = "evaluator"
    PROTECTION = "data protection officer"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """One thing that may be done; each route of the application asks for one."""

    READ_PROGRAMME = "read the programme: decisions, money, rollout, capacity, counts"
    ENTER_PROGRAMME = "enter decisions, launches, money, duties"
    READ_CASES = "read licences, screenings and tags by reference"
    ENTER_CASES = "enter screenings, scores, places, tags, licence events"
    FIND_PEOPLE = "go from an identifier to a reference"
    READ_CRIMES = "read crimes and their batches"
    ENTER_CRIMES = "load crimes"
    ENTER_STREAMS = "load fixes and device events"
    RUN_MATCHES = "make, stop and compare match jobs"
    READ_RUNS = "read runs, candidates and verdicts"
    OPEN_TRAILS = "open the trail of somebody who may be matched"
    REVIEW = "assign, confirm and reject matches"
    RELEASE = "release what somebody else has confirmed, and recall it"
    READ_RELEASES = "read what was released"
    EXPORT = "export what identifies nobody"
    ENTER_OUTCOMES = "load reoffences, comparison people, benchmark counts"
    READ_REVIEW = "read the restricted equality review, if named to"
    READ_AUDIT = "read and verify the audit"
    KEEP = "set retention, erase, answer subject access"
    MANAGE_USERS = "add users and end their access"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OFFICER: frozenset(
        {
            Right.READ_PROGRAMME,
            Right.ENTER_PROGRAMME,
            Right.READ_CASES,
            Right.ENTER_CASES,
            Right.FIND_PEOPLE,
            Right.ENTER_OUTCOMES,
            Right.READ_REVIEW,
        }
    ),
    Role.ANALYST: frozenset(
        {
            Right.READ_PROGRAMME,
            Right.READ_CRIMES,
            Right.ENTER_CRIMES,
            Right.ENTER_STREAMS,
            Right.RUN_MATCHES,
            Right.READ_RUNS,
            Right.OPEN_TRAILS,
            Right.REVIEW,
        }
    ),
    Role.RELEASER: frozenset({Right.READ_PROGRAMME, Right.RELEASE, Right.READ_RELEASES}),
    Role.EVALUATOR: frozenset({Right.READ_PROGRAMME, Right.EXPORT, Right.ENTER_OUTCOMES, Right.READ_REVIEW}),
    Role.PROTECTION: frozenset({Right.READ_PROGRAMME, Right.READ_AUDIT, Right.KEEP, Right.READ_REVIEW}),
    Role.ADMINISTRATOR: frozenset({Right.MANAGE_USERS}),
}


def may(role: Role, right: Right) -> bool:
    return right in RIGHTS[role]
