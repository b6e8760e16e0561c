"""Lockers in the halls: paired with a key that is told once, and taken off again."""

from dataclasses import dataclass
from datetime import datetime

from app.db import transactional
from app.errors import NotFound
from app.http.session import close_all_sessions, open_session
from app.ids import new_code
from app.pickup.models import Machine, Stay
from app.staff.auditing import audit
from app.staff.by import By

MOST_COMPARTMENTS = 200


@transactional
async def add_machine(
    *, name: str, hall_code: str, site: str, compartments: int, by: By, now: datetime
) -> tuple[Machine, str]:
    """Pair a locker with a hall. Returns it and its key, which is kept as a hash and never told again."""
    by.ensure_sees(hall_code)
    machine = await Machine.create(
        code=new_code(),
        name=name,
        hall_code=hall_code,
        site=site,
        compartments=compartments,
        made_at=now,
        made_by=by.staff_id,
    )
    key = await open_session(kind="machine", subject_id=machine.id, channel="locker", now=now)
    await _audit(machine, "machine.add", by=by, now=now)
    return machine, key


@transactional
async def revoke_machine(*, code: str, by: By, now: datetime) -> None:
    """Its key opens nothing from now on; what lies inside waits for staff. Raises `NotFound`, `HallNotYours`."""
    machine = await Machine.get_or_none(code=code)
    if machine is None:
        raise NotFound()
    by.ensure_sees(machine.hall_code)
    await Machine.filter(id=machine.id, is_active=True).update(is_active=False, revoked_at=now)
    await close_all_sessions(kind="machine", subject_id=machine.id)
    await _audit(machine, "machine.revoke", by=by, now=now)


@dataclass(frozen=True, slots=True)
class MachineView:
    code: str
    name: str
    site: str
    compartments: int
    is_active: bool
    taken: int


async def machines_of(hall_code: str) -> list[MachineView]:
    """A hall's lockers, those in use first, with how many compartments are taken."""
    rows = await Machine.filter(hall_code=hall_code).order_by("-is_active", "name", "id")
    ids = [row.id for row in rows]
    stays = await Stay.filter(machine_id__in=ids, key__isnull=False).values_list("machine_id", flat=True) if ids else []
    return [
        MachineView(row.code, row.name, row.site, row.compartments, row.is_active, list(stays).count(row.id))
        for row in rows
    ]


async def _audit(machine: Machine, action: str, *, by: By, now: datetime) -> None:
    await audit(by=by, action=action, subject=f"machine:{machine.code}", hall_code=machine.hall_code, now=now)
