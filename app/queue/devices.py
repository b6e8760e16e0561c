"""The devices of a hall: who may show the hall's code, or take people in by itself.

A manager adds a device and gets a link with a key that works once, for a day. Opening it on the device exchanges the
key for a secret that only this device keeps. A device that is revoked is out with its next request.
"""

import secrets
from datetime import datetime, timedelta

from app.db import transactional
from app.errors import NotFound
from app.ids import hashed, new_code
from app.queue.errors import NotPaired, PairingSpent
from app.queue.models import Device
from app.staff.auditing import audit
from app.staff.by import By

KINDS = {"wall": "签到屏", "kiosk": "自助机"}
PAIRING_LIFE = timedelta(hours=24)
NOTE_SEEN_EVERY = timedelta(seconds=30)


@transactional
async def add(*, hall_code: str, kind: str, name: str, by: By, now: datetime) -> tuple[Device, str]:
    """Add a device. Returns it with the key that pairs it: told once, kept as a hash. Raises `HallNotYours`."""
    by.ensure_sees(hall_code)
    key = secrets.token_urlsafe(24)
    device = await Device.create(
        code=new_code(), hall_code=hall_code, kind=kind, name=name, pairing_hash=hashed(key),
        pairing_until=now + PAIRING_LIFE, created_by=by.staff_id, created_at=now,
    )  # fmt: skip
    await _audit("add", device, by, now)
    return device, key


@transactional
async def renew(*, code: str, by: By, now: datetime) -> tuple[Device, str]:
    """Another link, for a tablet that was replaced or has lost its pairing; the paired one goes on until it is opened.

    Raises NotFound, `HallNotYours`, or `NotPaired` for a device that was revoked.
    """
    device = await _mine(code, by)
    key = secrets.token_urlsafe(24)
    values = {"pairing_hash": hashed(key), "pairing_until": now + PAIRING_LIFE}
    if not await Device.filter(code=code, revoked_at=None).update(**values):
        raise NotPaired()
    await _audit("renew", device, by, now)
    return device, key


@transactional
async def revoke(*, code: str, by: By, now: datetime) -> Device:
    """The device shows and does nothing from now on. Safe to repeat. Raises NotFound or `HallNotYours`."""
    device = await _mine(code, by)
    standing = Device.filter(code=code, revoked_at=None)
    if await standing.update(revoked_at=now, key_hash=None, pairing_hash=None):
        await _audit("revoke", device, by, now)
    return device


async def _mine(code: str, by: By) -> Device:
    device = await Device.get_or_none(code=code)
    if device is None:
        raise NotFound()
    by.ensure_sees(device.hall_code)
    return device


async def _audit(act: str, device: Device, by: By, now: datetime) -> None:
    subject, details = f"device:{device.code}", {"kind": device.kind, "name": device.name}
    await audit(by=by, action=f"device.{act}", subject=subject, hall_code=device.hall_code, details=details, now=now)


@transactional
async def pair(*, key: str, kind: str, hall_code: str, now: datetime) -> str:
    """Exchange the key of a link for the secret this device keeps; whatever was paired in its place is out.

    Raises `PairingSpent`: of two who open the link, one is paired.
    """
    secret = secrets.token_urlsafe(32)
    waiting = Device.filter(pairing_hash=hashed(key), kind=kind, hall_code=hall_code, pairing_until__gt=now)
    if not await waiting.update(pairing_hash=None, pairing_until=None, key_hash=hashed(secret), last_seen_at=now):
        raise PairingSpent()
    return secret


async def paired(*, secret: str, kind: str, hall_code: str, now: datetime) -> Device:
    """The device that keeps this secret, noted as seen. Raises `NotPaired`."""
    device = await Device.get_or_none(key_hash=hashed(secret), kind=kind, hall_code=hall_code)
    if device is None:
        raise NotPaired()
    if device.last_seen_at is None or now - device.last_seen_at > NOTE_SEEN_EVERY:
        await Device.filter(code=device.code).update(last_seen_at=now)
    return device


async def devices_of(hall_code: str) -> list[Device]:
    """A hall's devices, those in use first."""
    return await Device.filter(hall_code=hall_code).order_by("revoked_at", "kind", "created_at")
