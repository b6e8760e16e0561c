"""The page of a booking: whatever has become of it or of its matter, it shows what its owner can do."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from app import clock
from app.booking import actions, waiting_list
from app.booking.contact import Contact
from app.booking.models import Booking, Slot
from app.matters.models import CANCELLED, Matter
from app.recent import forget_all
from tests.city import Doors
from tests.h5.test_pages import book, days_of, number_of
from tests.h5.test_waiting import join
from tests.h5.visitor import Page, visiting
from tests.h5.waiting import signed_in


async def cancel_matter() -> None:
    await Matter.filter(code="HN-GA-002").update(status=CANCELLED)
    forget_all()


async def test_after_its_matter_was_cancelled_a_booking_still_shows_its_code_and_can_be_cancelled(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page, _ = await book(visitor)
        path = f"/h5/bookings/{number_of(page)}"
        await cancel_matter()
        shown = await visitor.get(path)
        assert (shown.status, 'aria-label="签到二维码"' in shown.text) == (200, True)
        assert "该事项已停止预约，不能改期；取消请提前 2 小时" in shown.words
        assert (shown.links(f"{path}/move"), shown.links(f"{path}/cancel")) == ([], [f"{path}/cancel"])
        gone = await visitor.post(f"{path}/cancel", await visitor.get(f"{path}/cancel"))
        assert ("已取消，名额将让给其他人" in gone.words, "重新预约" in gone.words) == (True, False)


async def test_a_hold_that_ran_out_shows_that_it_did_and_how_to_book_again(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page, _ = await book(visitor)
        await Booking.all().update(state="expired")
        shown = await visitor.get(page.address)
        assert (shown.status, "已超时" in shown.words, "重新预约" in shown.words) == (200, True, True)


def free_times(page: Page) -> list[str]:
    """The slots that can be chosen."""
    return [
        slot for slot, rest in re.findall(r'name="slot" value="([^"]+)" required( disabled)?', page.text) if not rest
    ]


async def test_a_visit_of_two_matters_for_two_is_moved_only_to_times_that_are_long_enough(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        days = [link.rpartition("=")[2].replace("-", "") for link in await days_of(visitor)]
        stem = f"HALL-SZ.HZ.{days[1]}"
        booking = await actions.book(
            citizen_id=await signed_in(), slot_id=f"{stem}0900", matter_codes=["HN-GA-002", "HN-GA-001"], people=2,
            contact=Contact(name="张三", mobile="13800000001"), now=clock.now(),
        )  # fmt: skip
        path = f"/h5/bookings/{booking.number}"
        assert "请带好 居民身份证 居民户口簿" in (await visitor.get(path)).words
        other = f"HALL-SZ.HZ.{days[2]}"
        await Slot.filter(id__startswith=other).update(left=0)
        await Slot.filter(id__gte=f"{other}1000", id__lt=f"{other}1045").update(left=1)
        move = (await visitor.get(f"{path}/move")).links(f"{path}/move?hall")
        link = next(each for each in move if each.replace("-", "").endswith(days[2]))
        assert free_times(await visitor.get(link)) == []
        await Slot.filter(id=f"{other}1045").update(left=1)
        page = await visitor.get(link)
        assert free_times(page) == [f"{other}1000"]
        moved = await visitor.post(f"{path}/move", page, slot=f"{other}1000")
        assert "已改到新时间" in moved.words
    assert (await Booking.get()).ends_at - (await Booking.get()).starts_at == timedelta(hours=1)


async def test_a_place_offered_while_my_bookings_are_read_does_not_break_the_page(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with visiting(doors) as visitor:
        await join(visitor, "zhang")
        (view,) = await waiting_list.mine(await signed_in())

        async def meanwhile(citizen_id: int, *, only_open: bool) -> list[waiting_list.WaitingView]:
            return [replace(view, position=None)]  # waiting when read first, offered when the line was read

        monkeypatch.setattr(waiting_list, "mine", meanwhile)
        page = await visitor.get("/h5/bookings")
        assert (page.status, "候补中" in page.words) == (200, True)
