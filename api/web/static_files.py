"""Styles and scripts. Their address holds a digest of them all, so a browser may keep them for good."""

import gzip
import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from api.documents.maps.svg import style
from api.http.auth import public
from api.web.browser import PREFIX

FOLDER = Path(__file__).parent / "static"
_KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_KEPT = "public, max-age=31536000, immutable"


class _File(NamedTuple):
    content: bytes
    packed: bytes | None
    media_type: str


@cache
def _files() -> dict[str, _File]:
    """By path below `static`; read once a process."""
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            packed = gzip.compress(content, mtime=0) if path.suffix in (".css", ".js", ".svg") else None
            kind = _KINDS.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain; charset=utf-8"
            found[path.relative_to(FOLDER).as_posix()] = _File(content, packed, kind)
    maps = style().encode()
    found["maps.css"] = _File(maps, gzip.compress(maps, mtime=0), _KINDS[".css"])
    return found


@cache
def digest_of_all() -> str:
    whole = hashlib.sha256()
    for name, file in _files().items():
        whole.update(name.encode() + b"\0" + hashlib.sha256(file.content).digest())
    return whole.hexdigest()[:16]


def address_of(name: str) -> str:
    """Where a file is found, for example `vendor/leaflet.js`. Raises KeyError where there is none of the name."""
    _files()[name]
    return f"{PREFIX}/static/{digest_of_all()}/{name}"


@get(f"{PREFIX}/static/{{digest:str}}/{{name:path}}", opt=public(), include_in_schema=False, sync_to_thread=False)
def static_file(digest: FromPath[str], name: FromPath[Path], request: Request[Any, Any, Any]) -> Response[bytes]:
    """A style or a script; nobody has to log in."""
    file = _files().get(name.as_posix().lstrip("/"))
    if file is None or digest != digest_of_all():
        raise NotFoundException
    headers = {"cache-control": _KEPT, "content-disposition": "inline", "vary": "accept-encoding"}
    content = file.content
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content, headers["content-encoding"] = file.packed, "gzip"
    return Response(content, media_type=file.media_type, headers=headers)
