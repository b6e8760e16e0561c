"""Everything that changes a citizen. Each function is one transaction."""

from datetime import datetime

from tortoise.exceptions import IntegrityError

from app import outbox, sealing
from app.citizens.consents import CURRENT
from app.citizens.errors import ConsentOutdated
from app.citizens.events import MobileRelinked
from app.citizens.models import Citizen, Consent, Identity
from app.citizens.queries import place
from app.db import transactional
from app.ids import new_code


async def sign_in(*, channel: str, external_id: str, unionid: str | None, now: datetime) -> int:
    """Find or make the citizen behind a proven outside account. Returns the citizen's id.

    The platform has vouched for `external_id`; nothing the client says comes here. A `unionid` joins the mini-program
    and the official account of one open-platform account.
    """
    try:
        return await _find_or_make(channel=channel, external_id=external_id, unionid=unionid, now=now)
    except IntegrityError:
        # The same person signed in twice at once: the other one made the rows.
        return await _find_or_make(channel=channel, external_id=external_id, unionid=unionid, now=now)


@transactional
async def _find_or_make(*, channel: str, external_id: str, unionid: str | None, now: datetime) -> int:
    known = await Identity.get_or_none(channel=channel, external_id=external_id)
    if known is not None:
        if unionid and known.unionid != unionid:
            await Identity.filter(id=known.id).update(unionid=unionid)
        return known.citizen_id
    citizen_id = await _joined_by(unionid) or (await Citizen.create(code=new_code(), created_at=now)).id
    await Identity.create(
        citizen_id=citizen_id, channel=channel, external_id=external_id, unionid=unionid, linked_at=now
    )
    return citizen_id


async def _joined_by(unionid: str | None) -> int | None:
    if not unionid:
        return None
    sibling = await Identity.filter(unionid=unionid).order_by("id").first()
    return sibling.citizen_id if sibling else None


@transactional
async def attach_mobile(*, citizen_id: int, mobile: str, now: datetime) -> None:
    """Keep a mobile that was proven by a platform or by a code sent to it. A mobile has one holder: the last to prove."""
    index = sealing.blind_index("mobile", mobile)
    before = await Citizen.get_or_none(mobile_index=index)
    if before is not None and before.id != citizen_id:
        await Citizen.filter(id=before.id).update(mobile_index=None, mobile_sealed=None)
        await outbox.record(MobileRelinked(occurred_at=now, from_citizen_id=before.id, to_citizen_id=citizen_id))
    me = await Citizen.get(id=citizen_id)
    sealed = sealing.seal(mobile, place("mobile", me.code))
    await Citizen.filter(id=citizen_id).update(mobile_index=index, mobile_sealed=sealed)


@transactional
async def change_profile(*, citizen_id: int, name: str | None = None, is_elder: bool | None = None) -> None:
    """Set the contact name, or the elder mode; None leaves a field as it is."""
    changes: dict[str, object] = {}
    if name is not None:
        me = await Citizen.get(id=citizen_id)
        changes["name_sealed"] = sealing.seal(name, place("name", me.code))
    if is_elder is not None:
        changes["is_elder"] = is_elder
    if changes:
        await Citizen.filter(id=citizen_id).update(**changes)


@transactional
async def agree(*, citizen_id: int, name: str, version: str, channel: str, now: datetime) -> None:
    """Record consent to a text. Agreeing twice is one consent. Raises ConsentOutdated for another version."""
    if name not in CURRENT or CURRENT[name].version != version:
        raise ConsentOutdated()
    mine = Consent.filter(citizen_id=citizen_id, text_name=name, text_version=version)
    if not await mine.update(withdrawn_at=None):
        await Consent.create(citizen_id=citizen_id, text_name=name, text_version=version, channel=channel, given_at=now)


@transactional
async def withdraw(*, citizen_id: int, name: str, now: datetime) -> None:
    """Take consent back. The record of what was agreed stays."""
    await Consent.filter(citizen_id=citizen_id, text_name=name, withdrawn_at=None).update(withdrawn_at=now)
