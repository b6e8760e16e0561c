"""Personal data at rest: sealed with AES-256-GCM, found again by a blind index.

A sealed value is bound to its place (`table:column:row`), so one citizen's number copied into another's row does
not open. The keys are set once at the start, like the database connection.
"""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.keys import Keys

_keys: Keys | None = None


def use(keys: Keys) -> None:
    """Set the keys of this process. Called where the process starts, and by tests."""
    global _keys
    _keys = keys


def keys() -> Keys:
    if _keys is None:
        raise RuntimeError("app.sealing.use(keys) was not called at the start")
    return _keys


def seal(text: str, place: str) -> str:
    """Encrypt `text` for `place` (`table:column:row`). Returns `key id.base64(nonce + ciphertext + tag)`."""
    key_id, key = list(keys().seal.items())[-1]
    nonce = os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), place.encode())
    return f"{key_id}.{base64.b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, place: str) -> str:
    """Decrypt what `seal` made for the same place. Raises ValueError when it was altered or moved."""
    key_id, _, text = sealed.partition(".")
    raw = base64.b64decode(text)
    try:
        return AESGCM(keys().seal[key_id]).decrypt(raw[:12], raw[12:], place.encode()).decode()
    except (InvalidTag, KeyError) as exc:
        raise ValueError(f"sealed value does not open at {place.split(':')[:2]}") from exc


def blind_index(kind: str, value: str) -> str:
    """A keyed hash (64 hex digits) by which an exact value of this kind is found without storing it in the clear."""
    return hmac.new(keys().index, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def form_token(session: str) -> str:
    """The CSRF token of a session's forms."""
    return hmac.new(keys().mac, session.encode(), hashlib.sha256).hexdigest()
