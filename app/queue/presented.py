"""What is held out at the counter for a check-in: the QR code of a booking, or its number read aloud."""

import re
from dataclasses import dataclass
from datetime import datetime

from app import codes
from app.codes import ForgedCode, Purpose

NUMBER = re.compile(r"[0-9A-HJKMNP-TV-Z]{16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Presented:
    """`nonce` is None when the number was typed: then the clerk has asked who it is."""

    number: str
    nonce: str | None


def read(text: str, *, now: datetime) -> Presented:
    """Raises `ForgedCode`, `WrongPurpose` or `ExpiredCode`."""
    text = text.strip()
    if text.startswith(f"{codes.PREFIX}."):
        code = codes.read(text, purpose=Purpose.CHECK_IN, now=now)
        return Presented(number=code.subject, nonce=code.nonce)
    number = re.sub(r"[\s-]", "", text).upper()
    if not NUMBER.fullmatch(number):
        raise ForgedCode()
    return Presented(number=number, nonce=None)
