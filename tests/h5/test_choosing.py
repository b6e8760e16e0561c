"""Choosing a day and who comes: the chosen day and the field that is wrong are in sight, without script."""

import re
from datetime import date, timedelta

import pytest

from app import clock
from app.booking.models import Slot
from app.clock import CHINA
from h5.face import day
from tests.browser import chromium
from tests.city import Calendar, Doors
from tests.h5.test_in_browser import SMALL, phone
from tests.h5.test_pages import CHOICE, days_of
from tests.h5.visitor import visiting


def on_of(link: str) -> date:
    return date.fromisoformat(link.rpartition("date=")[2])


@pytest.mark.parametrize("look", ["", "elder=1"])
async def test_whichever_day_is_chosen_it_is_in_sight_with_its_weekday(doors: Doors, look: str) -> None:
    async with chromium() as browser:
        page = await phone(await browser.new_context(viewport=SMALL, java_script_enabled=False), doors, look=look)
        await page.goto(f"{doors.product}{CHOICE}")
        links = [str(await link.get_attribute("href")) for link in await page.locator("nav[aria-label=日期] a").all()]
        seen = []
        for link in links[1:]:
            await page.goto(doors.product + link)
            chosen = page.locator("[aria-current=date]")
            box, text = await chosen.bounding_box(), re.sub(r"\s", "", await chosen.inner_text())
            assert box is not None
            seen.append(
                (box["x"] >= 0 and box["x"] + box["width"] <= 375, text.startswith(day(on_of(link)).replace(" ", "")))
            )
    assert len(seen) >= 8 and set(seen) == {(True, True)}


async def test_the_next_free_day_is_marked_and_a_later_strip_leads_back(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        first = on_of((await days_of(visitor))[0])
        await Slot.filter(on__lt=first).update(left=0)
        page = await visitor.get(CHOICE)
        assert re.search(rf"{day(first)} 余 \d+，最近", page.words)
        assert page.words.count("，最近") == 1
        last = (await days_of(visitor))[-1]
        later = await visitor.get(last)
        assert (f"最近有号： {day(first)}" in later.words, "更早 往前看" in later.words) == (True, True)
        back = next(link for link in later.links(CHOICE) if on_of(link) <= on_of(last) - timedelta(days=7))
        assert f"{day(on_of(back))} 可选时段" in (await visitor.get(back)).words
    assert first > clock.now().astimezone(CHINA).date()


async def test_a_wrong_name_is_named_on_top_and_leads_to_its_field(doors: Doors) -> None:
    async with chromium() as browser:
        page = await phone(await browser.new_context(viewport=SMALL, java_script_enabled=False), doors)
        await page.goto(doors.product + CHOICE)
        await page.locator("nav[aria-label=日期] a").nth(1).click()
        await page.locator("input[name=slot]:enabled").first.check()
        await page.locator("#f-name").fill("王芳3")
        await page.locator("#f-mobile").fill("13800000001")
        await page.get_by_role("button", name="确认预约").click()
        assert await page.locator("[role=alert] a").all_inner_texts() == ["姓名：格式不正确"]
        assert await page.locator("#e-name").inner_text() == "格式不正确"
        await page.get_by_role("link", name="姓名：格式不正确").click()
        field, fault = await page.locator("#f-name").bounding_box(), await page.locator("#e-name").bounding_box()
        assert field is not None and fault is not None
        assert 0 <= field["y"] <= SMALL["height"] - field["height"]
        assert fault["y"] < field["y"] < fault["y"] + 100
        assert await page.locator("#f-name").input_value() == "王芳3"


async def test_a_slot_tells_how_long_one_waits_there(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        page = await visitor.get((await days_of(visitor))[1])
        slot = page.field("slot")
        assert "不用等" in page.words
        await Slot.filter(id=slot).update(capacity=3, left=1)
        assert "余 1 约等 5 分钟" in (await visitor.get(page.address)).words


async def test_a_day_that_is_over_or_too_far_says_so(doors: Doors, calendar: Calendar) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        hall = (await days_of(visitor))[1].partition("&date=")[0]
        now = clock.now().astimezone(CHINA)
        past = await visitor.get(f"{hall}&date={now.date() - timedelta(days=1)}")
        assert "这一天已过，请选择今天以后的日期" in past.words
        far = await visitor.get(f"{hall}&date={now.date() + timedelta(days=40)}")
        assert "目前只能预约 14 天以内的时段" in far.words
        open_day = on_of((await days_of(visitor))[0])
        calendar.jump_to(now.replace(year=open_day.year, month=open_day.month, day=open_day.day, hour=20))
        await visitor.sign_in("zhang")
        over = await visitor.get(f"{hall}&date={open_day}")
        assert f"{day(open_day)} 已结束" in over.words
