"""Reading accounts and the audit log."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from app.staff.by import By
from app.staff.models import AuditRow, Staff
from app.staff.rules import Role


@dataclass(frozen=True, slots=True)
class Member:
    """A signed-in member of staff as of now: roles and halls are read afresh for each request."""

    by: By
    username: str
    must_change_password: bool


async def member(staff_id: int, *, source: str, request_id: str) -> Member | None:
    """The member of staff behind a session; None when the account was disabled meanwhile."""
    staff = await Staff.get_or_none(id=staff_id, is_active=True)
    return member_of(staff, source=source, request_id=request_id) if staff else None


def member_of(staff: Staff, *, source: str, request_id: str) -> Member:
    by = By(
        staff_id=staff.id,
        name=staff.name,
        roles=frozenset(Role(role) for role in staff.roles),
        hall_codes=frozenset(staff.hall_codes),
        source=source,
        request_id=request_id,
    )
    return Member(by=by, username=staff.username, must_change_password=staff.must_change_password)


async def names_of(staff_ids: set[int]) -> dict[int, str]:
    """Names by id, for lists that say who did something."""
    return dict(await Staff.filter(id__in=staff_ids).values_list("id", "name")) if staff_ids else {}


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to give work to."""

    staff_id: int
    code: str
    name: str


async def colleagues(roles: Set[Role]) -> list[Colleague]:
    """Those in use who have one of the roles, by name."""
    rows = await Staff.filter(is_active=True).order_by("name", "id").only("id", "code", "name", "roles")
    return [Colleague(row.id, row.code, row.name) for row in rows if roles & {Role(role) for role in row.roles}]


async def audit_rows(
    *,
    since: datetime,
    until: datetime,
    action: str = "",
    staff_name: str = "",
    subject: str = "",
    page: int = 1,
    page_size: int = 50,
) -> tuple[list[AuditRow], int]:
    """Audit rows of a period, newest first, and how many there are. Empty filters filter nothing."""
    rows = AuditRow.filter(at__gte=since, at__lt=until)
    if action:
        rows = rows.filter(action__startswith=action)
    if staff_name:
        rows = rows.filter(staff_name=staff_name)
    if subject:
        rows = rows.filter(subject=subject)
    total = await rows.count()
    return await rows.order_by("-id").offset((page - 1) * page_size).limit(page_size), total


async def acts_on(subject: str, limit: int = 100) -> list[AuditRow]:
    """What staff did to one thing that is nobody's personal data, newest first."""
    return await AuditRow.filter(subject=subject, citizen_id=None).order_by("-id").limit(limit)


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the console lists it; its password hash stays behind."""

    code: str
    username: str
    name: str
    roles: list[str]
    hall_codes: list[str]
    is_active: bool


async def accounts() -> list[Account]:
    """All accounts, those in use first."""
    columns = ("code", "username", "name", "roles", "hall_codes", "is_active")
    return [Account(*row) for row in await Staff.all().order_by("-is_active", "username").values_list(*columns)]
