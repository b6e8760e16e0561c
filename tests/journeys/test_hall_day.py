"""One whole day of a hall in fast motion: sixty people, three counters on phones, a screen on the wall.

The people come with bookings (in time, early, late), without one, or with a right to go first; some do not come when
called, some are sent on to another counter, some step aside for a moment. A model of a dozen lines, which knows
nothing of the product's code, says whom each press of 下一位 must call; at the end the history in the database is
compared, step by step, with what was pressed.
"""

import asyncio
import random
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from app import clock
from app.booking.models import Booking
from app.halls.models import Counter
from app.ids import new_code
from app.queue.check_in import check_in
from app.queue.models import Step, Ticket
from app.queue.policy import set_policy
from app.queue.walk_in import Asking, take_number
from tests.browser import PHONE, chromium
from tests.city import Calendar, Doors
from tests.queue.day import CLERK
from tests.staff.people import PASSWORD, make_staff

HALL, FIRST, SECOND = "HALL-SZ", "HZ", "CRJ"
PEOPLE = 60
PICTURES = Path("var/journey")
expect.set_options(timeout=30_000)


@pytest.fixture
def calendar(calendar: Calendar) -> Calendar:
    """The morning of the next working day."""
    calendar.jump_to(
        calendar.now().replace(hour=8, minute=30, second=0, microsecond=0) + timedelta(days=_to_a_workday())
    )
    return calendar


def _to_a_workday() -> int:
    """Days from today to the next Thursday, which is none of the city's holidays in the weeks that are seeded."""
    return (3 - clock.now().weekday()) % 7 or 7


@dataclass
class Person:
    """Somebody as the model knows them. `fate`: what happens when they are called."""

    comes_at: datetime
    booked_at: datetime | None
    is_priority: bool
    fate: str = "served"
    number: str = ""
    group: str = FIRST

    @property
    def lane(self) -> str:
        if self.is_priority:
            return "priority"
        is_late = self.booked_at is not None and self.comes_at > self.booked_at + timedelta(minutes=30)
        return "walk_in" if self.booked_at is None or is_late else "booked"

    @property
    def order(self) -> datetime:
        is_late = self.booked_at is not None and self.comes_at > self.booked_at + timedelta(minutes=30)
        return self.comes_at if self.booked_at is None or is_late else self.booked_at

    def is_early(self, now: datetime) -> bool:
        came_early = self.booked_at is not None and self.comes_at < self.booked_at - timedelta(minutes=15)
        return came_early and self.booked_at is not None and now < self.booked_at - timedelta(minutes=15)


@dataclass
class Model:
    """Who must be called: priority, then booked, then walk-ins; after three others in a row a walk-in."""

    waiting: list[Person] = field(default_factory=list)
    called: dict[str, list[str]] = field(default_factory=lambda: {FIRST: [], SECOND: []})

    def next(self, group: str, now: datetime) -> Person | None:
        line = sorted((p for p in self.waiting if p.group == group), key=lambda p: (p.order, p.comes_at, p.number))
        ready = [person for person in line if not person.is_early(now)]
        walk_ins = [person for person in ready if person.lane == "walk_in"]
        if walk_ins and len(self.called[group]) >= 3 and "walk_in" not in self.called[group][-3:]:
            chosen = walk_ins[0]
        else:
            lanes = ("priority", "booked", "walk_in")
            in_lanes = [person for lane in lanes for person in ready if person.lane == lane]
            chosen = (in_lanes or sorted(line, key=lambda p: p.booked_at or now) or [None])[0]
        if chosen is not None:
            self.waiting.remove(chosen)
            self.called[group].append(chosen.lane)
        return chosen


class Clerk:
    """A member of staff at one counter, with the console on a phone of 375 px."""

    def __init__(self, page: Page, url: str, counter: Counter, username: str) -> None:
        self.page, self.url, self.counter, self.username = page, url, counter, username
        self.person: Person | None = None
        self.free_at = clock.now()

    async def come(self) -> None:
        await make_staff(self.username)
        await self.page.goto(f"{self.url}/admin/sign-in")
        await self.sign_in()
        await self.page.goto(f"{self.url}/admin/desk?hall={HALL}")
        await self.page.click(f"button[value='{self.counter.code}']")
        await self.page.wait_for_url("**/admin/today")

    async def sign_in(self) -> None:
        await self.page.fill("[name=username]", self.username)
        await self.page.fill("[name=password]", PASSWORD)
        await self.page.click("button.primary")
        await self.page.wait_for_url(lambda url: "sign-in" not in url)

    async def refresh(self) -> None:
        """The page as it is now; whoever did nothing for a quarter of an hour signs in again."""
        await self.page.goto(f"{self.url}/admin/today")
        if "sign-in" in self.page.url:
            await self.sign_in()
            await self.page.goto(f"{self.url}/admin/today")

    async def press(self, words: str, then: str | re.Pattern[str]) -> None:
        await self.page.get_by_role("button", name=words).first.click()
        await expect(self.page.locator("[data-live]")).to_contain_text(then)

    async def shown(self) -> str:
        return (await self.page.locator(".now .number").inner_text()).strip()


def day_of_people(start: datetime, chance: random.Random) -> list[Person]:
    """Sixty people over a morning and an afternoon, in the order in which they come."""
    people = []
    for n in range(PEOPLE):
        at = start + timedelta(minutes=3 + 6 * n + chance.random() * 5)
        at += timedelta(hours=2, minutes=30) if n >= PEOPLE / 2 else timedelta()  # the hall's lunch
        quarter = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
        booked_at = {0: None, 1: quarter, 2: quarter + timedelta(minutes=15)}[n % 3]
        if n % 17 == 4:
            booked_at = quarter - timedelta(minutes=45)  # late
        if n % 19 == 8:
            booked_at = quarter + timedelta(minutes=45)  # early
        fate = {5: "absent", 11: "transferred", 16: "held"}.get(n % 24, "served")
        people.append(Person(at, booked_at, is_priority=n % 13 == 6, fate=fate))
    return people


async def arrive(person: Person) -> None:
    """At the desk in the hall: a booking is checked in, a number is given without one."""
    priority = "elder" if person.is_priority else ""
    if person.booked_at is None:
        asking = Asking(
            hall_code=HALL, group_code=FIRST, channel="counter", by=CLERK, guest_hash=new_code(), priority=priority
        )
        ticket = (await take_number(asking, now=person.comes_at)).ticket
    else:
        booking = await Booking.create(
            number=new_code(), person="m:day", hall_code=HALL, group_code=FIRST, matter_codes=["HN-GA-002"],
            slot_ids=[], pools="", starts_at=person.booked_at, ends_at=person.booked_at + timedelta(minutes=15),
            state="booked", channel="h5", nonce=new_code(), made_at=person.comes_at,
        )  # fmt: skip
        seen = await check_in(text=booking.number, hall_code=HALL, by=CLERK, now=person.comes_at, priority=priority)
        ticket = seen.ticket
    person.number = ticket.number


class Day:
    """Plays the day: whoever comes next in time comes, whichever counter is free calls."""

    def __init__(self, calendar: Calendar, clerks: list[Clerk], people: list[Person], screen: Page) -> None:
        self.calendar, self.clerks, self.coming, self.screen = calendar, clerks, people, screen
        self.model = Model()
        self.pressed: list[tuple[str, str, str | None]] = []  # number, step, counter

    def group_of(self, clerk: Clerk) -> str:
        return clerk.counter.group_code

    async def play(self) -> None:
        while self.coming or self.model.waiting or any(clerk.person for clerk in self.clerks):
            busy = [clerk for clerk in self.clerks if clerk.person]
            moments = [person.comes_at for person in self.coming[:1]] + [clerk.free_at for clerk in busy]
            if moments:
                self.calendar.jump_to(max(min(moments), clock.now()))
            await self._come()
            for clerk in self.clerks:
                if clerk.person and clerk.free_at <= clock.now():
                    await self._end(clerk)
                if clerk.person is None:
                    await self._call(clerk)

    async def _come(self) -> None:
        while self.coming and self.coming[0].comes_at <= clock.now():
            person = self.coming.pop(0)
            await arrive(person)
            self.pressed.append((person.number, "arrive", None))
            self.model.waiting.append(person)

    async def _call(self, clerk: Clerk) -> None:
        expected = self.model.next(self.group_of(clerk), clock.now())
        if expected is None:
            return
        await clerk.refresh()
        await clerk.press("下一位", "已叫 1 次")
        assert await clerk.shown() == expected.number
        self._note(clerk, expected, "call")
        await expect(self.screen.locator("body")).to_contain_text(expected.number)
        clerk.person, clerk.free_at = expected, clock.now() + timedelta(minutes=14)
        if expected.fate in ("served", "held", "transferred"):
            await clerk.press("已到窗口", f"{expected.number} 办理中")
            self._note(clerk, expected, "serve")

    def _note(self, clerk: Clerk, person: Person, step: str) -> None:
        self.pressed.append((person.number, step, clerk.counter.code))

    async def _end(self, clerk: Clerk) -> None:
        person, clerk.person = clerk.person, None
        assert person is not None
        await clerk.refresh()
        await {
            "served": self._serve, "absent": self._miss, "transferred": self._send_on, "held": self._hold,
        }[person.fate](clerk, person)  # fmt: skip

    async def _serve(self, clerk: Clerk, person: Person) -> None:
        await clerk.press("完成，当场办结", f"{person.number} 已完成")
        self._note(clerk, person, "finish")

    async def _miss(self, clerk: Clerk, person: Person) -> None:
        await clerk.press("重呼", f"{person.number} 已叫 2 次")
        self._note(clerk, person, "recall")
        await clerk.press("过号", f"{person.number} 已过号")
        self._note(clerk, person, "miss")

    async def _send_on(self, clerk: Clerk, person: Person) -> None:
        await clerk.page.locator("summary", has_text="转窗口").click()
        await clerk.page.select_option("[name=to]", SECOND)
        await clerk.press("转过去，保留已等时间", "窗口空闲")
        self.pressed.append((person.number, "transfer", None))
        person.group, person.fate = SECOND, "served"
        self.model.waiting.append(person)

    async def _hold(self, clerk: Clerk, person: Person) -> None:
        await clerk.press("暂离", f"{person.number}暂离窗口")
        self._note(clerk, person, "hold")
        await clerk.press("继续办理", f"{person.number} 办理中")
        self._note(clerk, person, "resume")
        await self._serve(clerk, person)


async def test_sixty_people_three_counters_and_the_history_equals_what_was_pressed(
    calendar: Calendar, doors: Doors
) -> None:
    await asyncio.to_thread(PICTURES.mkdir, parents=True, exist_ok=True)
    await set_policy(hall_code=HALL, recall_after_s=0, missed_after_minutes=0)
    first = await Counter.filter(hall_code=HALL, group_code=FIRST).order_by("no").limit(2)
    second = await Counter.filter(hall_code=HALL, group_code=SECOND).order_by("no").limit(1)
    async with AsyncExitStack() as stack:
        browser = await stack.enter_async_context(chromium())
        screen = await browser.new_page(viewport={"width": 1920, "height": 1080})
        await screen.goto(f"{doors.product}/h5/screen/{HALL}")
        clerks = []
        for counter, username in zip([*first, *second], ("hu.min", "wang.fang", "li.na"), strict=True):
            page = await (await browser.new_context(viewport=PHONE)).new_page()
            clerks.append(Clerk(page, doors.product, counter, username))
            await clerks[-1].come()
        day = Day(calendar, clerks, day_of_people(clock.now(), random.Random(60)), screen)
        await day.play()
        await screen.screenshot(path=PICTURES / "day-screen.png")
        await clerks[0].page.screenshot(path=PICTURES / "day-counter.png", full_page=True)
    numbers = dict(await Ticket.all().values_list("id", "number"))
    steps = await Step.all().order_by("id").values_list("ticket_id", "step", "counter_code")
    assert [(numbers[ticket_id], step, counter) for ticket_id, step, counter in steps] == day.pressed
    states = await Ticket.all().values_list("state", flat=True)
    assert sorted(set(states)) == ["done", "missed"]
    assert (len(states), states.count("missed")) == (PEOPLE, sum(n % 24 == 5 for n in range(PEOPLE)))
