"""The city's big screen: its figures equal a recount of the tickets, and it shows no person."""

import random
import re
from collections import Counter
from datetime import timedelta

import aiohttp
from playwright.async_api import expect

from app import clock
from app.halls.models import Hall
from app.queue import actions
from app.queue.models import Ticket
from app.recent import forget_all
from app.staff.by import SYSTEM
from tests.browser import chromium
from tests.city import Doors
from tests.h5.busy_hall import HALL, NAMES, arrive, call, counter_of
from tests.h5.test_screens import FITS, PICTURES, TALL, TV
from tests.h5.visitor import visiting

PLACES = [
    (HALL, "HZ"),
    (HALL, "SB"),
    ("HALL-0403", "YB"),
    ("HALL-HY-0403", "HY"),
    ("HALL-0421", "HZ"),
    ("HALL-MJ", "SB"),
]


async def a_day(seed: int = 7, *, people: int = 60) -> None:
    """People come to six halls; some are called, some served, some go home with the result."""
    chance = random.Random(seed)
    for n in range(people):
        hall, group = chance.choice(PLACES)
        await arrive(group, hall=hall, name=NAMES[n % len(NAMES)])
        if chance.random() < 0.6:
            counter = await counter_of(group, hall=hall)
            ticket = await call(counter)
            if ticket.state == "called" and chance.random() < 0.8:
                what = {"ticket_code": ticket.code, "counter_code": counter, "by": SYSTEM, "now": clock.now()}
                await actions.serve(**what)
                await actions.finish(**what, result=chance.choice(["on_spot", "on_spot", "later"]))


async def before(days: int, *, done: int) -> None:
    """A day that is over, on which so many were served, and one was not."""
    ticket = await Ticket.filter(state="done").first()
    assert ticket is not None
    facts = {name: getattr(ticket, name) for name in Ticket._meta.db_fields if name != "id"}
    facts |= {"on_day": ticket.on_day - timedelta(days=days), "booking_number": None}
    for n in range(done):
        await Ticket.create(**facts | {"code": f"PAST{days:04}{n:08}", "number": f"P{n}"})
    await Ticket.create(**facts | {"code": f"MISS{days:012}", "number": "M", "state": "missed"})


async def recount() -> tuple[dict[str, list[int]], Counter[str]]:
    """The same figures, one ticket after the other: [came, done, on the spot, waiting] by region, and done by day."""
    regions = {hall.code: hall.region_code for hall in await Hall.filter(has_tickets=True)}
    today = {code: [0, 0, 0, 0] for code in regions.values()}
    days: Counter[str] = Counter()
    for ticket in await Ticket.all():
        is_done = ticket.state == "done"
        days[str(ticket.on_day)] += is_done
        if ticket.on_day == clock.now().date():
            figures = today[regions[ticket.hall_code]]
            figures[0] += 1
            figures[1] += is_done
            figures[2] += is_done and ticket.result == "on_spot"
            figures[3] += ticket.state == "waiting"
    return today, days


async def test_the_feed_equals_a_recount_and_says_nothing_of_anybody(doors: Doors) -> None:
    await a_day()
    await before(1, done=4)
    await before(29, done=2)
    await before(30, done=5)  # no longer shown
    forget_all()
    today, days = await recount()
    async with aiohttp.ClientSession() as http, http.get(f"{doors.product}/api/v1/display") as answer:
        text = await answer.text()
        feed = await answer.json()
    figures = {r["code"]: [r["came"], r["done"], r["onSpot"], r["waiting"]] for r in feed["regions"]}
    assert figures == today
    total = [sum(column) for column in zip(*today.values(), strict=True)]
    city = feed["city"]
    assert [city["came"], city["done"], city["onSpot"], city["waiting"]] == total
    assert city["onSpotPercent"] == round(100 * total[2] / total[1], 1)
    assert feed["goodPercent"] is None
    past = {day["on"]: day["done"] for day in feed["days"]}
    assert (len(past), past) == (30, {day: days[day] for day in past})
    assert sum(past.values()) == sum(days.values()) - 5
    assert [name for name in NAMES if name in text or name[0] + "*" in text] == []
    assert re.findall(r"[A-Z]{2,4}\d{3}|HN-GA|citizen", text) == []


async def test_a_day_on_which_nobody_came_has_no_rates(doors: Doors) -> None:
    forget_all()
    async with visiting(doors) as visitor:
        page = await visitor.get("/h5/display")
    assert "今日取号 0 办理量 0 办结率 暂无 好评率 暂无 正在等候 0" in page.words
    assert "办理量 ：今天在窗口办完的号数" in page.words
    assert "市本级 0 0 — 0 大通区 0" in page.words


async def test_the_big_screen_follows_the_day_and_fits(doors: Doors) -> None:
    await a_day()
    for days in range(1, 30):
        await before(days, done=(days * 7) % 23)
    forget_all()
    async with chromium() as browser:
        page = await browser.new_page(viewport=TV)
        await page.goto(f"{doors.product}/h5/display")
        came = await Ticket.filter(on_day=clock.now().date()).count()
        await expect(page.locator(".figures p").first).to_have_text(f"今日取号{came}")
        await arrive("HZ")
        await expect(page.locator(".figures p").first).to_have_text(f"今日取号{came + 1}", timeout=7000)
        await page.wait_for_timeout(7000)
        await expect(page.locator("[data-lost]")).to_be_hidden()
        for size in (TV, TALL, {"width": 1366, "height": 768}):
            await page.set_viewport_size(size)
            await page.screenshot(path=PICTURES / f"display-{size['width']}.png")
            assert (size, await page.evaluate(FITS)) == (size, True)
