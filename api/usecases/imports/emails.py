"""A file that came as an e-mail (.eml): its one attachment is the file."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_binary_file
from email.policy import default
from pathlib import Path

from api.settings import Settings
from api.usecases.people_lock import scratch_folder
from api.usecases.stores import make_home
from geo.errors import UnreadableFile

MOST_BYTES = 64 << 20
_HEAD_BYTES = 64 << 10
_HEADER = re.compile(rb"(?mi)^(from|to|subject|mime-version|date|message-id|received|return-path):[^\r\n]*\r?$")
_UNPLAIN = re.compile(r"[^A-Za-z0-9_ .()-]+")


@contextmanager
def without_envelope(path: Path, settings: Settings) -> Iterator[Path]:
    """The file itself: `path`, or the one attachment of the e-mail that it is, for as long as the block lasts.

    Raises UnreadableFile for an e-mail with no attachment, or several, or one that is an e-mail itself.
    """
    if not is_email(path):
        yield path
        return
    make_home(settings.home)
    settings.uploads_dir.mkdir(mode=0o700, exist_ok=True)
    # By its name: what a killed import leaves is tidied up, whether it had been sent or not.
    with scratch_folder(settings.uploads_dir, ".import-") as folder:
        name, content = attachment_of(path)
        held = folder / name
        held.write_bytes(content)
        yield held


def is_email(path: Path) -> bool:
    """Whether the head of a file is that of an e-mail: three of its header lines before the first empty line."""
    with path.open("rb") as raw:
        head = re.split(rb"\r?\n\r?\n", raw.read(_HEAD_BYTES), maxsplit=1)[0]
    return len({found[1].lower() for found in _HEADER.finditer(head)}) >= 3


def attachment_of(path: Path) -> tuple[str, bytes]:
    """Name and content of the one attachment; pictures, such as a signature's, do not count. Raises UnreadableFile."""
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableFile(f"This e-mail is over {MOST_BYTES >> 20} MB. Save its attachment and give that.")
    with path.open("rb") as raw:
        mail = message_from_binary_file(raw, policy=default)
    found = [part for part in mail.iter_attachments() if part.get_content_maintype() != "image"]
    if len(found) != 1:
        there = f"{len(found)} attachments" if found else "no attachment"
        what = "Save the one that holds the rows, and give that" if found else "Give the file that holds the rows"
        raise UnreadableFile(f"This is an e-mail with {there}. {what}.")
    (part,) = found
    content = part.get_payload(decode=True)
    if part.get_content_maintype() == "message" or not isinstance(content, bytes):
        raise UnreadableFile(
            "This is an e-mail with an e-mail in it. Save the attachment of the inner one and give that."
        )
    name = _UNPLAIN.sub("_", Path(part.get_filename() or "attachment.csv").name).strip("._- ")[:120]
    return name or "attachment.csv", content
