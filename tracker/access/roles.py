"""Roles and rights: each user has one role, and each role has a set of rights.

Deny by default: a right that is in no set of `RIGHTS` is not granted to any user. Separation of duty is by person, not
by role: see `tracker.review`.
"""

from enum import StrEnum


class Role(StrEnum):
    """A user's role in the programme."""

    OFFICER = "delivery officer"
    ANALYST = "analyst"
    RELEASER = "releasing officer"
    EVALUATOR = "evaluator"
    PROTECTION = "data protection officer"
    ADMINISTRATOR = "administrator"
    PRACTITIONER = "practitioner"
    """At probation: sees the cases that an officer assigned to them, and enters nothing."""
    SUPPLIER = "supplier"
    """Of tags: sends files, and sees what became of their rows."""


class Right(StrEnum):
    """One permission; each route of the application requires one."""

    READ_PROGRAMME = "read the programme: decisions, money, rollout, capacity, counts"
    ENTER_PROGRAMME = "enter decisions, launches, money, duties"
    READ_CASES = "read licences, screenings and tags by reference"
    ENTER_CASES = "enter screenings, scores, places, tags, licence events"
    SEE_NAMES = "see names, dates of birth and numbers of people"
    READ_OWN_CASES = "read the cases assigned to oneself"
    SUMMARISE_MOVEMENTS = "see a day's summary of the movements of an own case's wearer"
    SEND_SUPPLIES = "send files of stock and fittings, and see what became of them"
    FIND_PEOPLE = "find a wearer's reference by an identifier"
    READ_CRIMES = "read crimes and their batches"
    ENTER_CRIMES = "import crimes"
    ENTER_STREAMS = "import fixes and device events"
    RUN_MATCHES = "start, stop and compare match jobs"
    SET_MATCHES = "set with which settings crimes are matched for the queue"
    ADOPT_ACCURACY = "adopt the accuracy of device models"
    READ_RUNS = "read runs, candidates and verdicts"
    OPEN_TRAILS = "open the trail of a wearer who may be matched"
    REVIEW = "assign, confirm and reject matches"
    RELEASE = "release matches that another person confirmed, and recall them"
    READ_RELEASES = "read releases"
    EXPORT = "export pseudonymised data"
    ENTER_OUTCOMES = "import reoffences, comparison people, benchmark counts"
    READ_REVIEW = "read the restricted equality review, for users named in it"
    READ_AUDIT = "read and verify the audit"
    KEEP = "set retention periods, erase, answer subject access requests"
    MANAGE_USERS = "add users and end their access"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OFFICER: frozenset(
        {
            Right.READ_PROGRAMME,
            Right.ENTER_PROGRAMME,
            Right.READ_CASES,
            Right.ENTER_CASES,
            Right.SEE_NAMES,
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
            Right.SET_MATCHES,
            Right.ADOPT_ACCURACY,
            Right.READ_RUNS,
            Right.OPEN_TRAILS,
            Right.REVIEW,
        }
    ),
    Role.RELEASER: frozenset({Right.READ_PROGRAMME, Right.RELEASE, Right.READ_RELEASES}),
    Role.EVALUATOR: frozenset({Right.READ_PROGRAMME, Right.EXPORT, Right.ENTER_OUTCOMES, Right.READ_REVIEW}),
    Role.PROTECTION: frozenset({Right.READ_PROGRAMME, Right.READ_AUDIT, Right.KEEP, Right.READ_REVIEW}),
    Role.ADMINISTRATOR: frozenset({Right.MANAGE_USERS}),
    Role.PRACTITIONER: frozenset({Right.READ_OWN_CASES, Right.SUMMARISE_MOVEMENTS}),
    Role.SUPPLIER: frozenset({Right.SEND_SUPPLIES}),
}


def may(role: Role, right: Right) -> bool:
    """Whether a role has a right."""
    return right in RIGHTS[role]
