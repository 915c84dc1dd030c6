"""A backup and a restore, in counts."""

from api.schemas.wire import Wire


class BackupOut(Wire, frozen=True, kw_only=True):
    """What went into a backup; `auditRows`: up to which row of the audit; `damaged`: what in it is not as written."""

    files: int
    bytes: int
    audit_rows: int
    damaged: list[str]


class RestoreOut(Wire, frozen=True, kw_only=True):
    """What came out of a backup; `erasedAgain`: people erased since it was made, erased again; `damaged`: what
    in it is not as written."""

    files: int
    audit_rows: int
    erased_again: int
    damaged: list[str]
