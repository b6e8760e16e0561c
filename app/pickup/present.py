"""Presenting a pickup code at a counter: the signed code of the last minute, or eight digits with a tail."""

import re
from datetime import datetime

from app import codes
from app.codes import ForgedCode, Purpose
from app.db import transactional
from app.errors import AppError
from app.halls import queries as halls
from app.pickup import digits, tails
from app.pickup.errors import CodeReplaced, DigitsWrong, NotReady, TailMissing, WrongHall
from app.pickup.models import Pickup
from app.pickup.refusals import already_handed_over
from app.pickup.states import State
from app.queue import scans
from app.staff import tries
from app.staff.auditing import audit
from app.staff.by import By

DIGITS = re.compile(rf"[0-9]{{{digits.LENGTH}}}", re.ASCII)


async def present(*, text: str, tail: str = "", hall_code: str, by: By, now: datetime) -> Pickup:
    """Find the result that belongs to a code shown at this hall, and note that this member of staff has seen it.

    The result is not handed over by this: the clerk looks at the person and counts first. Every attempt is logged.

    Args:
        text: what was scanned, or the eight digits.
        tail: last four of the mobile or identity number; only with digits.

    Raises:
        ForgedCode, WrongPurpose, ExpiredCode, CodeReplaced: not a pickup code that holds now.
        TailMissing, DigitsWrong, TooManyTries: digits without or with a wrong tail, or too often.
        WrongHall, NotReady, AlreadyHandedOver: not here, or not now.
    """
    by.ensure_sees(hall_code)
    found: Pickup | None = None
    try:
        found = await _find(text.strip(), tail.strip(), by=by, now=now)
        return await _note(found, hall_code=hall_code, by=by, now=now)
    except AppError as refusal:
        subject = found.code if found else ""
        await scans.note(purpose="pickup", by=by, hall_code=hall_code, subject=subject, outcome=refusal.code, now=now)
        raise


async def _find(text: str, tail: str, *, by: By, now: datetime) -> Pickup:
    if text.startswith(f"{codes.PREFIX}."):
        return await _by_code(text, now)
    plain = re.sub(r"[\s-]", "", text)
    if not DIGITS.fullmatch(plain):
        raise ForgedCode()
    if len(tail) != tails.LENGTH:
        raise TailMissing()
    return await _by_digits(plain, tail, by=by, now=now)


async def _by_code(text: str, now: datetime) -> Pickup:
    code = codes.read(text, purpose=Purpose.PICKUP, now=now)
    pickup = await Pickup.get_or_none(code=code.subject)
    if pickup is None or pickup.nonce != code.nonce:
        raise CodeReplaced()
    return pickup


async def _by_digits(plain: str, tail: str, *, by: By, now: datetime) -> Pickup:
    """Guesses are limited for the member of staff, and for the result whose tail is guessed."""
    pickup = await Pickup.get_or_none(digits_index=digits.index_of(plain))
    keys = [tries.key_of("pickup-digits", str(by.staff_id))]
    if pickup is not None:
        keys.append(tries.key_of("pickup-tail", pickup.code))
    for key in keys:
        await tries.take(key=key, now=now)
    if pickup is None or not await tails.fits(pickup, tail):
        raise DigitsWrong()
    for key in keys:
        await tries.forget(key)
    return pickup


@transactional
async def _note(pickup: Pickup, *, hall_code: str, by: By, now: datetime) -> Pickup:
    if pickup.hall_code != hall_code:
        raise WrongHall(hall=(await halls.hall(pickup.hall_code)).name)
    if not await Pickup.filter(id=pickup.id, state=State.READY).update(presented_at=now, presented_by=by.staff_id):
        current = await Pickup.get(id=pickup.id)
        raise await already_handed_over(current) if current.state == State.HANDED_OVER else NotReady()
    await scans.note(purpose="pickup", by=by, hall_code=hall_code, subject=pickup.code, outcome=scans.OK, now=now)
    subject = f"pickup:{pickup.code}"
    await audit(
        by=by, action="pickup.present", subject=subject, citizen_id=pickup.citizen_id, hall_code=hall_code, now=now
    )
    return await Pickup.get(id=pickup.id)
