"""Demonstration accounts for a laptop, with passwords that are random for each; production has none of them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.staff import actions
from app.staff.by import SYSTEM
from app.staff.models import Staff
from app.staff.passwords import first_password
from app.staff.rules import ALL_HALLS, ROLE_NAMES, Role


@dataclass(frozen=True)
class Demo:
    username: str
    name: str
    roles: tuple[Role, ...]
    is_everywhere: bool = False  # else in the main hall


PEOPLE = (
    Demo("chuangkou", "周颖", (Role.CLERK,)),
    Demo("chuangkou2", "孙浩", (Role.CLERK,)),
    Demo("datang", "李岚", (Role.CLERK, Role.MANAGER)),
    Demo("shixiang", "许静", (Role.EDITOR,), True),
    Demo("shenji", "赵正", (Role.AUDITOR,), True),
    Demo("xitong", "钱明", (Role.ADMIN,), True),
)


async def load_demo(*, file: Path, main_hall: str, now: datetime) -> int:
    """Add the demonstration accounts that are missing and write their sign-ins to `file` (mode 0600).

    Call it in a local environment only. Returns how many were added.
    """
    known = {staff.username for staff in await Staff.all()}
    missing = [person for person in PEOPLE if person.username not in known]
    passwords = {person.username: first_password() for person in missing}
    for person in missing:
        await actions.add_staff(
            by=SYSTEM,
            username=person.username,
            name=person.name,
            roles=person.roles,
            hall_codes=(ALL_HALLS,) if person.is_everywhere else (main_hall,),
            password=passwords[person.username],
            now=now,
            must_change_password=False,
        )
    if missing:
        _write(file, passwords)
    return len(missing)


def _write(file: Path, passwords: Mapping[str, str]) -> None:
    lines = [
        f"    {person.username:<12}{passwords[person.username]}   {person.name} · {_roles(person)}\n"
        for person in PEOPLE
        if person.username in passwords
    ]
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.writelines(lines)


def _roles(person: Demo) -> str:
    return "、".join(ROLE_NAMES[role] for role in person.roles)
