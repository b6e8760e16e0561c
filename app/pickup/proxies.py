"""Naming somebody to take a result (代领): one at a time, revoked at once, with a code of their own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.exceptions import IntegrityError

from app import codes, outbox
from app.citizens.rules import masked_name
from app.codes import Code, Purpose
from app.db import transactional
from app.errors import NotFound
from app.ids import new_code
from app.pickup import digits, queries
from app.pickup.errors import ProxyExists, ProxyRevoked
from app.pickup.events import ProxyNamed, ProxyRevokedByOwner
from app.pickup.models import Pickup, Proxy
from app.pickup.moving import facts_of
from app.pickup.queries import ShownCode
from app.pickup.refusals import proxy_used, why_not
from app.pickup.rules import CODE_LIFE, PROXY_LIFE, ensure_proxy_holds
from app.pickup.states import State
from app.sealing import blind_index, seal, unseal

ACTIVE, REVOKED, USED = "active", "revoked", "used"


@dataclass(frozen=True, slots=True)
class ProxyView:
    """A naming as its owner sees it. `state`: active, revoked, used, expired. `secret` belongs into the link."""

    state: str
    name: str
    tail: str
    secret: str
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    @property
    def masked_name(self) -> str:
        return masked_name(self.name)


@transactional
async def name_proxy(*, pickup_code: str, citizen_id: int, name: str, tail: str, now: datetime) -> ProxyView:
    """Let somebody else take this result.

    Args:
        name: of the proxy, as on the identity document.
        tail: last four of the proxy's identity number.

    Raises:
        NotFound: not the citizen's result.
        NotReady, AlreadyHandedOver and the like: nothing to take at a counter now.
        ProxyExists: somebody is named already; revoke that first.
    """
    pickup = await queries.pickup(pickup_code, citizen_id=citizen_id)
    if pickup.state != State.READY:
        raise await why_not(pickup)
    await Proxy.filter(active_key=pickup.id, expires_at__lt=now).update(active_key=None)
    try:
        proxy = await _create(pickup, name=name, tail=tail.upper(), now=now)
    except IntegrityError:
        if named := await Proxy.get_or_none(active_key=pickup.id):
            raise ProxyExists(name=masked_name(name_of(named))) from None
        raise
    await outbox.record(ProxyNamed(**facts_of(pickup, now), proxy_code=proxy.code))
    return _view(proxy, now)


@transactional
async def _create(pickup: Pickup, *, name: str, tail: str, now: datetime) -> Proxy:
    """A savepoint of its own, so that losing to another naming leaves the transaction usable."""
    code, secret, number = new_code(), new_code(32), await digits.unused()
    return await Proxy.create(
        code=code,
        pickup_id=pickup.id,
        active_key=pickup.id,
        state=ACTIVE,
        name_sealed=seal(name, _place("name", code)),
        tail_sealed=seal(tail, _place("tail", code)),
        secret_sealed=seal(secret, _place("secret", code)),
        secret_index=_index(secret),
        **_digits(code, number),
        nonce=new_code(),
        made_at=now,
        expires_at=now + PROXY_LIFE,
    )


@transactional
async def revoke(*, pickup_code: str, citizen_id: int, now: datetime) -> None:
    """Take the naming back: from this moment the proxy's code opens nothing. Harmless when nobody is named.

    Raises `NotFound` for another's result.
    """
    pickup = await queries.pickup(pickup_code, citizen_id=citizen_id)
    named = Proxy.filter(active_key=pickup.id, state=ACTIVE)
    proxy = await named.first()
    if proxy and await named.filter(id=proxy.id).update(state=REVOKED, ended_at=now, active_key=None):
        await outbox.record(ProxyRevokedByOwner(**facts_of(pickup, now), proxy_code=proxy.code))


async def proxy_of(*, pickup_code: str, citizen_id: int, now: datetime) -> ProxyView | None:
    """The latest naming for the citizen's own result. Raises `NotFound` for another's."""
    pickup = await queries.pickup(pickup_code, citizen_id=citizen_id)
    proxy = await Proxy.filter(pickup_id=pickup.id).order_by("-id").first()
    return _view(proxy, now) if proxy else None


async def by_secret(secret: str) -> tuple[Proxy, Pickup]:
    """Whoever holds the link. Raises `NotFound` for a link nobody was given."""
    proxy = await Proxy.get_or_none(secret_index=_index(secret))
    if proxy is None:
        raise NotFound()
    return proxy, await Pickup.get(id=proxy.pickup_id)


async def show_code(*, secret: str, now: datetime) -> ShownCode:
    """The proxy's code of sixty seconds. Raises `NotFound`, or why it opens nothing: revoked, expired, handed over."""
    proxy, pickup = await by_secret(secret)
    await ensure_holds(proxy, pickup, at=now)
    if pickup.state != State.READY:
        raise await why_not(pickup)
    expires_at = now + CODE_LIFE
    text = codes.issue(Code(Purpose.PROXY, proxy.code, proxy.nonce, expires_at))
    number = unseal(proxy.digits_sealed, _place("digits", proxy.code))
    return ShownCode(text=text, expires_at=expires_at, digits=number, asks="代领人证件号后四位")


async def ensure_holds(proxy: Proxy, pickup: Pickup, *, at: datetime) -> None:
    """Raises `ProxyUsed`, `ProxyRevoked` or `ProxyExpired`."""
    if proxy.state == USED:
        raise await proxy_used(pickup)
    ensure_proxy_holds(ended_at=proxy.ended_at, expires_at=proxy.expires_at, at=at)


async def use(proxy: Proxy, *, now: datetime) -> None:
    """The naming is spent with the hand-over. Raises `ProxyRevoked` or `ProxyUsed` when somebody was quicker."""
    mine = Proxy.filter(id=proxy.id, state=proxy.state, ended_at=proxy.ended_at)
    if not await mine.update(state=USED, ended_at=now, active_key=None):
        await ensure_holds(await Proxy.get(id=proxy.id), await Pickup.get(id=proxy.pickup_id), at=now)
        raise ProxyRevoked()


async def give_back(proxy_id: int, *, pickup_id: int) -> None:
    """A hand-over was undone: the naming holds as before, but no code or digits that were shown for it."""
    proxy = await Proxy.get(id=proxy_id)
    shown = {"nonce": new_code(), **_digits(proxy.code, await digits.unused())}
    await Proxy.filter(id=proxy_id, state=USED).update(state=ACTIVE, ended_at=None, active_key=pickup_id, **shown)


def _digits(proxy_code: str, number: str) -> dict[str, Any]:
    return {"digits_sealed": seal(number, _place("digits", proxy_code)), "digits_index": digits.index_of(number)}


async def forget_digits(now: datetime) -> int:
    """Digits of namings long over may be given out again. A periodic job."""
    return await Proxy.filter(expires_at__lt=now - timedelta(days=1), digits_index__isnull=False).update(
        digits_index=None
    )


def name_of(proxy: Proxy) -> str:
    """In the clear; screens show it masked."""
    return unseal(proxy.name_sealed, _place("name", proxy.code))


async def taken_by(pickup: Pickup) -> str:
    """The masked name of the proxy who took it; empty when nobody took it for its owner."""
    proxy = await Proxy.get_or_none(id=pickup.handed_proxy_id) if pickup.handed_proxy_id else None
    return masked_name(name_of(proxy)) if proxy else ""


def tail_of(proxy: Proxy) -> str:
    return unseal(proxy.tail_sealed, _place("tail", proxy.code))


def _view(proxy: Proxy, now: datetime) -> ProxyView:
    is_expired = proxy.state == ACTIVE and now > proxy.expires_at
    return ProxyView(
        state="expired" if is_expired else proxy.state,
        name=name_of(proxy),
        tail=tail_of(proxy),
        secret=unseal(proxy.secret_sealed, _place("secret", proxy.code)),
        made_at=proxy.made_at,
        expires_at=proxy.expires_at,
        ended_at=proxy.ended_at,
    )


def _index(secret: str) -> str:
    return blind_index("pickup_proxy_secret", secret)


def _place(column: str, code: str) -> str:
    return f"pickup_proxy:{column}:{code}"
