"""What pages and messages say of a hall's rules is what the hall's figures are."""

from datetime import timedelta

import pytest

from app import clock
from app.booking.policy import set_policy as set_booking_figures
from app.clock import duration
from app.queue.policy import set_policy as set_queue_figures
from notify.models import Dispatch, Notice
from tests.city import Doors
from tests.h5.test_pages import CHOICE, book
from tests.h5.visitor import visiting
from tests.running import until


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "0 分钟"), (30, "30 分钟"), (90, "1 小时 30 分钟"), (120, "2 小时"), (1440, "1 天"), (1500, "1 天 1 小时")],
)
def test_a_length_of_time_in_words(minutes: int, said: str) -> None:
    assert duration(minutes) == said


@pytest.mark.parametrize(
    ("minutes", "said"), [(30, "请提前 30 分钟"), (90, "请提前 1 小时 30 分钟"), (0, "请在开始之前")]
)
async def test_until_when_one_may_change_is_said_exactly(doors: Doors, minutes: int, said: str) -> None:
    await set_booking_figures(hall_code="HALL-SZ", cancel_before_minutes=minutes)
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page, _ = await book(visitor)
        assert f"改期和取消{said}。" in page.words
        assert f"改期和取消{said}；" in (await visitor.get(CHOICE + "&hall=HALL-SZ")).words


async def test_when_to_check_in_and_how_long_an_offer_is_kept_follow_the_hall(doors: Doors) -> None:
    await set_queue_figures(hall_code="HALL-SZ", early_minutes=20, late_minutes=45)
    await set_booking_figures(hall_code="HALL-SZ", offer_minutes=40)
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        choice = await visitor.get(CHOICE + "&hall=HALL-SZ")
        assert "请在约定时间前 20 分钟至后 45 分钟内签到；" in choice.words
        soon = clock.now().date() + timedelta(days=5)
        asked = await visitor.get(f"/h5/waiting?matter=HN-GA-002&hall=HALL-SZ&date={soon}&part=am&answers=")
        assert "留号 40 分钟（长辈版用户 1 小时 20 分钟），夜里留的号到早上 7 点才开始计时" in asked.words
        await book(visitor)
        await until(Notice.filter(kind="booked").exists)
        assert "请提前 20 分钟到场，出示预约码签到" in (await Notice.get(kind="booked")).body
        assert (await Dispatch.get(kind="booked")).data["thing4"] == "请提前 20 分钟到场签到"
