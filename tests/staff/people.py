"""Members of staff for tests."""

from app.staff import actions
from app.staff.by import By
from app.staff.models import Staff
from app.staff.rules import ALL_HALLS, Role
from tests.factories import NOW

ROOT = By(staff_id=0, name="系统", roles=frozenset({Role.ADMIN}), hall_codes=frozenset({ALL_HALLS}))
PASSWORD = "dian-shui-bi-1949"


async def make_staff(
    username: str = "hu.min",
    *,
    roles: tuple[Role, ...] = (Role.CLERK,),
    halls: tuple[str, ...] = ("HALL-SZ",),
    must_change: bool = False,
) -> Staff:
    return await actions.add_staff(
        by=ROOT, username=username, name="胡敏", roles=roles, hall_codes=halls, password=PASSWORD, now=NOW,
        must_change_password=must_change,
    )  # fmt: skip


def by_of(staff: Staff) -> By:
    return By(
        staff_id=staff.id,
        name=staff.name,
        roles=frozenset(Role(role) for role in staff.roles),
        hall_codes=frozenset(staff.hall_codes),
        source="10.0.0.7",
        request_id="r-1",
    )
