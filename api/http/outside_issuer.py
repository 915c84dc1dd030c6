"""Access tokens of an outside issuer (OpenID Connect): what they say of who asks, once their signature is checked.

The issuer's keys are found by its discovery document, over https or on this machine, and stored for ten minutes; a key
that is not known is looked for again, twice a minute at most. Only signatures by a private key count: no token chooses
how it is checked.
"""

import hashlib
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet

from api.errors import BadToken, NotLoggedIn, NotReady
from api.issuer_settings import IssuerSettings, is_trustworthy
from tracker.access.outside_session_service import OutsideLogin

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
KEYS_FOR_S, AGAIN_AFTER_S = 600.0, 30.0
MOST_BYTES, LONGEST_WAIT_S = 1 << 20, 5.0
CLOCKS_DIFFER_S = 30
MOST_CHARACTERS = 16_384
SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "swk", "sc", "pop", "fido", "webauthn"})
"""Values of the claim `amr` (RFC 8176) that say that more than a password was asked."""
_REFUSED = "the access token is not valid; log in again"

Fetch = Callable[[str], bytes]


class OutsideIssuer:
    """One issuer, as set."""

    def __init__(self, settings: IssuerSettings, fetch: Fetch | None = None) -> None:
        self._settings, self._fetch = settings, fetch or fetch_document
        self._lock = threading.Lock()
        self._keys: KeySet | None = None
        self._fetched_at = -KEYS_FOR_S

    @property
    def name(self) -> str:
        return self._settings.issuer

    def issued(self, token: str) -> bool:
        """Whether a token says that it is this issuer's. Nothing is believed by that: it says who is to check it."""
        try:
            return bool(msgspec.json.decode(jws.extract_compact(token.encode()).payload).get("iss") == self.name)
        except (JoseError, ValueError, AttributeError, msgspec.DecodeError):
            return False

    def read(self, token: str, now: datetime) -> OutsideLogin:
        """What a token says of who asks.

        Raises
        ------
        BadToken
            It is not this issuer's, or not for this program, or was changed.
        NotLoggedIn
            It has expired, or names no user.
        NotReady
            The issuer's keys cannot be read.
        """
        if len(token) > MOST_CHARACTERS:
            raise BadToken(_REFUSED)
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=CLOCKS_DIFFER_S,
            iss={"essential": True, "value": self.name},
            aud={"essential": True, "value": self._settings.audience},
            sub={"essential": True, "allow_blank": False},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            header = jws.extract_compact(token.encode()).headers()
            found = jwt.decode(token, self._key(header.get("kid")), algorithms=list(ALGORITHMS))
            registry.validate(found.claims)
        except ExpiredTokenError:
            raise NotLoggedIn("the access token has expired; log in again") from None
        except (JoseError, ValueError, TypeError, OverflowError):
            raise BadToken(_REFUSED) from None
        return self._claims(found.claims, token)

    def _claims(self, claims: dict[str, Any], token: str) -> OutsideLogin:
        name = claims.get(self._settings.name_claim)
        if not isinstance(name, str) or not name:
            raise NotLoggedIn(f"the access token has no user name in its claim {self._settings.name_claim}")
        given = claims.get(self._settings.role_claim)
        values = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        roles = frozenset(self._settings.roles[value] for value in values if value in self._settings.roles)
        login = next((claims[key] for key in ("sid", "jti") if isinstance(claims.get(key), str)), token)
        session = hashlib.sha256(f"{self.name}\n{claims['sub']}\n{login}".encode()).hexdigest()[:32]
        methods = claims.get("amr")
        strong = isinstance(methods, list) and not SECOND_FACTORS.isdisjoint(map(str, methods))
        expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
        return OutsideLogin(session, self.name, claims["sub"], name, roles, strong, expires_at)

    def _key(self, kid: Any) -> Any:
        """The key of a token; one that is not known may have been added since the keys were read."""
        if not isinstance(kid, str) or not kid:
            raise ValueError("a token without the id of its key")
        with self._lock:
            age = time.monotonic() - self._fetched_at
            known = self._keys is not None and any(key.kid == kid for key in self._keys.keys)
            if age >= KEYS_FOR_S or (not known and age >= AGAIN_AFTER_S):
                self._keys, self._fetched_at = self._read_keys(), time.monotonic()
            for key in self._keys.keys if self._keys is not None else ():
                # Not one to encrypt with, and no shared secret.
                if key.kid == kid and key.key_type != "oct" and key.get("use") in (None, "sig"):
                    return key
        raise ValueError("a token of an unknown key")

    def _read_keys(self) -> KeySet:
        try:
            document = msgspec.json.decode(self._fetch(f"{self.name.rstrip('/')}/.well-known/openid-configuration"))
            if document["issuer"] != self.name:
                raise NotReady(
                    f"the discovery document of {self.name} names another; set TAGPILOT_OIDC_ISSUER to what it says"
                )
            address = document["jwks_uri"]
            if not isinstance(address, str) or not is_trustworthy(address):
                raise NotReady(f"the keys of {self.name} are at an address that is not https")
            return KeySet.import_key_set(msgspec.json.decode(self._fetch(address)))
        except (OSError, ValueError, TypeError, LookupError, AttributeError, JoseError, msgspec.DecodeError) as error:
            kind = type(error).__name__
            raise NotReady(f"the keys of the issuer {self.name} cannot be read ({kind}); try again") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """An address that sends elsewhere is not the issuer's."""


def fetch_document(url: str) -> bytes:
    """A document of the issuer's. Raises OSError where it cannot be read."""
    opener = urllib.request.build_opener(_NoRedirect)
    with opener.open(url, timeout=LONGEST_WAIT_S) as answer:
        found: bytes = answer.read(MOST_BYTES + 1)
    if len(found) > MOST_BYTES:
        raise OSError("the document is too large")
    return found
