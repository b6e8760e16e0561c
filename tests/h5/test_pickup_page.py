"""What a citizen sees of a result, before and after it was handed over."""

import re

from app import clock
from app.booking.models import Booking
from app.citizens.models import Citizen
from app.pickup import actions, proxies
from app.pickup.models import Pickup
from app.pickup.present import present
from app.queue.models import Ticket
from tests.city import Doors
from tests.h5.test_proxy import ready_for
from tests.h5.visitor import visiting
from tests.pickup.shelf import COUNTER
from tests.queue.day import CLERK, make_ticket


async def hand_over(pickup: Pickup, text: str, receiver: str) -> Pickup:
    await present(text=text, hall_code="HALL-SZ", by=CLERK, now=clock.now())
    return await actions.hand_over(
        pickup_code=pickup.code, counter_code=COUNTER, items_counted=3, receiver=receiver, is_proxy_confirmed=True,
        by=CLERK, now=clock.now(),
    )  # fmt: skip


async def test_once_handed_over_the_page_says_when_and_which_way_and_asks_for_a_rating(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        pickup = await ready_for(visitor)
        path, owner = f"/h5/pickups/{pickup.code}", pickup.citizen_id or 0
        open_page = await visitor.get(path)
        assert f'data-live="{path}/now?state=ready"' in open_page.text
        assert 'class="qr"' in (await visitor.get(f"{path}/now?state=ready")).text
        named = await proxies.name_proxy(
            pickup_code=pickup.code, citizen_id=owner, name="王小红", tail="0123", now=clock.now()
        )
        code = await proxies.show_code(secret=named.secret, now=clock.now())
        done = await hand_over(pickup, code.text, "王小红")
        assert (await visitor.get(f"{path}/now?state=ready")).address == path  # an open page is drawn anew
        page = await visitor.get(path)
        assert done.handed_at
        at = done.handed_at.astimezone(clock.CHINA)
        assert f"{at.month}月{at.day}日" in page.words
        assert f"{at:%H:%M} 在 B01 窗口领取" in page.words
        assert "代领人：王**" in page.words
        gone = [word for word in ("前领取", "取件码", "不能重复领取", "评价", "请人代取") if word in page.words]
        assert (gone, 'class="qr"' in page.text, "data-live" in page.text) == ([], False, False)
        ticket = await make_ticket(starts_at=clock.now(), now=clock.now(), citizen_id=owner)
        await Ticket.all().update(state="done", booking_number=pickup.booking_number)
        page = await visitor.get(path)
        assert page.links("/h5/tickets/") == [f"/h5/tickets/{ticket.code}/rate"]
        ask = await visitor.get(f"/h5/tickets/{ticket.code}/rate?grade=1")
        await visitor.post(f"/h5/tickets/{ticket.code}/rate", ask, grade="1")
        assert (await visitor.get(path)).links("/h5/tickets/") == []


async def test_a_result_of_no_named_matter_is_called_by_what_it_is(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        pickup = await ready_for(visitor)
        await Pickup.filter(id=pickup.id).update(matter_code="")
        what = "、".join(item["name"] for item in pickup.items)
        pages = [await visitor.get(path) for path in ("/h5/", "/h5/me", f"/h5/pickups/{pickup.code}")]
    assert [(what in page.words, "现场业务" in page.words) for page in pages] == [(True, False)] * 3


async def test_from_a_locker_it_says_so_and_a_sent_one_names_no_last_day(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        pickup = await ready_for(visitor)
        path = f"/h5/pickups/{pickup.code}"
        await Pickup.all().update(state="handed_over", handed_at=clock.now())
        assert "在自助柜领取" in (await visitor.get(path)).words
        await Pickup.all().update(state="archived")
        page = await visitor.get(path)
        assert ("已归档保存" in page.words, "前领取" in page.words) == (True, False)


async def test_without_a_number_on_file_no_digits_are_shown(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        path = f"/h5/pickups/{(await ready_for(visitor)).code}"
        assert re.search(r"说出手机号后四位： [0-9]{4} [0-9]{4}", (await visitor.get(path)).words)
        await Booking.all().update(contact_mobile_sealed=None)
        await Citizen.all().update(mobile_sealed=None, id_no_sealed=None)
        page = await visitor.get(path)
        assert ("取件数字" in page.words, "请出示二维码领取" in page.words, "带身份证原件" in page.words) == (
            False, True, True,
        )  # fmt: skip
