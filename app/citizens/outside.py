"""What a citizen is told when an outside platform refuses, and what of its word we take."""

import logging
import re

from app.citizens.errors import (
    AccountBlocked,
    CodeInvalid,
    ForeignMobile,
    PhoneCodeInvalid,
    SignInRefused,
    SignInTooOften,
)
from app.errors import AppError, PlatformUnavailable
from app.platforms.wechat import Kind, WeChatRefused

log = logging.getLogger(__name__)

BLOCKED, TOO_OFTEN, FOREIGN_APP = 40226, 45011, 40013
SPENT = frozenset({40029, 40163})  # unknown or expired, used


def sign_in_refusal(exc: WeChatRefused) -> AppError:
    """For a refused login code (wechat.md 3.1, 11.1)."""
    if exc.errcode in SPENT:
        return CodeInvalid()
    if exc.errcode == BLOCKED:
        return AccountBlocked()
    return _common(exc) or SignInRefused()


def phone_refusal(exc: WeChatRefused) -> AppError:
    """For a refused code of the phone button; 40013 means that the code is of another mini-program (3.5)."""
    if exc.errcode in SPENT or exc.errcode == FOREIGN_APP:
        return PhoneCodeInvalid()
    return _common(exc) or PhoneCodeInvalid()


def ensure_ours(mobile: str) -> str:
    """The mobile, when our text messages reach it. Raises `ForeignMobile`."""
    if not re.fullmatch(r"1[3-9][0-9]{9}", mobile, re.ASCII):
        raise ForeignMobile()
    return mobile


def _common(exc: WeChatRefused) -> AppError | None:
    if exc.errcode == TOO_OFTEN:
        return SignInTooOften()
    if exc.kind in (Kind.RETRY, Kind.REFRESH):
        return PlatformUnavailable(reason=exc.outcome)
    if exc.kind is Kind.CONFIGURATION:
        log.error("wechat refuses our set-up", extra={"errcode": exc.errcode})
        return PlatformUnavailable(reason=exc.outcome)
    return None
