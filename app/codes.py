"""Signed codes shown as QR: what they are for, whom they mean, until when, and a nonce for single use.

Text: `ZB1.<base64url of the claims>.<base64url of the Ed25519 signature>`. Anyone with the public key can verify
one without the server. A code proves nothing by itself: it leads to a row, and the row says whether it still holds.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.clock import CHINA
from app.errors import AppError
from app.sealing import keys

PREFIX = "ZB1"


class Purpose(StrEnum):
    CHECK_IN = "c"
    PICKUP = "p"
    PROXY = "d"
    HALL = "h"
    PROOF = "w"
    PRESENCE = "v"
    FAMILY = "f"


class ForgedCode(AppError):
    """One answer for everything that is not a code of ours, so that nobody learns from it how to make one."""

    code = "code.not_ours"
    status = 422
    message = "无法识别该二维码，请出示掌办预约码或取件码"


class WrongPurpose(AppError):
    code = "code.wrong_purpose"
    status = 409
    message = "这不是{wanted}，请打开“{wanted}”页面出示"


class ExpiredCode(AppError):
    """Carries `expired`: the code, which was ours."""

    code = "code.expired"
    status = 409
    message = "二维码已过期，请刷新页面后重新出示（截图无效）"


WORDS = {
    Purpose.CHECK_IN: "预约签到码",
    Purpose.PICKUP: "取件码",
    Purpose.PROXY: "代领码",
    Purpose.HALL: "大厅签到码",
    Purpose.PROOF: "确认题",
    Purpose.PRESENCE: "到场凭证",
    Purpose.FAMILY: "家人二维码",
}


@dataclass(frozen=True)
class Code:
    """What a verified code says. `subject` is a booking number, or the code of a pickup, a proxy, a hall or a ticket.

    Of a hall's code the nonce names the device that shows it.
    """

    purpose: Purpose
    subject: str
    nonce: str
    expires_at: datetime


def issue(code: Code) -> str:
    """Sign a code. Returns its text, about 150 ASCII characters."""
    claims = [code.purpose, code.subject, code.nonce, int(code.expires_at.timestamp())]
    body = json.dumps(claims, separators=(",", ":")).encode()
    return f"{PREFIX}.{_encoded(body)}.{_encoded(_signer().sign(body))}"


def read(text: str, *, purpose: Purpose, now: datetime) -> Code:
    """Verify a code.

    Raises:
        ForgedCode: not ours, altered, or spelled in another way.
        WrongPurpose: ours, but for something else.
        ExpiredCode: past its life, by the server's clock.
    """
    code = _verified(text)
    if code.purpose is not purpose:
        raise WrongPurpose(wanted=WORDS[purpose])
    if now > code.expires_at:
        raise ExpiredCode(expired=code)
    return code


def purpose_of(text: str) -> Purpose | None:
    """What a text claims to be for, whatever its age; None when it is not a code of ours."""
    try:
        return _verified(text).purpose
    except ForgedCode:
        return None


def alleged_subject(text: str) -> str:
    """Of what a text that is not ours, or altered, says it is: for the log only. Empty when it says nothing."""
    try:
        claims = json.loads(_decoded(text.split(".")[1]))
        return str(claims[1])[:32]
    except (ValueError, IndexError, KeyError, TypeError, RecursionError, ForgedCode):
        return ""


def public_key() -> str:
    """The key by which anyone verifies a code: 32 raw bytes of Ed25519 as base64url without padding."""
    return _encoded(_signer().public_key().public_bytes_raw())


def _verified(text: str) -> Code:
    try:
        prefix, body64, signature64 = text.split(".")
        body, signature = _decoded(body64), _decoded(signature64)
        _signer().public_key().verify(signature, body)
        purpose, subject, nonce, expires = json.loads(body)
    except (ValueError, InvalidSignature) as exc:
        raise ForgedCode() from exc
    if prefix != PREFIX:
        raise ForgedCode()
    return Code(Purpose(purpose), subject, nonce, datetime.fromtimestamp(expires, CHINA))


def _signer() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keys().sign)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    """Strict: one text for each value, so that another spelling of a used code is not another code."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as exc:
        raise ValueError("not base64url") from exc
    if _encoded(raw) != text:
        raise ValueError("another spelling")
    return raw
