"""Pseudonyms: a keyed hash of a person's id or reference, with a key of the export's own."""

import base64
import hmac

_LENGTH = 16
"""Characters of 5 bits each: among a million people two coincide once in two trillion exports."""


def of_person(key: bytes, person_id: int) -> str:
    return _hashed(key, f"person:{person_id}")


def of_comparison(key: bytes, reference: str) -> str:
    return _hashed(key, f"comparison:{reference}")


def _hashed(key: bytes, text: str) -> str:
    digest = hmac.digest(key, text.encode(), "sha256")
    return base64.b32encode(digest).decode("ascii")[:_LENGTH].lower()
