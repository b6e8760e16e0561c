"""The desk's other pages: duty, queues, phrases, labels, words, history, figures and consult records."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from statistics import median

import aiohttp
import pytest
from openpyxl import load_workbook
from playwright.async_api import expect

from app import clock
from app.clock import CHINA
from app.staff.models import AuditRow, Staff
from app.workdays.queries import Workdays
from chatbot import consults, conversations, desk, duty, jobs, peers
from chatbot.models import Attachment, Conversation, Label, Message, Phrase, SafeWord, SkillQueue
from tests.admin.console import Browser, browsing
from tests.admin.talking import ZHANG, ask, wait
from tests.admin.test_proofs import photo
from tests.browser import PHONE, chromium
from tests.factories import make_citizen
from tests.staff.people import PASSWORD, by_of, make_staff


@pytest.fixture
async def manager(clerk: Browser) -> Browser:
    """胡敏, now a manager too."""
    await Staff.filter(username="hu.min").update(roles=["clerk", "manager"])
    return clerk


async def hu_min():
    return by_of(await Staff.get(username="hu.min"))


async def claimed(page: Browser, **more) -> str:
    code = await wait(**more)
    await page.post(f"/admin/chats/{code}/claim")
    return code


async def test_on_duty_and_pause_give_back_who_has_no_answer(clerk: Browser) -> None:
    page = await clerk.post("/admin/chats/duty")
    assert "新的咨询会分到您的队列" in page.words
    await claimed(clerk)
    page = await clerk.post("/admin/chats/pause")
    assert ("等候中 1 位" in page.words, "您还没有上岗" in page.words) == (True, True)
    assert (await Message.get(kind="given_back")).author == "system"
    assert await AuditRow.filter(action__in=("chat.on_duty", "chat.off_duty", "chat.give_back")).count() == 3


async def test_a_manager_makes_a_queue_and_its_people_see_it_first(manager: Browser) -> None:
    staff = await Staff.get(username="hu.min")
    page = await manager.post("/admin/chats/queues", {"name": "户政", "staff[]": staff.code, "overflow_minutes": "3"})
    assert ("已保存" in page.words, "0 个部门，0 个事项，1 人；3 分钟或无人在岗时转“综合咨询”" in page.words) == (
        True,
        True,
    )
    row = await SkillQueue.get()
    assert (row.name, row.staff_ids, row.overflow_to) == ("户政", [staff.id], "")
    other = await SkillQueue.create(code="tax", name="税务")
    for code in (row.code, other.code):
        await Conversation.filter(code=await wait(peer=peers.citizen(len(code)))).update(queue=code)
    page = await manager.get("/admin/chats")
    assert "等候中 1 位 未说明事项" in page.words.replace("HN-GA-003", "未说明事项")
    assert page.words.index("户政 ·") < page.words.index("其他队列等候 1 位") < page.words.index("税务 ·")


async def test_queues_refuse_what_cannot_work_and_who_comes_late(manager: Browser) -> None:
    await manager.get("/admin/chats/queues")
    page = await manager.post("/admin/chats/queues", name="综合咨询", matters="XX-1")
    assert (page.status, "没有这些事项：XX-1，请填写事项编码" in page.words) == (422, True)
    one = await SkillQueue.create(code="one", name="甲", overflow_to=None)
    await SkillQueue.create(code="two", name="乙", overflow_to="one")
    page = await manager.post("/admin/chats/queues", code="one", version=1, name="甲", overflow_to="two")
    assert "溢出会绕回本队列或已不存在，请换一个队列" in page.words
    await manager.post("/admin/chats/queues", code="one", version=1, name="甲甲", overflow_to="none")
    page = await manager.post("/admin/chats/queues", code="one", version=1, name="甲乙", overflow_to="none")
    assert (page.status, "同事刚刚改过这一项" in page.words) == (409, True)
    await Conversation.filter(code=await wait()).update(queue=one.code)
    await manager.post("/admin/chats/queues/one/remove")
    assert ((await Conversation.get()).queue, (await SkillQueue.get(code="two")).overflow_to) == ("", "")


async def test_ones_own_figure_of_how_many_at_once(manager: Browser) -> None:
    staff = await Staff.get(username="hu.min")
    await manager.get("/admin/chats/queues")
    await manager.post("/admin/chats/queues/most", staff=staff.code, most="1")
    codes = [await wait(peer=peers.citizen(n)) for n in range(2)]
    pages = [await manager.post(f"/admin/chats/{code}/claim") for code in codes]
    assert "您正在接待 1 位群众" in pages[1].words
    page = await manager.post("/admin/chats/queues/most", staff=staff.code, most="0")
    assert "请填写 1 至 50，或留空" in page.words


async def test_passed_on_to_a_colleague_and_to_a_queue_by_one_form(clerk: Browser) -> None:
    colleague = await make_staff("sun.hao")
    await Staff.filter(id=colleague.id).update(name="孙浩")
    await SkillQueue.create(code="tax", name="税务")
    code = await claimed(clerk)
    assert "同事：孙浩" not in (await clerk.get(f"/admin/chats/{code}")).words
    await duty.begin(by=by_of(colleague), now=clock.now())
    page = await clerk.get(f"/admin/chats/{code}")
    assert ("同事：孙浩（在接待 0 位）" in page.words, "队列：税务" in page.words) == (True, True)
    await clerk.post(f"/admin/chats/{code}/transfer", to=f"staff:{colleague.code}", why="请他看")
    assert (await Conversation.get()).staff_id == colleague.id
    other = await claimed(clerk, peer=peers.citizen(2))
    await clerk.post(f"/admin/chats/{other}/transfer", to="queue:tax", why="税务问题")
    assert (await Conversation.get(code=other)).queue == "tax"


async def test_canned_replies_are_found_filled_and_put_in_without_script(clerk: Browser) -> None:
    citizen = await make_citizen("C1")
    await clerk.get("/admin/chats/phrases")
    await clerk.post("/admin/chats/phrases", title="问候", text="{姓名}您好，我是{客服}，您问的是{事项}吗？")
    await Phrase.create(code="shared", title="材料清单", text="请带身份证原件", changed_at=clock.now())
    page = await clerk.post("/admin/chats/phrases", title="坏的", text="{身份证}")
    assert (page.status, "没有“{身份证}”这个占位，可用 {姓名}、{事项}、{客服}" in page.words) == (422, True)
    page = await clerk.post("/admin/chats/phrases", code="shared", title="改", text="改")
    assert page.status == 403
    code = await claimed(clerk, peer=peers.citizen(citizen.id))
    page = await clerk.get(f"/admin/chats/{code}?phrase=材料")
    assert ("材料清单 共享" in page.words, "问候 我的" in page.words) == (True, False)
    own = await Phrase.get(title="问候")
    page = await clerk.get(f"/admin/chats/{code}?use={own.code}")
    assert ">张先生/女士您好，我是胡敏，您问的是HN-GA-003吗？</textarea>" in page.text
    await make_staff("sun.hao")
    async with browsing(clerk.url) as colleague:
        await colleague.sign_in("sun.hao")
        page = await colleague.get("/admin/chats/phrases")
        assert ("材料清单" in page.words, "问候" in page.words) == (True, False)
        assert (await colleague.get(f"/admin/chats/phrases?edit={own.code}")).status == 404


async def test_with_script_a_phrase_is_found_while_typing_and_put_where_the_cursor_is(clerk: Browser) -> None:
    now = clock.now()
    await Phrase.create(code="one", title="材料清单", text="请带身份证原件。", changed_at=now)
    await Phrase.create(code="two", title="问候", text="您好", changed_at=now)
    code = await claimed(clerk)
    async with chromium() as browser:
        page = await browser.new_page(viewport=PHONE)
        await page.goto(f"{clerk.url}/admin/sign-in")
        await page.fill("[name=username]", "hu.min")
        await page.fill("[name=password]", PASSWORD)
        await page.click("button.primary")
        await page.goto(f"{clerk.url}/admin/chats/{code}")
        await page.get_by_label("回复群众").fill("好的。谢谢")
        await page.locator("#f-text").evaluate("box => box.setSelectionRange(3, 3)")
        await page.locator("#phrases summary").click()
        await page.get_by_label("找常用语").fill("材料")
        await expect(page.locator("#phrase-list li:visible")).to_have_count(1)
        await page.get_by_role("link", name="填入").click()
        assert await page.get_by_label("回复群众").input_value() == "好的。请带身份证原件。谢谢"


async def test_labels_filter_the_history_and_its_file(manager: Browser) -> None:
    await manager.get("/admin/chats/phrases")
    await manager.post("/admin/chats/phrases/labels", name="材料不清")
    label = await Label.get()
    code, _ = await claimed(manager), await wait(peer=peers.citizen(2))
    page = await manager.post(f"/admin/chats/{code}/labels", {"label[]": label.code})
    assert page.words.count("材料不清") == 2
    page = await manager.get(f"/admin/chats/history?label={label.code}")
    assert ("共 1 次" in page.words, f"/admin/chats/{code}" in page.text) == (True, True)
    assert "共 2 次" in (await manager.get("/admin/chats/history?queue=general")).words
    assert "共 1 次" in (await manager.get("/admin/chats/history?state=waiting")).words
    staff = await Staff.get(username="hu.min")
    assert "共 1 次" in (await manager.get(f"/admin/chats/history?staff={staff.code}")).words
    assert "共 0 次" in (await manager.get("/admin/chats/history?first=2020-01-01&last=2020-01-02")).words
    async with manager.http.get(f"{manager.url}/admin/chats/history/export?label={label.code}") as answer:
        rows = list(csv.DictReader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
    assert [(row["编号"], row["标签"], row["接待人"], row["状态"]) for row in rows] == [
        (code, "材料不清", "胡敏", "人工客服接待")
    ]
    assert await AuditRow.filter(action="chat.history").count() == 5
    assert (await AuditRow.get(action="chat.export")).details["label"] == label.code


async def test_a_word_of_the_list_is_confirmed_or_rephrased(manager: Browser) -> None:
    await manager.get("/admin/chats/words")
    await manager.post("/admin/chats/words", word="不归我管", advice="我帮您联系负责的同事")
    code = await claimed(manager)
    page = await manager.post(f"/admin/chats/{code}/reply", text="这个不 归-我管")
    assert (page.status, await Message.filter(author="staff").count()) == (409, 0)
    assert "“不归我管”（建议：我帮您联系负责的同事）" in page.words
    assert ">这个不 归-我管</textarea>" in page.text
    sure = page.text.split('name="sure" value="')[1].split('"')[0]
    page = await manager.post(f"/admin/chats/{code}/reply", text="这个真的不归我管", sure=sure)
    assert page.status == 409  # another text is asked about anew
    await manager.post(f"/admin/chats/{code}/reply", text="这个不 归-我管", sure=sure)
    assert (await Message.get(author="staff")).text == "这个不 归-我管"
    assert (await AuditRow.get(action="chat.reply")).details == {"words": ["不归我管"]}
    row = await SafeWord.get()
    await manager.post(f"/admin/chats/words/{row.code}/remove")
    assert (await manager.post(f"/admin/chats/{code}/reply", text="不归我管")).status == 200


async def test_a_picture_of_a_reply_to_be_confirmed_is_not_chosen_again(manager: Browser) -> None:
    await manager.get("/admin/chats/words")
    await manager.post("/admin/chats/words", word="不归我管", advice="")
    code = await claimed(manager)
    form = aiohttp.FormData({"csrf": manager.csrf, "text": "这个不归我管"})
    form.add_field("photo", io.BytesIO(photo()), filename="x.jpg", content_type="image/jpeg")
    page = await manager.post(f"/admin/chats/{code}/reply", form)
    assert (page.status, "一起发送刚才选的图片，不用重新选" in page.words) == (409, True)
    again = {"text": "这个不归我管", "kept": page.field("kept")}
    other = await manager.post(f"/admin/chats/{code}/reply", again)  # not confirmed yet: it is still kept
    again = {"text": "这个不归我管", "kept": other.field("kept"), "sure": other.field("sure")}
    elsewhere = await claimed(manager, peer=peers.citizen(2))
    refused = await manager.post(f"/admin/chats/{elsewhere}/reply", again)
    assert (refused.status, "之前选的图片已过期，请重新选择图片" in refused.words) == (422, True)
    assert (await manager.post(f"/admin/chats/{code}/reply", again)).status == 200
    (message,) = await Message.filter(author="staff")
    assert (message.text, (await Attachment.get()).message_id) == ("这个不归我管", message.id)


async def test_what_was_said_to_staff_before_is_beside_it(clerk: Browser) -> None:
    citizen = peers.citizen((await make_citizen("C1")).id)
    code = await claimed(clerk, peer=citizen)
    await clerk.post(f"/admin/chats/{code}/reply", text="上次请您带户口簿")
    await clerk.post(f"/admin/chats/{code}/close")
    await ask("只对智能客服说的话", peer=citizen)
    await conversations.close(peer=citizen, now=clock.now())
    code = await wait(peer=citizen)
    assert "上次请您带户口簿" not in (await clerk.get(f"/admin/chats/{code}")).words
    await clerk.post(f"/admin/chats/{code}/claim")
    page = await clerk.get(f"/admin/chats/{code}")
    assert ("上次请您带户口簿" in page.words, "只对智能客服说的话" in page.words) == (True, False)


async def test_the_figures_are_what_a_recount_of_the_messages_gives(manager: Browser) -> None:
    """The recount reads messages alone: who was asked for, who answered, when, and how it ended."""
    by, now = await hu_min(), clock.now()
    await ask("身份证丢了怎么补办？", peer=peers.citizen(50))  # the bot alone
    for n, seconds in enumerate((20, 45, 100, 400)):
        code = await wait(peer=peers.citizen(n), seconds=500)
        asked_at = now - timedelta(seconds=500)
        await Message.filter(kind__in=("waiting", "promised")).update(at=asked_at)
        await Conversation.filter(code=code).update(due_at=asked_at)
        await desk.claim(code=code, by=by, most=9, now=asked_at + timedelta(seconds=seconds - 10))
        await desk.reply(code=code, by=by, text="您好", now=asked_at + timedelta(seconds=seconds))
        await desk.close(code=code, by=by, now=now)
        await conversations.rate(peer=peers.citizen(n), code=code, grade=(1, 2, 5, 1)[n], now=now)
    await wait(peer=peers.citizen(60))
    await conversations.give_up(peer=peers.citizen(60), now=now)
    said: dict[int, list[Message]] = {}
    for message in await Message.all().order_by("id"):
        said.setdefault(message.conversation_id, []).append(message)
    handed = {code: rows for code, rows in said.items() if any(row.kind in ("waiting", "promised") for row in rows)}
    replies = sorted(
        (next(row.at for row in rows if row.author == "staff")
         - next(row.at for row in rows if row.kind in ("waiting", "promised"))).total_seconds()
        for rows in handed.values() if any(row.author == "staff" for row in rows)
    )  # fmt: skip
    solved = len([1 for code, rows in said.items() if code not in handed and any(r.kind == "answer" for r in rows)])
    page = await manager.get("/admin/chats/figures")
    assert (len(said), len(handed), solved, replies) == (6, 5, 1, [20, 45, 100, 400])
    assert f"{len(said)} 咨询 {solved / len(said):.1%} 智能解决率 {len(handed)} 转人工" in page.words
    assert f"60.0% 人工解决率 {median(replies)} 秒 首次答复中位 400 秒 首次答复九成以内" in page.words  # 3 of 5
    assert f"{sum(s <= 60 for s in replies) / len(replies):.1%} 60 秒内首次答复 2.25 评价平均" in page.words
    async with manager.http.get(f"{manager.url}/admin/chats/figures/export?as=xlsx") as answer:
        sheet = load_workbook(io.BytesIO(await answer.read())).active
    assert sheet is not None
    lines = list(sheet.iter_rows(values_only=True))
    total = dict(zip(lines[0], lines[1], strict=True))
    assert (total["咨询"], total["智能解决"], total["转人工"], total["人工解决"]) == (6, 1, 5, 3)
    assert (total["首答中位"], total["接入九成"], total["非常满意"], total["非常不满意"]) == (72.5, 390, 2, 1)
    assert [line[:2] for line in lines if line[0] == "按接待人"] == [("按接待人", "胡敏")]


def test_days_of_delay_count_working_days_only() -> None:
    calendar = Workdays(working={date(2026, 11, 29): True}, official=frozenset(), names={})  # a Sunday worked
    due = datetime(2026, 11, 27, 9, tzinfo=CHINA)

    def days(day: int, hour: int = 10) -> int:
        answered = datetime(2026, 11, day, hour, tzinfo=CHINA).astimezone(UTC)
        return consults.overdue_days(calendar, due=due, answered=answered)

    assert [days(27, 8), days(27, 17), days(28), days(29), days(30)] == [0, 0, 0, 1, 2]


async def test_a_message_left_at_night_becomes_a_record_with_its_reason(manager: Browser) -> None:
    code = await wait(peer=peers.citizen((await make_citizen("C1")).id))
    friday = datetime(2026, 11, 20, 20, tzinfo=CHINA)
    monday = datetime(2026, 11, 23, 9, tzinfo=CHINA)
    await Conversation.filter(code=code).update(handed_at=friday, due_at=monday, asked_at=friday, promised_at=monday)
    late = datetime(2026, 11, 25, 10, tzinfo=CHINA)
    await desk.claim(code=code, by=await hu_min(), most=5, now=late)
    await desk.reply(code=code, by=await hu_min(), text="可以代办", now=late)
    address = "/admin/chats/consults?first=2026-11-20&last=2026-11-20"
    page = await manager.get(address)
    assert ("共 1 条，1 条待补" in page.words, "缺少延期原因" in page.words) == (True, True)
    await manager.post(f"/admin/chats/{code}/delay", delay="系统检修")
    assert "待补" not in (await manager.get(address)).words
    async with manager.http.get(manager.url + address.replace("consults?", "consults/export?as=xlsx&")) as answer:
        sheet = load_workbook(io.BytesIO(await answer.read())).active
    assert sheet is not None
    head, line = sheet.iter_rows(values_only=True)
    record = {str(name): str(value or "") for name, value in zip(head, line, strict=True)}
    assert list(record) == [item.name for item in consults.FIELDS]
    assert consults.faults(record) == []
    assert (record["咨询时间"], record["承诺答复时间"], record["答复时间"]) == (
        "20261120T200000", "20261123T090000", "20261125T100000",
    )  # fmt: skip
    assert (record["超期天数"], record["延期原因"], record["答复内容"], record["咨询人"]) == (
        "2", "系统检修", "可以代办", "张*",
    )  # fmt: skip


async def test_who_waits_too_long_shows_on_every_page_of_the_console(manager: Browser) -> None:
    await wait(seconds=90)
    for path in ("/admin/alarms/open", "/admin/alarms", "/admin/today"):
        assert "1 位群众等候人工客服首次答复超过 60 秒" in (await manager.get(path)).words, path
    await make_staff("sun.hao")
    await duty.begin(by=await hu_min(), now=clock.now())
    async with browsing(manager.url) as colleague:
        await colleague.sign_in("sun.hao")
        assert "超过 60 秒" not in (await colleague.get("/admin/alarms/open")).words  # who is not at the desk


async def test_the_alarm_and_the_notification_come_by_themselves(clerk: Browser) -> None:
    async with chromium() as browser:
        context = await browser.new_context(viewport=PHONE, permissions=["notifications"])
        page = await context.new_page()
        await page.add_init_script(
            "window.told=[];const N=window.Notification;window.Notification=function(t,o){told.push(t+' '+o.body)};"
            "Object.defineProperty(window.Notification,'permission',{value:'granted'});"
            "window.Notification.requestPermission=async()=>'granted'"
        )
        await page.goto(f"{clerk.url}/admin/sign-in")
        await page.fill("[name=username]", "hu.min")
        await page.fill("[name=password]", PASSWORD)
        await page.click("button.primary")
        await page.goto(f"{clerk.url}/admin/chats")
        await page.get_by_role("button", name="有新咨询时弹出提醒").click()
        await expect(page.get_by_role("button", name="提醒已开")).to_be_visible()
        await page.goto(f"{clerk.url}/admin/bookings")
        await page.wait_for_timeout(2500)
        code = await wait(seconds=57)
        alarm = page.locator(".alarms").get_by_text("1 位群众等候人工客服首次答复超过 60 秒")
        await expect(alarm).to_be_visible(timeout=8000)
        assert await page.evaluate("window.told") == ["有群众等候人工客服 新增 1 位，请到“在线咨询”接待"]
        await page.screenshot(path="var/h5/desk-alarm.png")
    assert (await Conversation.get(code=code)).state == "waiting"


async def test_the_list_says_who_waits_for_my_next_answer(clerk: Browser) -> None:
    code = await claimed(clerk)
    await clerk.post(f"/admin/chats/{code}/reply", text="您好")
    assert "等答复" not in (await clerk.get("/admin/chats")).words
    await ask("我在外地", peer=ZHANG)
    await Conversation.filter(code=code).update(owed_at=clock.now() - timedelta(seconds=130))
    assert "我在接待，等答复 2 分钟" in (await clerk.get("/admin/chats")).words


async def test_the_worker_closes_what_the_citizen_left(clerk: Browser) -> None:
    code = await claimed(clerk)
    await clerk.post(f"/admin/chats/{code}/reply", text="还有问题吗？")
    await jobs.close_silent(clock.now() + timedelta(minutes=31), minutes=30)
    assert "已结束" in (await clerk.get(f"/admin/chats/{code}")).words
    assert (await ask("再问一句", peer=ZHANG)).code != code
