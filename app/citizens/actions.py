"""Everything that changes a citizen or a way in; one transaction each. Whom a mobile leads to: see `rules`."""

from datetime import datetime

from tortoise.exceptions import IntegrityError

from app.citizens import personal, rules
from app.citizens.events import MobileRelinked
from app.citizens.models import Citizen, Identity, UsedState, Way
from app.citizens.queries import ensure_agreed
from app.citizens.rules import Holder, Settled
from app.db import transactional
from app.errors import Busy, NotFound
from app.ids import new_code
from app.outbox import record


@transactional
async def sign_in(*, channel: str, external_id: str, unionid: str | None, now: datetime) -> int:
    """Find the citizen behind an account that WeChat has just vouched for, or make one. Returns the citizen's id.

    An unknown openid joins the citizen of its `unionid`. A known one stays with its citizen even when its `unionid`
    turns up later at another one: two citizens with records of their own are not joined by signing in.

    Args:
        channel: `wechat` (mini-program) or `wechat_oa` (official account).
        external_id: the openid there, by the platform's word; nothing the client says comes here.
    """
    way = Way(channel)
    citizen_id = await _known(way, external_id, now=now)
    if citizen_id is None and unionid is not None:
        citizen_id = await _known(Way.UNION, unionid, now=now)
    if citizen_id is None:
        return await _new_by_wechat(way, external_id, unionid, now=now)
    await _add_way(way, external_id, citizen_id=citizen_id, now=now)
    if unionid is not None:
        await _add_way(Way.UNION, unionid, citizen_id=citizen_id, now=now)
    return citizen_id


@transactional
async def sign_in_mobile(*, mobile: str, now: datetime) -> int:
    """Find the citizen to whom a mobile leads that has just been proven, or make one. Returns the citizen's id."""
    holder = await _holder(mobile)
    settled = rules.settle_sign_in(holder, now=now)
    if holder is not None and settled is Settled.SAME:
        citizen = await _citizen(holder.citizen_id)
    else:
        citizen = await _new_citizen(now=now)
    await _settle(settled, holder=holder, citizen=citizen, mobile=mobile, now=now)
    return int(citizen.id)


@transactional
async def attach_mobile(*, citizen_id: int, mobile: str, now: datetime) -> None:
    """Give a signed-in citizen a mobile that WeChat or a code has just proven.

    Records `MobileRelinked` for whoever loses it, and for this citizen when it replaces another one.
    Raises `ConsentNeeded`, and `NotFound` for a citizen who does not exist.
    """
    citizen = await _citizen(citizen_id)
    await ensure_agreed(citizen_id)
    if citizen.mobile_index not in (None, personal.mobile_index(mobile)):
        await Identity.filter(channel=Way.MOBILE, external_id=citizen.mobile_index, citizen_id=citizen_id).delete()
        await record(MobileRelinked(occurred_at=now, from_citizen_id=citizen_id, to_citizen_id=citizen_id))
    holder = await _holder(mobile)
    settled = rules.settle_attach(holder, citizen_id=citizen_id, now=now)
    await _settle(settled, holder=holder, citizen=citizen, mobile=mobile, now=now)


@transactional
async def change_profile(*, citizen_id: int, name: str | None = None, is_elder: bool | None = None) -> None:
    """Set the contact name (stated by the citizen, proven by nobody) or the elder mode; None leaves a field.

    Raises `NotFound`, and `ConsentNeeded` for a name.
    """
    citizen = await _citizen(citizen_id)
    changes: dict[str, str | bool] = {}
    if name is not None:
        await ensure_agreed(citizen_id)
        changes["name_sealed"] = personal.sealed_name(citizen.code, name)
    if is_elder is not None:
        changes["is_elder"] = is_elder
    if changes:
        await Citizen.filter(id=citizen_id).update(**changes)


@transactional
async def use_state(*, state_hash: str, now: datetime) -> bool:
    """Spend a `state` of web authorisation. False when it was spent before."""
    try:
        await _spend(state_hash, now=now)
    except IntegrityError:
        return False
    return True


@transactional
async def _spend(state_hash: str, *, now: datetime) -> None:
    await UsedState.create(state_hash=state_hash, used_at=now)


async def _citizen(citizen_id: int) -> Citizen:
    citizen = await Citizen.get_or_none(id=citizen_id)
    if citizen is None:
        raise NotFound()
    return citizen


async def _known(way: Way, external_id: str, *, now: datetime) -> int | None:
    mine = Identity.filter(channel=way, external_id=external_id)
    ids = await mine.values_list("citizen_id", flat=True)
    if not ids:
        return None
    await mine.update(proven_at=now)
    return int(str(ids[0]))


async def _new_by_wechat(way: Way, openid: str, unionid: str | None, *, now: datetime) -> int:
    """Make the citizen; when the same person comes in twice at once, the second one finds what the first made."""
    try:
        return await _make_by_wechat(way, openid, unionid, now=now)
    except IntegrityError:
        for other, external_id in ((way, openid), (Way.UNION, unionid)):
            if external_id and (citizen_id := await _known(other, external_id, now=now)):
                await _add_way(way, openid, citizen_id=citizen_id, now=now)
                return citizen_id
        raise Busy() from None


@transactional
async def _make_by_wechat(way: Way, openid: str, unionid: str | None, *, now: datetime) -> int:
    citizen = await _new_citizen(now=now)
    await _insert_way(way, openid, citizen_id=citizen.id, now=now)
    if unionid is not None:
        await _insert_way(Way.UNION, unionid, citizen_id=citizen.id, now=now)
    return int(citizen.id)


async def _new_citizen(*, now: datetime) -> Citizen:
    return await Citizen.create(code=new_code(), created_at=now)


async def _add_way(way: Way, external_id: str, *, citizen_id: int, now: datetime) -> None:
    """Note a further way in, unless it leads somewhere already."""
    if await Identity.filter(channel=way, external_id=external_id).exists():
        return
    try:
        await _insert_way(way, external_id, citizen_id=citizen_id, now=now)
    except IntegrityError:
        return


@transactional
async def _insert_way(way: Way, external_id: str, *, citizen_id: int, now: datetime) -> None:
    await Identity.create(channel=way, external_id=external_id, citizen_id=citizen_id, proven_at=now)


async def _holder(mobile: str) -> Holder | None:
    way_in = await Identity.get_or_none(channel=Way.MOBILE, external_id=personal.mobile_index(mobile))
    if way_in is None:
        return None
    others = Identity.filter(citizen_id=way_in.citizen_id).exclude(channel=Way.MOBILE)
    return Holder(way_in.citizen_id, way_in.proven_at, await others.exists())


async def _settle(settled: Settled, *, holder: Holder | None, citizen: Citizen, mobile: str, now: datetime) -> None:
    if settled is Settled.NEW:
        await _take_free(mobile, citizen_id=citizen.id, now=now)
    elif settled is Settled.SAME:
        await _prove(mobile, now=now)
    elif settled is Settled.MOVED and holder is not None:
        await _move(mobile, holder=holder, citizen_id=citizen.id, now=now)
    await Citizen.filter(id=citizen.id).update(
        mobile_sealed=personal.sealed_mobile(citizen.code, mobile), mobile_index=personal.mobile_index(mobile)
    )


async def _take_free(mobile: str, *, citizen_id: int, now: datetime) -> None:
    try:
        await _insert_way(Way.MOBILE, personal.mobile_index(mobile), citizen_id=citizen_id, now=now)
    except IntegrityError:
        raise Busy() from None  # somebody proved it in the same moment; the next try sees them


async def _prove(mobile: str, *, now: datetime) -> None:
    await Identity.filter(channel=Way.MOBILE, external_id=personal.mobile_index(mobile)).update(proven_at=now)


async def _move(mobile: str, *, holder: Holder, citizen_id: int, now: datetime) -> None:
    index = personal.mobile_index(mobile)
    way_in = Identity.filter(channel=Way.MOBILE, external_id=index, citizen_id=holder.citizen_id)
    if not await way_in.update(citizen_id=citizen_id, proven_at=now):
        raise Busy()  # it moved a moment ago
    await Citizen.filter(id=holder.citizen_id, mobile_index=index).update(mobile_sealed=None, mobile_index=None)
    await record(MobileRelinked(occurred_at=now, from_citizen_id=holder.citizen_id, to_citizen_id=citizen_id))
