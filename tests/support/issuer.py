"""A small issuer of logins (OpenID Connect) on this machine: discovery, keys that change, tokens of any kind."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

AUDIENCE = "tagpilot-test"
Key = RSAKey | ECKey | OctKey


class Issuer:
    """It answers at `url`; `keys` are those it publishes, `asked` counts how often each document was asked for."""

    def __init__(self, url: str) -> None:
        self.url, self.asked = url, {"discovery": 0, "keys": 0}
        self.keys: list[Key] = [RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})]
        self.names_itself, self.keys_at, self.away = url, f"{url}/keys", False

    def claims(self, **more: Any) -> dict[str, Any]:
        now = int(datetime.now(UTC).timestamp())
        return {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "subject-1",
            "preferred_username": "ana",
            "roles": ["gps-analysts", "something else"],
            "sid": "login-1",
            "iat": now,
            "exp": now + 300,
            **more,
        }

    def token(self, key: Key | None = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """Signed with the first published key, unless another is given; a claim of None is left out."""
        key = key or self.keys[0]
        held = {name: value for name, value in self.claims(**claims).items() if value is not None}
        algorithm = {"RSA": "RS256", "EC": "ES256", "oct": "HS256"}[key.key_type]
        return jwt.encode({"alg": algorithm, "kid": key.kid, **(header or {})}, held, key)


@contextmanager
def serving() -> Iterator[Issuer]:
    """An issuer that answers until the block ends."""
    found: list[Issuer] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer = found[0]
            if issuer.away:
                self.send_error(503)
                return
            if self.path == "/.well-known/openid-configuration":
                issuer.asked["discovery"] += 1
                body: Any = {"issuer": issuer.names_itself, "jwks_uri": issuer.keys_at}
            elif self.path == "/moved":
                self.send_response(302)
                self.send_header("location", f"{issuer.url}/keys")
                self.end_headers()
                return
            else:
                issuer.asked["keys"] += 1
                body = KeySet(issuer.keys).as_dict(private=False)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    found.append(Issuer(f"http://127.0.0.1:{server.server_port}"))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
