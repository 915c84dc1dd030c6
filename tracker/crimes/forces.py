"""The police forces that send batches: their names, and the codes that begin their batch ids.

Source: hmpps-electronic-monitoring-crime-matching-api, PoliceForce. A reference is unique only within a force, so one
force must never go by two names: what data.police.uk and people call them leads to the same identifier.
"""

from functools import cache
from typing import NamedTuple


class Force(NamedTuple):
    """`identifier` as in batches, `label` for people, `code` before the date in batch ids."""

    identifier: str
    label: str
    code: str
    street_name: str
    """The name in the column "Falls within" of data.police.uk."""


FORCES = (
    Force("AvonSomerset", "Avon and Somerset", "AVS", "Avon and Somerset Constabulary"),
    Force("Bedfordshire", "Bedfordshire", "BFD", "Bedfordshire Police"),
    Force("Cheshire", "Cheshire", "CHS", "Cheshire Constabulary"),
    Force("CoLP", "City of London", "CoLP", "City of London Police"),
    Force("Cumbria", "Cumbria", "CMB", "Cumbria Constabulary"),
    Force("Derbyshire", "Derbyshire", "DBY", "Derbyshire Constabulary"),
    Force("Durham", "Durham", "DUR", "Durham Constabulary"),
    Force("Essex", "Essex", "ESX", "Essex Police"),
    Force("Gloucestershire", "Gloucestershire", "GLC", "Gloucestershire Constabulary"),
    Force("Gwent", "Gwent", "GWP", "Gwent Police"),
    Force("Hampshire", "Hampshire", "HAM", "Hampshire Constabulary"),
    Force("Hertfordshire", "Hertfordshire", "HRT", "Hertfordshire Constabulary"),
    Force("Humberside", "Humberside", "HMB", "Humberside Police"),
    Force("Kent", "Kent", "KNT", "Kent Police"),
    Force("Metropolitan", "Metropolitan", "MPS", "Metropolitan Police Service"),
    Force("NorthWales", "North Wales", "NWL", "North Wales Police"),
    Force("Nottinghamshire", "Nottinghamshire", "NOT", "Nottinghamshire Police"),
    Force("Sussex", "Sussex", "SXP", "Sussex Police"),
    Force("WestMidlands", "West Midlands", "WMP", "West Midlands Police"),
)

BY_IDENTIFIER = {force.identifier: force for force in FORCES}
LONDON_FORCES = frozenset({"Metropolitan", "CoLP"})
"""Forces whose whole area is Greater London."""


def known_by(name: str) -> str:
    """The identifier of a force by any of its names; an unknown name stays as it is."""
    return _names().get(name.casefold(), name)


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): force.identifier for force in FORCES for name in force}
