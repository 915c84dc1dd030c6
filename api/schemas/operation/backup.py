"""A backup and a restore, in counts."""

from api.schemas.wire import Wire


class BackupOut(Wire, frozen=True, kw_only=True):
    """What went into a backup; `auditRows`: up to which row of the audit."""

    files: int
    bytes: int
    audit_rows: int


class RestoreOut(Wire, frozen=True, kw_only=True):
    """What came out of a backup; `erasedAgain`: people erased since it was made, erased again."""

    files: int
    audit_rows: int
    erased_again: int
