"""A worker reads a file that was sent. Apart from where files are received, so that a server need not read any."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from api.schemas.imports import ImportOptions
from api.usecases.imports.import_file import import_file
from api.usecases.imports.uploads import name_of, plain_name
from api.usecases.people_lock import scratch_folder
from api.usecases.request_context import RequestContext
from matcher.sums import sha256_of
from tracker.errors import BadEntry


def import_sent(context: RequestContext, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Read a file that was sent, as the command line would: the account as plain values, for the job's row.

    Raises
    ------
    BadEntry
        It is gone: it was read before, and has to be sent again.
    """
    uploads = context.settings.uploads_dir
    held = uploads / name_of(asked)
    if not held.is_file():
        raise BadEntry("The file is not kept any more. Send it again.")
    if sha256_of(held) != asked["sha256"]:
        raise BadEntry("The file has changed since it was sent. Send it again.")
    # Under the name it was sent with: rejects and messages go by it.
    with scratch_folder(uploads, ".import-") as folder:
        path = folder / plain_name(asked["name"])
        os.link(held, path)
        account = import_file(context, asked["kind"], path, msgspec.convert(asked["options"], ImportOptions))
    plain: dict[str, Any] = msgspec.to_builtins(account)
    # Where this machine keeps it is nobody's business; its name finds it again.
    rejects = plain.pop("rejectsPath")
    return {**plain, "rejects": None if rejects is None else Path(rejects).name}
