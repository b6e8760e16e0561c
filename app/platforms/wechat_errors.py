"""What WeChat's error codes mean to us (wechat.md 1.1): who should do what, and when it may be tried again."""

import re
from enum import StrEnum

from app.platforms.http import PlatformRefused


class Kind(StrEnum):
    RETRY = "retry"  # the same call may work later
    REFRESH = "refresh"  # the access token is not valid; our client has tried another one already
    NO_CONSENT = "no_consent"  # this citizen has not agreed to this message (any more)
    UNREACHABLE = "unreachable"  # this citizen cannot be reached through WeChat
    FINAL = "final"  # this very call never works; another one may
    CONFIGURATION = "configuration"  # no call of this kind works until a person has looked at the set-up


_CODES: dict[Kind, tuple[int, ...]] = {
    Kind.RETRY: (-1, 43108, 44990, 44991, 45009, 45011),
    Kind.REFRESH: (40001, 40014, 41001, 42001),
    Kind.NO_CONSENT: (43101, 43019),
    Kind.UNREACHABLE: (40003, 43004, 45015, 45047, 50002, 61010),
    Kind.CONFIGURATION: (
        40002, 40013, 40036, 40037, 40125, 40164, 40243, 41002, 41004, 41030, 43002, 43003, 43104, 43107,
        48001, 48004, 89503, 89506, 89507,
    ),
}  # fmt: skip
KINDS: dict[int, Kind] = {code: kind for kind, codes in _CODES.items() for code in codes}

# Seconds to wait before the same call, where it is not "a moment later".
WAITS_S: dict[int, int] = {43108: 2, 44990: 60, 44991: 60, 45011: 60, 45009: 6 * 3600}

_RID = re.compile(r"rid: ?([0-9a-f-]{8,40})")


class WeChatRefused(PlatformRefused):
    """WeChat answered with an error code. Unknown codes count as final: repeating them would change nothing."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(f"{errcode} {errmsg}")
        self.errcode = errcode
        self.errmsg = errmsg

    @property
    def kind(self) -> Kind:
        return KINDS.get(self.errcode, Kind.FINAL)

    @property
    def wait_s(self) -> int:
        """Seconds before the same call makes sense again, for kind `retry`."""
        return WAITS_S.get(self.errcode, 1)

    @property
    def outcome(self) -> str:  # type: ignore[override]
        """For the log: the code and the request id that WeChat's support asks for; the text may hold data."""
        rid = _RID.search(self.errmsg)
        return f"refused {self.errcode}" + (f" rid {rid[1]}" if rid else "")
