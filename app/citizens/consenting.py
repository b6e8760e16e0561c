"""Agreeing to a text and taking it back; one transaction each. What was agreed to then stays on record."""

from datetime import datetime

from tortoise.exceptions import IntegrityError

from app.citizens.consents import CURRENT, ConsentText, active_key
from app.citizens.errors import ConsentOutdated
from app.citizens.events import ConsentWithdrawn
from app.citizens.models import Citizen, Consent, Identity, Way
from app.db import transactional
from app.outbox import record


@transactional
async def agree(*, citizen_id: int, name: str, version: str, channel: str, now: datetime) -> None:
    """Record consent to the current version of a text. Agreeing twice is one consent.

    Raises `ConsentOutdated` for any other text or version: nobody agrees to what they were not shown.
    """
    text = CURRENT.get(name)
    if text is None or text.version != version:
        raise ConsentOutdated()
    active = await Consent.get_or_none(active_key=active_key(citizen_id, name))
    if active is not None and active.text_version == version:
        return
    if active is not None:  # to an older version, which the new one replaces
        await Consent.filter(id=active.id).update(active_key=None)
    await _note_once(citizen_id=citizen_id, text=text, channel=channel, now=now)


@transactional
async def withdraw(*, citizen_id: int, name: str, now: datetime) -> None:
    """Take consent back; nothing happens when there is none. Records `ConsentWithdrawn`.

    What was taken on it goes too: the citizen's name and mobile. Bookings made before stay, with what they hold, and
    new ones are refused until the citizen agrees again.
    """
    active = await Consent.get_or_none(active_key=active_key(citizen_id, name))
    if active is None:
        return
    if await Consent.filter(id=active.id, withdrawn_at=None).update(withdrawn_at=now, active_key=None):
        await _forget_contact(citizen_id)
        version = active.text_version
        await record(ConsentWithdrawn(occurred_at=now, citizen_id=citizen_id, text_name=name, text_version=version))


async def _note_once(*, citizen_id: int, text: ConsentText, channel: str, now: datetime) -> None:
    try:
        await _note(citizen_id=citizen_id, text=text, channel=channel, now=now)
    except IntegrityError:
        return  # agreed twice at once; the other one stands


@transactional
async def _note(*, citizen_id: int, text: ConsentText, channel: str, now: datetime) -> None:
    await Consent.create(
        citizen_id=citizen_id,
        text_name=text.name,
        text_version=text.version,
        text_sha256=text.sha256,
        channel=channel,
        given_at=now,
        active_key=active_key(citizen_id, text.name),
    )


async def _forget_contact(citizen_id: int) -> None:
    await Citizen.filter(id=citizen_id).update(name_sealed=None, mobile_sealed=None, mobile_index=None)
    ways = Identity.filter(citizen_id=citizen_id)
    if await ways.exclude(channel=Way.MOBILE).exists():  # the only way in stays one: a keyed hash, no number
        await ways.filter(channel=Way.MOBILE).delete()
