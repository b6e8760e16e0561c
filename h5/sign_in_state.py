"""What a browser keeps while its citizen is away at WeChat: the `state`, where to go next, and until when.

Signed, so nobody can make one up; bound to one browser by the cookie; spent once by a row (security.md A06).
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.sealing import form_token

LIVES = timedelta(minutes=10)


@dataclass(frozen=True)
class Journey:
    """`state` goes to WeChat and back; the rest stays in the browser."""

    state: str
    after: str
    agreed: str | None
    until: int

    @property
    def state_hash(self) -> str:
        return hashlib.sha256(self.state.encode()).hexdigest()


def begin(*, after: str, agreed: str | None, now: datetime) -> Journey:
    return Journey(secrets.token_hex(16), after, agreed, int((now + LIVES).timestamp()))


def packed(journey: Journey) -> str:
    """The cookie's value."""
    content = json.dumps([journey.state, journey.after, journey.agreed, journey.until])
    body = base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")
    return f"{body}.{_signature(body)}"


def unpacked(cookie: str | None, *, state: str | None, now: datetime) -> Journey | None:
    """The journey that this answer of WeChat belongs to; None when it is forged, too old, or of another browser."""
    body, _, signature = (cookie or "").partition(".")
    if not state or not _is_same(signature, _signature(body)):
        return None
    try:
        journey = Journey(*json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    except (binascii.Error, ValueError, TypeError):
        return None
    return journey if _is_same(state, journey.state) and now.timestamp() < journey.until else None


def _is_same(given: str, ours: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), ours.encode())


def _signature(body: str) -> str:
    return form_token(f"sign-in:{body}")
