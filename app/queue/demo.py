"""Demonstration devices for a laptop: a tablet and a kiosk of the main hall, with links that are new at every start."""

import os
from datetime import datetime
from pathlib import Path

from app.queue import devices
from app.queue.devices import KINDS
from app.queue.models import Device
from app.staff.by import SYSTEM

DEVICES = {"wall": "演示签到屏", "kiosk": "演示自助机"}


async def load_demo(*, file: Path, hall_code: str, public_url: str, now: datetime) -> None:
    """Add the demonstration devices that are missing and write links that pair them to `file` (mode 0600).

    Call it in a local environment only.
    """
    links = {kind: await _link(kind, name, hall_code, public_url, now) for kind, name in DEVICES.items()}
    lines = [f"    {KINDS[kind]}  {link}\n" for kind, link in links.items()]
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.writelines(lines)


async def _link(kind: str, name: str, hall_code: str, public_url: str, now: datetime) -> str:
    known = await Device.filter(hall_code=hall_code, kind=kind, name=name, revoked_at=None).first()
    if known is None:
        _, key = await devices.add(hall_code=hall_code, kind=kind, name=name, by=SYSTEM, now=now)
    else:
        _, key = await devices.renew(code=known.code, by=SYSTEM, now=now)
    return f"{public_url}/h5/{kind}/{hall_code}?key={key}"
