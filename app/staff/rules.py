"""What staff may do, and what a password must be: pure functions."""

from collections.abc import Collection, Set
from enum import StrEnum

from app.errors import InvalidInput, NotAllowed
from app.staff.errors import HallNotYours


class Role(StrEnum):
    """Who someone is in the console. System, security and audit are three people (等保 8.1.5)."""

    CLERK = "clerk"
    MANAGER = "manager"
    EDITOR = "editor"
    AUDITOR = "auditor"
    ADMIN = "admin"


ROLE_NAMES = {
    Role.CLERK: "窗口人员",
    Role.MANAGER: "大厅管理员",
    Role.EDITOR: "事项编辑",
    Role.AUDITOR: "审计员",
    Role.ADMIN: "系统管理员",
}

ALL_HALLS = "*"
USERNAME = r"^[a-z][a-z0-9._-]{2,31}$"
SHORTEST, LONGEST = 12, 128  # ASVS 6.2.1, 6.2.9


def sees(hall_codes: Collection[str], hall_code: str) -> bool:
    """Whether somebody with these halls may see this one."""
    return ALL_HALLS in hall_codes or hall_code in hall_codes


def ensure_sees(hall_codes: Collection[str], hall_code: str) -> None:
    """Raises `HallNotYours`."""
    if not sees(hall_codes, hall_code):
        raise HallNotYours()


def ensure_role(roles: Set[Role], allowed: Set[Role]) -> None:
    """Raises `NotAllowed` unless one of the roles is among those allowed."""
    if not roles & allowed:
        raise NotAllowed()


def ensure_good_password(password: str, *, username: str, breached: Collection[str], field: str = "password") -> None:
    """Raises `InvalidInput` for a password that is short, long, widely known, or built on the account's name."""
    if fault := _fault(password, username, breached):
        raise InvalidInput({field: fault})


def _fault(password: str, username: str, breached: Collection[str]) -> str | None:
    if not SHORTEST <= len(password) <= LONGEST:
        return f"密码须为 {SHORTEST} 至 {LONGEST} 个字符"
    lowered = password.lower()
    if lowered in breached or len(set(lowered)) < 5:
        return "这个密码过于常见，容易被猜到，请换一个"
    if username.lower() in lowered:
        return "密码中不能包含账号名，请换一个"
    return None
