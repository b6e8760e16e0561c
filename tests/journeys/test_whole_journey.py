"""The whole way in a real browser: a citizen's phone on the phone page, a member of staff at the console on a phone.

Find a matter, allow notices, book, be told; the next working day show the code, be called, be served; be told that
the result is ready, show the pickup code, and have it handed over. What the counter's camera sees is what the
citizen's screen shows. Pictures of every step are left in `var/journey/`.
"""

import asyncio
import io
import re
from datetime import date, timedelta
from pathlib import Path

from PIL import Image
from playwright.async_api import FrameLocator, Page, expect

from app import clock
from app.booking.models import Booking
from app.pickup.models import Pickup
from app.queue.models import Ticket
from tests.browser import PHONE, camera, chromium, film
from tests.city import Calendar, Doors
from tests.staff.people import PASSWORD, make_staff

PICTURES = Path("var/journey")
expect.set_options(timeout=30_000)  # a loaded machine is not a defect


class Citizen:
    """张三 with his phone on the phone page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.screen: FrameLocator = page.frame_locator("#screen")

    async def open(self, url: str) -> None:
        await self.page.goto(url)
        await self.page.get_by_text("通知实时到达").wait_for()

    async def tap(self, words: str) -> None:
        await (
            self.screen.get_by_role("link", name=words).or_(self.screen.get_by_role("button", name=words)).first.click()
        )

    async def reads(self, words: str) -> None:
        await expect(self.screen.locator("main")).to_contain_text(words)

    async def is_told(self, *words: str) -> None:
        """The newest service notice says all this."""
        for part in words:
            await expect(self.page.locator("#notices article").first).to_contain_text(part)

    async def code(self) -> Image.Image:
        """The QR code as the screen shows it."""
        return Image.open(io.BytesIO(await self.screen.locator(".qr svg").screenshot()))

    async def picture(self, name: str) -> None:
        await self.page.screenshot(path=PICTURES / f"{name}.png")


class Clerk:
    """胡敏 at counter B01 with the console on a phone of 375 px."""

    def __init__(self, page: Page, url: str, film_path: Path) -> None:
        self.page = page
        self.url = url
        self.film_path = film_path

    async def come(self) -> None:
        await self.page.goto(f"{self.url}/admin/sign-in")
        await self.page.fill("[name=username]", "hu.min")
        await self.page.fill("[name=password]", PASSWORD)
        await self.page.get_by_role("button", name="登录").click()
        await self.page.click("button[value='HALL-SZ-B01']")

    async def scan(self, code: Image.Image) -> None:
        film(code, self.film_path)
        await self.page.goto(f"{self.url}/admin/today")
        await self.page.click("[data-camera]")

    async def press(self, words: str) -> None:
        await self.page.get_by_role("button", name=words).click()

    async def reads(self, words: str) -> None:
        await expect(self.page.locator("main")).to_contain_text(words)

    async def picture(self, name: str) -> None:
        assert await self.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], name
        await self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


async def test_from_search_to_the_result_in_hand(calendar: Calendar, doors: Doors, tmp_path: Path) -> None:
    await make_staff()
    film_path = tmp_path / "camera.y4m"
    await asyncio.to_thread(PICTURES.mkdir, parents=True, exist_ok=True)
    async with chromium(*camera(film_path)) as browser:
        citizen = Citizen(await browser.new_page(viewport={"width": 1280, "height": 1010}))
        clerk = Clerk(await (await browser.new_context(viewport=PHONE)).new_page(), doors.product, film_path)
        await citizen.open(doors.phone)
        await allow_notices(citizen, "允许预约通知", ["预约成功", "预约变更", "办事提醒"])
        await citizen.picture("1-subscribe-sheet")
        await share_the_mobile(citizen)
        booking = await find_and_book(citizen)
        calendar.jump_to(booking.starts_at - timedelta(minutes=5))
        await clerk.come()
        await citizen.open(doors.phone)
        await check_in(citizen, clerk, booking)
        await be_served(citizen, clerk)
        await make_ready(citizen, clerk, booking)
        await take_home(citizen, clerk)
    assert (await Booking.get(number=booking.number)).state == "done"
    assert (await Ticket.get(booking_number=booking.number)).state == "done"
    assert (await Pickup.get(booking_number=booking.number)).state == "handed_over"


async def allow_notices(citizen: Citizen, button: str, asked: list[str]) -> None:
    await citizen.page.get_by_role("button", name=button).click()
    await expect(citizen.page.locator("#asked label")).to_have_text(asked)
    await citizen.page.get_by_role("button", name="允许", exact=True).click()
    await expect(citizen.page.locator("#calls")).to_contain_text("POST /subscriptions → 201")


async def share_the_mobile(citizen: Citizen) -> None:
    await citizen.page.get_by_role("button", name="授权手机号").click()
    await expect(citizen.page.locator("#calls b")).to_have_text(
        ["GET /consents/current → 200", "POST /consents → 201", "POST /me/phone → 200"]
    )


async def find_and_book(citizen: Citizen) -> Booking:
    await citizen.screen.locator("input[type=search]").fill("身份证换领")
    await citizen.tap("居民身份证换领")
    await citizen.reads("带什么")
    await citizen.picture("2-guide")
    await citizen.tap("预约办理")
    today = clock.now()
    other_days = citizen.screen.locator("nav[aria-label=日期] a").filter(has_not_text=f"{today.month}月{today.day}日")
    day = date.fromisoformat((await other_days.first.get_attribute("href") or "")[-10:])
    await other_days.first.click()
    times = citizen.screen.get_by_role("group", name=re.compile(f"{day.month}月{day.day}日 .*可选时段"))
    await times.wait_for()  # the page of that day is there
    await citizen.screen.locator("input[name=slot]:not(:disabled)").first.check()
    await citizen.screen.get_by_label("姓名").fill("张三")
    await citizen.picture("3-slots")
    await citizen.tap("确认预约")
    await citizen.reads("预约成功")
    await citizen.is_told("居民身份证换领", "淮南市政务服务中心")
    await citizen.picture("4-booked-and-told")
    return await Booking.get(state="booked")


async def check_in(citizen: Citizen, clerk: Clerk, booking: Booking) -> None:
    await citizen.tap("到大厅办事")
    await clerk.scan(await citizen.code())
    await clerk.reads("签到成功")
    await clerk.picture("5-checked-in")
    await citizen.tap("刷新")
    await citizen.reads("前面还有 0 人")
    await allow_notices(citizen, "允许叫号和取件通知", ["快到您了", "请到窗口办理", "办理结果可以领取"])
    assert (await Booking.get(number=booking.number)).state == "checked_in"


async def be_served(citizen: Citizen, clerk: Clerk) -> None:
    number = (await Ticket.get(state="waiting")).number
    await clerk.press("下一位")
    await clerk.reads(number)
    await clerk.picture("6-called")
    await citizen.is_told(number, "B01")
    await citizen.picture("7-called-on-the-phone")
    await clerk.press("已到窗口")
    await clerk.press("完成，结果待取")
    await clerk.page.wait_for_url("**/admin/pickups/ready?pickup=*")


async def make_ready(citizen: Citizen, clerk: Clerk, booking: Booking) -> None:
    await clerk.page.goto(f"{clerk.url}/admin/pickups/ready?booking={booking.number}")
    await clerk.page.fill("[name=name1]", "居民身份证")
    await clerk.page.fill("[name=shelf]", "A-03")
    await clerk.picture("8-ready")
    await clerk.press("登记并通知群众")
    await clerk.reads("已登记，将通知群众来取")
    until = (await Pickup.get()).until_on
    assert until
    shown = f"{until.year}年{until.month}月{until.day}日"
    hours = "08:30-12:00,14:00-17:30"
    await citizen.is_told("居民身份证换领", "淮南市政务服务中心", shown, hours, "出示取件码领取")
    assert "A-03" not in await citizen.page.locator("#notices").inner_text()


async def sign(page: Page) -> None:
    """By finger, on the counter's phone."""
    pad = page.locator("[data-canvas]")
    await pad.scroll_into_view_if_needed()
    box = await pad.bounding_box()
    assert box
    await page.mouse.move(box["x"] + 40, box["y"] + 60)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 200, box["y"] + 30, steps=5)
    await page.mouse.up()


async def take_home(citizen: Citizen, clerk: Clerk) -> None:
    await citizen.page.locator("#notices article").first.get_by_text("查看详情").click()
    await citizen.reads("取件数字")
    await citizen.picture("9-pickup-code")
    await clerk.scan(await citizen.code())
    await clerk.reads("当面核对后交付")
    await clerk.page.fill("[name=counted]", "1")
    await clerk.page.fill("[name=receiver]", "张三")
    await sign(clerk.page)
    await clerk.picture("10-hand-over")
    await clerk.press("确认交付")
    await clerk.reads("已交付")
    await clerk.reads("清点 1 件")
    await clerk.picture("11-handed-over")
