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
    key_id, raw = _sealed(text.encode(), place)
    return f"{key_id}.{base64.b64encode(raw).decode()}"


def unseal(sealed: str, place: str) -> str:
    """Decrypt what `seal` made for the same place. Raises ValueError when it was altered or moved."""
    key_id, _, text = sealed.partition(".")
    return _opened(key_id, base64.b64decode(text), place).decode()


def seal_bytes(content: bytes, place: str) -> bytes:
    """Encrypt the content of a file for `place`. Returns `key id.` and then nonce, ciphertext and tag as they are."""
    key_id, raw = _sealed(content, place)
    return f"{key_id}.".encode() + raw


def unseal_bytes(sealed: bytes, place: str) -> bytes:
    """Decrypt what `seal_bytes` made for the same place. Raises ValueError when it was altered or moved."""
    key_id, _, raw = sealed.partition(b".")
    return _opened(key_id.decode("ascii", "replace"), raw, place)


def _sealed(content: bytes, place: str) -> tuple[str, bytes]:
    key_id, key = list(keys().seal.items())[-1]
    nonce = os.urandom(12)
    return key_id, nonce + AESGCM(key).encrypt(nonce, content, place.encode())


def _opened(key_id: str, raw: bytes, place: str) -> bytes:
    try:
        return AESGCM(keys().seal[key_id]).decrypt(raw[:12], raw[12:], place.encode())
    except (InvalidTag, KeyError, ValueError) as exc:
        raise ValueError(f"sealed value does not open at {place.split(':')[:2]}") from exc


def blind_index(kind: str, value: str) -> str:
    """A keyed hash (64 hex digits) by which an exact value of this kind is found without storing it in the clear."""
    return hmac.new(keys().index, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def form_token(session: str) -> str:
    """The CSRF token of a session's forms."""
    return hmac.new(keys().mac, session.encode(), hashlib.sha256).hexdigest()
