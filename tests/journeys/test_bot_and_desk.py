"""A consultation from WeChat in a real browser: the phone page on one side, the console on the other.

The bot answers, is at its end and hands over; a member of staff takes it, answers with a picture, ends it, and it is
rated on the page. Pictures of the steps are left in `var/journey/`.
"""

import asyncio
from datetime import datetime
from pathlib import Path

import aiohttp
from playwright.async_api import Page, expect

from app.clock import CHINA
from chatbot.models import Attachment, Conversation, Delivery, Message
from tests.browser import PHONE, chromium
from tests.city import Calendar, Doors
from tests.running import until
from tests.sandbox.wechat_chat import a_picture
from tests.staff.people import PASSWORD, make_staff

PICTURES = Path("var/journey")
MORNING = datetime(2026, 12, 1, 10, 0, tzinfo=CHINA)


async def says(phone: Page, text: str) -> None:
    await phone.fill("#chat input", text)
    await phone.get_by_role("button", name="发送", exact=True).click()


async def hears(phone: Page, words: str) -> None:
    await expect(phone.locator("#chat li.account").last).to_contain_text(words)


async def test_the_bot_answers_a_person_takes_over_and_it_is_rated(
    calendar: Calendar, doors: Doors, tmp_path: Path
) -> None:
    calendar.jump_to(MORNING)
    await make_staff()
    await asyncio.to_thread(PICTURES.mkdir, parents=True, exist_ok=True)
    async with aiohttp.ClientSession() as http:
        await http.post(f"{doors.phone}/_control/wechat", json={"skewS": calendar.ahead.total_seconds()})
    async with chromium() as browser:
        phone = await browser.new_page(viewport={"width": 1280, "height": 1010})
        await phone.goto(doors.phone)
        await phone.get_by_text("通知实时到达").wait_for()
        await expect(phone.frame_locator("#screen").get_by_role("searchbox")).to_be_visible()  # signed in
        await phone.get_by_role("button", name="公众号对话").click()
        await says(phone, "身份证丢了怎么补办？")
        await hears(phone, "来源：淮南市公安局")
        await says(phone, "要多少钱")
        await hears(phone, "40")
        await phone.screenshot(path=PICTURES / "chat-1-answered.png")
        for nonsense in ("火星车驾照哪里领", "外星人落户"):
            await says(phone, nonsense)
        await says(phone, "转人工")
        await hears(phone, "您排在第 1 位")

        desk = await (await browser.new_context(viewport=PHONE)).new_page()
        await sign_in(desk, doors.product)
        await desk.goto(f"{doors.product}/admin/chats")
        await desk.get_by_role("link", name="查看").click()
        await expect(desk.locator("main")).to_contain_text("外星人落户")
        await desk.get_by_role("button", name="接待").click()
        await desk.fill("[name=text]", "请看办理流程图")
        photo = tmp_path / "flow.jpg"
        await asyncio.to_thread(photo.write_bytes, a_picture())
        await desk.set_input_files("[name=photo]", photo)
        await desk.get_by_role("button", name="发送").click()
        await expect(desk.locator(".chat-picture")).to_be_visible()
        await until(Delivery.filter(state="sent", message_id=(await Attachment.get()).message_id).exists)
        await expect(phone.locator("#chat li.account img").last).to_be_visible()
        await hears(phone, "【人工客服】请看办理流程图")
        await says(phone, "看到了，谢谢")
        await expect(desk.locator("main")).to_contain_text("看到了，谢谢")
        assert await desk.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        await desk.screenshot(path=PICTURES / "chat-2-desk.png", full_page=True)
        await phone.screenshot(path=PICTURES / "chat-3-picture.png")
        desk.on("dialog", lambda dialog: dialog.accept())
        await desk.get_by_role("button", name="结束咨询").click()
        await hears(phone, "请您评价")

        await phone.get_by_role("button", name="办事页面").click()
        screen = phone.frame_locator("#screen")
        await phone.locator("#screen").evaluate("(frame, url) => { frame.src = url; }", f"{doors.product}/h5/chat")
        await screen.get_by_role("button", name="满意", exact=True).click()
        await expect(screen.locator("main")).to_contain_text("谢谢您的评价：满意")
        await phone.screenshot(path=PICTURES / "chat-4-rated.png")
    row = await Conversation.get()
    assert (row.state, row.channel, row.grade) == ("closed", "wechat_oa", 2)
    assert await Message.filter(author="citizen").count() == 6


async def sign_in(page: Page, url: str) -> None:
    await page.goto(f"{url}/admin/sign-in")
    await page.fill("[name=username]", "hu.min")
    await page.fill("[name=password]", PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await page.click("button[value='HALL-SZ-B01']")
