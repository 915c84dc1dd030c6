"""Kinds of files, for whoever takes one without reading it."""

from tracker.access.roles import Right

RIGHTS = {
    "crimes": Right.ENTER_CRIMES,
    "fixes": Right.ENTER_STREAMS,
    "events": Right.ENTER_STREAMS,
    "assignments": Right.ENTER_CASES,
    "releases": Right.ENTER_CASES,
    "ledger": Right.ENTER_PROGRAMME,
    "reoffences": Right.ENTER_OUTCOMES,
    "comparison": Right.ENTER_OUTCOMES,
    "characteristics": Right.ENTER_OUTCOMES,
    "benchmarks": Right.ENTER_OUTCOMES,
}
"""Whose it is to send each kind of file."""
