"""Sealing: a person's values encrypted under that person's own key. Without the key they cannot be read again."""

import base64
import json
import os
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tracker.errors import PilotError

RandomBytes = Callable[[int], bytes]
_NONCE_BYTES = 12


class NotReadable(PilotError):
    """The sealed values were changed, or belong to another key."""


def new_key(random_bytes: RandomBytes = os.urandom) -> bytes:
    """A key for one person (AES-256-GCM)."""
    return random_bytes(32)


def seal(key: bytes, values: Any, random_bytes: RandomBytes = os.urandom) -> str:
    """`values`, plain JSON, as encrypted text that only `key` opens."""
    nonce = random_bytes(_NONCE_BYTES)
    plain = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, None)).decode()


def unseal(key: bytes, sealed: str) -> Any:
    """What was sealed. Raises NotReadable."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        return json.loads(AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None))
    except (InvalidTag, ValueError) as error:
        raise NotReadable("These values were sealed under another key, or have been changed since.") from error
