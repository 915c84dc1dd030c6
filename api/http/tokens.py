"""Access tokens: signed, short-lived, and good for no more than naming a session.

What a person may do is not in the token: it is asked of the record at every request. Tokens of another issuer (OpenID
Connect) are read by `outside_issuer`.
"""

from datetime import datetime, timedelta

import jwt

from api.errors import BadToken, NotLoggedIn
from tracker.times import CLOCKS_DIFFER

ISSUER = AUDIENCE = "tagpilot"
LIFETIME = timedelta(minutes=10)
_ALGORITHM = "HS256"


def issue(key: bytes, session_id: str, now: datetime) -> str:
    """A token of a session."""
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sid": session_id, "iat": now, "exp": now + LIFETIME}
    return jwt.encode(claims, key, algorithm=_ALGORITHM)


def read(key: bytes, token: str, now: datetime) -> str:
    """The session that a token names.

    Raises
    ------
    BadToken
        It is not ours, or was changed.
    NotLoggedIn
        It has expired.
    """
    try:
        claims = jwt.decode(
            token,
            key,
            # Never by the token's own word: one that says `none`, or another kind of key, is no token.
            algorithms=[_ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={"require": ["exp", "iat", "sid"], "verify_exp": False, "verify_iat": False},
        )
        expires, issued = int(claims["exp"]), int(claims["iat"])
    except (jwt.InvalidTokenError, ValueError, TypeError):
        raise BadToken("the access token is not valid; log in again") from None
    # One of a time to come was issued before the clock was set back, and would be good for as much longer.
    if expires <= now.timestamp() or issued > (now + CLOCKS_DIFFER).timestamp():
        raise NotLoggedIn("the access token has expired; refresh it, or log in again")
    session_id = claims["sid"]
    if not isinstance(session_id, str):
        raise BadToken("the access token is not valid; log in again")
    return session_id
