"""Somebody named by the owner takes the result; who is no longer named gets nothing."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from app import codes
from app.codes import Code, ExpiredCode, Purpose
from app.errors import AppError, NotFound
from app.outbox import RecordedEvent
from app.pickup import actions, proxies, queries
from app.pickup.errors import (
    AlreadyHandedOver,
    CodeReplaced,
    DigitsWrong,
    NotPresented,
    NotReady,
    ProxyExists,
    ProxyExpired,
    ProxyNotConfirmed,
    ProxyRevoked,
    ProxyUsed,
    ReceiverDiffers,
)
from app.pickup.models import Pickup, Proxy
from app.pickup.present import present
from app.pickup.proxies import ProxyView
from app.pickup.subscribers import expect_result
from app.queue.models import Scan
from app.staff.by import By
from tests.factories import NOW
from tests.marks import on_both
from tests.pickup.shelf import COUNTER, make_hall, make_ready
from tests.pickup.test_ready import finished
from tests.queue.day import CLERK

OWNER = 5


async def named(pickup: Pickup, name: str = "王小红", tail: str = "012x") -> ProxyView:
    return await proxies.name_proxy(pickup_code=pickup.code, citizen_id=OWNER, name=name, tail=tail, now=NOW)


async def ready() -> Pickup:
    await make_hall()
    return await make_ready(citizen_id=OWNER)


async def show(text: str, tail: str = "", *, now=NOW) -> Pickup:
    return await present(text=text, tail=tail, hall_code="HALL-SZ", by=CLERK, now=now)


async def hand_over(pickup: Pickup, *, receiver: str = "王小红", is_confirmed: bool = True, now=NOW) -> Pickup:
    return await actions.hand_over(
        pickup_code=pickup.code, counter_code=COUNTER, items_counted=3, receiver=receiver, by=CLERK, now=now,
        is_proxy_confirmed=is_confirmed,
    )  # fmt: skip


async def refused(text: str, tail: str = "", *, now=NOW) -> type[AppError]:
    with pytest.raises(AppError) as caught:
        await show(text, tail, now=now)
    return type(caught.value)


async def revoke(pickup: Pickup) -> None:
    await proxies.revoke(pickup_code=pickup.code, citizen_id=OWNER, now=NOW)


async def code_of(proxy: ProxyView, *, now=NOW) -> str:
    return (await proxies.show_code(secret=proxy.secret, now=now)).text


async def test_the_link_shows_a_code_of_sixty_seconds_and_the_counter_hands_over_to_the_proxy(db: str) -> None:
    pickup = await ready()
    text = await code_of(await named(pickup))
    code = codes.read(text, purpose=Purpose.PROXY, now=NOW)
    assert code.expires_at == NOW + timedelta(seconds=60)
    assert await refused(text, now=NOW + timedelta(seconds=61)) is ExpiredCode
    await show(text)
    done = await hand_over(pickup)
    proxy = await Proxy.get()
    assert (done.state, done.handed_proxy_id, proxy.state) == ("handed_over", proxy.id, "used")
    event = await RecordedEvent.get(name="pickup.result_handed_over")
    assert ('"is_proxy":true' in event.payload, "王" in event.payload) == (True, False)


async def test_name_and_tail_are_sealed_and_the_secret_is_not_stored(db: str) -> None:
    view = await named(await ready())
    row = await Proxy.get()
    stored = " ".join(str(value) for value in dict(row).values())
    assert [secret in stored for secret in ("王小红", "012X", view.secret)] == [False] * 3
    assert (view.masked_name, view.tail, len(view.secret)) == ("王**", "012X", 32)


async def test_the_clerk_must_confirm_and_the_name_must_be_the_one_the_owner_gave(db: str) -> None:
    pickup = await ready()
    await show(await code_of(await named(pickup)))
    with pytest.raises(ProxyNotConfirmed) as unseen:
        await hand_over(pickup, is_confirmed=False)
    assert "“王** 证件尾号 012X”" in unseen.value.text
    with pytest.raises(ReceiverDiffers):
        await hand_over(pickup, receiver="王小兰")
    assert ((await Pickup.get()).state, (await Proxy.get()).state) == ("ready", "active")


async def test_a_revoked_code_is_refused_and_logged_even_after_it_was_presented(db: str) -> None:
    pickup = await ready()
    text = await code_of(view := await named(pickup))
    await show(text)
    await revoke(pickup)
    with pytest.raises(ProxyRevoked):
        await hand_over(pickup)
    assert await refused(text) is ProxyRevoked
    with pytest.raises(ProxyRevoked):
        await code_of(view)
    scan = await Scan.all().order_by("-id").first()
    assert (scan and scan.outcome, scan and scan.subject) == ("pickup.proxy_revoked", pickup.code)
    assert (await Pickup.get()).state == "ready"


async def test_an_expired_and_a_used_naming_have_their_own_reasons(db: str) -> None:
    pickup = await ready()
    view = await named(pickup)
    number = (await proxies.show_code(secret=view.secret, now=NOW)).digits
    later = NOW + timedelta(days=7, seconds=1)
    assert await refused(number, "012X", now=later) is ProxyExpired
    text = await code_of(view)
    await show(text)
    await hand_over(pickup)
    assert (await refused(text), await refused(number, "012X")) == (ProxyUsed, ProxyUsed)


async def test_the_owners_own_code_needs_no_proxy_and_a_forged_proxy_code_opens_nothing(db: str) -> None:
    pickup = await ready()
    view = await named(pickup)
    row = await Proxy.get()
    forged = codes.issue(Code(Purpose.PROXY, row.code, "OTHER", NOW + timedelta(minutes=1)))
    as_owner = codes.issue(Code(Purpose.PICKUP, row.code, row.nonce, NOW + timedelta(minutes=1)))
    assert (await refused(forged), await refused(as_owner)) == (CodeReplaced, CodeReplaced)
    await show(await code_of(view))
    await show((await queries.show_code(code=pickup.code, citizen_id=OWNER, now=NOW)).text)
    assert (await hand_over(pickup, receiver="张小明", is_confirmed=False)).handed_proxy_id is None


async def test_digits_of_a_proxy_ask_for_the_proxys_own_tail(db: str) -> None:
    view = await named(await ready())
    number = (await proxies.show_code(secret=view.secret, now=NOW)).digits
    assert await refused(number, "1234") is DigitsWrong  # the owner's mobile
    assert (await show(number, "012x")).presented_proxy_id == (await Proxy.get()).id


@on_both
async def test_one_proxy_at_a_time(db: str) -> None:
    pickup = await ready()
    answers = await asyncio.gather(*(named(pickup) for _ in range(5)), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["ProxyExists"] * 4 + ["ProxyView"]
    with pytest.raises(ProxyExists) as refusal:
        await named(pickup, "李四")
    assert refusal.value.text == "您已委托 王** 代领，更换代领人请先撤销"
    await revoke(pickup)
    await named(pickup, "李四")
    assert await Proxy.all().order_by("id").values_list("state", flat=True) == ["revoked", "active"]


@on_both
async def test_two_clerks_at_once_hand_over_once_though_one_has_the_owner_and_one_the_proxy(db: str) -> None:
    pickup = await ready()
    proxy_text = await code_of(await named(pickup))
    owner_text = (await queries.show_code(code=pickup.code, citizen_id=OWNER, now=NOW)).text
    colleague = replace(CLERK, staff_id=9, name="李想")

    async def serve(text: str, by: By) -> Pickup:
        await present(text=text, hall_code="HALL-SZ", by=by, now=NOW)
        return await actions.hand_over(
            pickup_code=pickup.code, counter_code=COUNTER, items_counted=3, receiver="王小红", by=by, now=NOW,
            is_proxy_confirmed=True,
        )  # fmt: skip

    answers = await asyncio.gather(
        serve(proxy_text, CLERK), serve(owner_text, colleague), serve(proxy_text, CLERK), return_exceptions=True
    )
    winners = [answer for answer in answers if isinstance(answer, Pickup)]
    assert len(winners) == 1, answers
    assert {type(answer) for answer in answers} <= {Pickup, AlreadyHandedOver, NotPresented, ProxyUsed}
    assert await RecordedEvent.filter(name="pickup.result_handed_over").count() == 1
    used = winners[0].handed_proxy_id is not None
    assert await Proxy.all().values_list("state", flat=True) == ["used" if used else "active"]


async def test_only_the_owner_names_and_only_what_is_ready(db: str) -> None:
    pickup = await ready()
    with pytest.raises(NotFound):
        await proxies.name_proxy(pickup_code=pickup.code, citizen_id=6, name="王", tail="0000", now=NOW)
    await expect_result(finished("B1", "later"))
    with pytest.raises(NotReady):
        await named(await Pickup.get(booking_number="B1"))
    with pytest.raises(NotFound):
        await proxies.show_code(secret="GUESSED", now=NOW)


async def test_an_undone_hand_over_gives_the_naming_back(db: str) -> None:
    pickup = await ready()
    naming = await named(pickup)
    old = await proxies.show_code(secret=naming.secret, now=NOW)
    await show(old.text)
    await hand_over(pickup)
    later = NOW + timedelta(seconds=30)
    await actions.undo_hand_over(pickup_code=pickup.code, by=CLERK, now=later)
    assert await refused(old.text, now=later) is CodeReplaced  # a screenshot that has 30 seconds to go
    assert await refused(old.digits, "012x", now=later) is DigitsWrong
    await show(await code_of(naming, now=later), now=later)
    assert (await hand_over(pickup, now=later)).state == "handed_over"
