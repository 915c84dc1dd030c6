"""Licences and alerts, for a person at a terminal."""

from api.schemas.delivery.licences import LicenceStates
from api.wording.text import london, table
from tracker.licences.states import AlertState

_OPEN = (AlertState.RAISED.value, AlertState.VERIFIED.value)


def states_in_words(found: LicenceStates) -> list[str]:
    """Every licence with its state, and the alerts that wait for an answer."""
    rows = [[each.reference, each.wearer_ref, each.state] for each in found.licences]
    lines = [table(["licence", "wearer", "state"], rows)]
    waiting = [alert for alert in found.alerts if alert.state in _OPEN]
    if waiting:
        rows = [[str(alert.id), alert.licence, alert.kind, alert.state, london(alert.at)] for alert in waiting]
        lines += ["", table(["alert", "licence", "kind", "state", "since (London)"], rows)]
    return lines
