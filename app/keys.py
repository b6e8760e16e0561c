"""The keys of this installation: one file, mode 0600, never in the database, the repository or the environment."""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Keys:
    """All keys are 32 random bytes.

    Attributes:
        seal: AES-256-GCM keys by key id; the last one seals, all of them open. Adding one is a rotation.
        index: HMAC key of blind indexes.
        sign: seed of the Ed25519 key that signs codes shown as QR.
        mac: HMAC key of short-lived form tokens.
    """

    seal: dict[str, bytes]
    index: bytes
    sign: bytes
    mac: bytes


def make_keys(path: Path) -> None:
    """Write fresh keys. Raises FileExistsError: keys in use are never overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = {"seal": {"1": _random()}, "index": _random(), "sign": _random(), "mac": _random()}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(fresh, file, indent=1)


def load_keys(path: Path) -> Keys:
    """Read the keys. Raises FileNotFoundError, or ValueError when the file is damaged."""
    try:
        raw = json.loads(path.read_text(encoding="ascii"))
        seal = {key_id: _decoded(text) for key_id, text in raw["seal"].items()}
        return Keys(seal=seal, index=_decoded(raw["index"]), sign=_decoded(raw["sign"]), mac=_decoded(raw["mac"]))
    except (KeyError, TypeError, AttributeError) as exc:
        raise ValueError(f"{path} does not hold the expected keys") from exc


def _random() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _decoded(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != 32:
        raise ValueError("a key must have 32 bytes")
    return key
