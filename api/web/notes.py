"""What a page tells once, after what was sent has been done: "Match 41 is confirmed." It is in a signed cookie of this
session, so that no table keeps it; the page that shows it deletes it."""

import base64
import hashlib
import hmac

from litestar import Response
from litestar.response import Redirect

from api.http.dependencies import serving_of
from api.usecases.home_keys import signing_key
from api.web.browser import NOTE_COOKIE, Asked, set_cookie

_SECONDS = 120
_LONGEST = 500


def _signature(key: bytes, session_id: str, words: bytes) -> str:
    return hmac.new(key, b"note\n" + session_id.encode() + b"\n" + words, hashlib.sha256).hexdigest()


def done_at(request: Asked, path: str, words: str = "") -> Redirect:
    """Leads to the page at `path`, which tells `words` once."""
    scope, answer = request.scope, Redirect(path, status_code=303)
    if words:
        actor = scope.get("user")
        encoded = words[:_LONGEST].encode()
        signed = _signature(signing_key(serving_of(scope).settings.home), getattr(actor, "session_id", ""), encoded)
        value = f"{base64.urlsafe_b64encode(encoded).decode().rstrip('=')}.{signed}"
        answer.headers["set-cookie"] = set_cookie(scope, NOTE_COOKIE, value, _SECONDS)
    return answer


def note_of(key: bytes, session_id: str, cookie: str | None) -> str:
    """What the page before has left to be told; "" where there is nothing, or nothing of this session."""
    encoded, _, signed = (cookie or "").partition(".")
    try:
        words = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except ValueError:
        return ""
    right = hmac.compare_digest(_signature(key, session_id, words), signed)
    return words.decode("utf-8", "replace") if words and right else ""


def forget_note(request: Asked, answer: Response[str]) -> None:
    answer.headers["set-cookie"] = set_cookie(request.scope, NOTE_COOKIE, "", 0)
