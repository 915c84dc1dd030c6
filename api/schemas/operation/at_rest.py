"""What a check of everything at rest found."""

from api.schemas.wire import Wire


class AtRestOut(Wire, frozen=True, kw_only=True):
    """`counts`: how many of each kind were checked. `faults`: what is not as it was written, or is missing. `notes`:
    what could not be checked. `deep`: whether rows were held against the audit."""

    whole: bool
    deep: bool
    counts: dict[str, int]
    faults: list[str]
    notes: list[str]


class DeletedRun(Wire, frozen=True, kw_only=True):
    """A run of which it is now on record that its folder was deleted."""

    run_id: str
