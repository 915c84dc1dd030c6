"""Names that say nothing: a keyed hash of who somebody is, with a key of the export's own."""

import base64
import hmac

_LENGTH = 16
"""Characters of 5 bits: among a million people two are the same once in two trillion exports."""


def of_person(key: bytes, person_id: int) -> str:
    return _hashed(key, f"person:{person_id}")


def of_comparison(key: bytes, reference: str) -> str:
    return _hashed(key, f"comparison:{reference}")


def _hashed(key: bytes, text: str) -> str:
    digest = hmac.digest(key, text.encode(), "sha256")
    return base64.b32encode(digest).decode("ascii")[:_LENGTH].lower()
