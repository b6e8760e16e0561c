"""The console's pages of what the bot knows: FAQs, and questions that were not answered."""

import re
from datetime import timedelta
from urllib.parse import quote

import aiohttp
import pytest

from app import clock
from app.city import folder_of
from app.staff.models import AuditRow
from app.staff.rules import Role
from chatbot import keeper
from chatbot.learning import keywords
from chatbot.learning.models import Asked, Faq
from tests.admin.console import Browser
from tests.browser import chromium
from tests.chatbot.learning.school import CITY, FUND, LOST, TEXTS, content, make_faqs, reply
from tests.chatbot.learning.test_files import book_of
from tests.chatbot.learning.test_unmatched import make_asked
from tests.queue.day import make_hall
from tests.staff.people import PASSWORD, make_staff

STORY = "证证找不见喽咋整"


@pytest.fixture
async def editor(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """胡敏, who looks after the FAQs, signed in; five FAQs, and a bot of this test's own."""
    monkeypatch.setattr(keeper, "_kept", {})
    await make_hall(opened_by=None)
    await make_faqs()
    await make_staff(roles=(Role.EDITOR,))
    await browser.sign_in()
    await browser.get("/admin/faqs/new")
    return browser


def form_of(page_text: str) -> dict[str, str]:
    """The hidden fields of the form that publishes."""
    part = page_text[page_text.rindex("<form") :]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', part.split("</form>")[0]))


async def test_found_by_a_citizens_words_and_by_what_is_due(editor: Browser) -> None:
    page = await editor.get(f"/admin/faqs?q={quote('证件丢了咋补')}")
    assert (f'href="/admin/faqs/{LOST}"' in page.text, "知识库第 5 版" in page.words) == (True, True)
    await Faq.filter(code=FUND).update(dated=clock.now().date() - timedelta(days=181))
    await Faq.filter(code=LOST).update(dated=clock.now().date() - timedelta(days=10))
    page = await editor.get("/admin/faqs?kind=stale")
    assert (FUND in page.words, LOST in page.words, "该复核（1）" in page.words) == (True, False, True)
    assert "没有找到" in (await editor.get("/admin/faqs?dept=HN-YB")).words


async def test_written_previewed_and_published(editor: Browser) -> None:
    form = {
        "code": "", "version": "0", "ids": "", "question": "无人机要登记吗？", "answer": "请先实名登记。\n再飞行。",
        "similar": "飞无人机要备案不\n无人机要登记吗", "dept_code": "HN-GA", "valid_from": "", "valid_to": "",
    }  # fmt: skip
    page = await editor.post("/admin/faqs/preview", form)
    for words in ("请先实名登记。", "来源：淮南市公安局", "第一条就对", "相似问法 1 种"):
        assert words in page.words, words
    assert await Faq.all().count() == len(TEXTS)
    page = await editor.post("/admin/faqs/publish", form)
    assert ("已发布" in page.words, page.path.startswith("/admin/faqs/FAQ-")) == (True, True)
    assert (await reply("飞无人机要备案不")).text == "请先实名登记。\n再飞行。"


async def test_a_change_keeps_its_history_and_is_restored(editor: Browser) -> None:
    old = await content(LOST)
    form = {"code": LOST, "version": "1", "ids": "", "question": old.question, "answer": "新答案。", "similar": ""}
    page = await editor.post("/admin/faqs/publish", form)
    assert ("第 2 版 · 修改" in page.words, "相似问法" in page.words) == (True, True)
    page = await editor.post("/admin/faqs/publish", {**form, "answer": "别的。"})
    assert (page.status, "刚刚被他人修改" in page.words, "别的。" in page.text) == (409, True, True)
    page = await editor.post(f"/admin/faqs/{LOST}/restore", version=2, to=1)
    assert ("已恢复到所选版本" in page.words, (await content(LOST)).answer) == (True, old.answer)
    page = await editor.post(f"/admin/faqs/{LOST}/retire", version=3, why="政策已变")
    assert "已停用，智能客服不再用它回答" in page.words
    page = await editor.post(f"/admin/faqs/{LOST}/resume", version=4)
    assert "已恢复使用" in page.words
    page = await editor.post(f"/admin/faqs/{LOST}/confirm", version=5)
    assert "已记录核对" in page.words
    assert await AuditRow.filter(action__startswith="faqs.", staff_name="胡敏").count() == 5


async def test_faults_are_named_at_their_fields_and_nothing_typed_is_lost(editor: Browser) -> None:
    form = {"question": "？", "answer": "答。", "dept_code": "XX", "valid_from": "昨天", "matter_code": "NO"}
    page = await editor.post("/admin/faqs/preview", form)
    assert (page.status, "日期应写作 2026-11-24" in page.words, 'value="昨天"' in page.text) == (422, True, True)
    page = await editor.post("/admin/faqs/preview", {**form, "valid_from": ""})
    assert 'id="e-question">请填写群众会怎么问' in page.text
    page = await editor.post("/admin/faqs/preview", {**form, "valid_from": "", "question": "问"})
    assert ("没有这个事项" in page.words, "请从列表中选择部门" in page.words) == (True, True)


async def test_two_taps_make_an_unanswered_question_an_faqs(editor: Browser) -> None:
    row = await make_asked(STORY, missed=3)
    page = await editor.get("/admin/unmatched")
    assert (STORY in page.words, "3 次" in page.words, TEXTS[LOST][0] in page.words) == (True, True, True)
    page = await editor.get(f"/admin/unmatched/preview?ids={row.id}&code={LOST}")  # the first tap
    assert ("最常问的 1 个问题中，有 1 个的回答会变" in page.words, "发布后" in page.words) == (True, True)
    page = await editor.post("/admin/unmatched/settle", form_of(page.text))  # the second
    assert (page.path, "已归入，下次这样问就能答上" in page.words) == (f"/admin/faqs/{LOST}", True)
    assert (await reply(STORY)).answer_id == LOST
    page = await editor.post("/admin/unmatched/settle", code=FUND, ids=str(row.id))
    assert (page.status, "这个问题已由 胡敏 处理" in page.words) == (409, True)


async def test_an_unanswered_question_becomes_a_new_faq(editor: Browser) -> None:
    one, two = await make_asked("无人机要登记吗"), await make_asked("飞无人机要备案不")
    page = await editor.get(f"/admin/faqs/new?ids={one.id},{two.id}")
    assert ">无人机要登记吗</textarea>" in page.text
    form = {"ids": f"{one.id},{two.id}", "question": "无人机要登记吗", "answer": "要实名登记。", "similar": ""}
    page = await editor.post("/admin/faqs/publish", form)
    assert ("由群众提问归入" in page.words, "飞无人机要备案不" in page.words) == (True, True)
    assert await Asked.filter(state="settled").count() == 2


async def test_dismissed_and_taken_up_again(editor: Browser) -> None:
    row = await make_asked("给我唱首歌")
    page = await editor.post("/admin/unmatched/dismiss", ids=str(row.id), why="")
    assert (page.status, "请写明忽略的原因" in page.words) == (422, True)
    page = await editor.post("/admin/unmatched/dismiss", ids=str(row.id), why="闲聊")
    assert ("已忽略 1 个" in page.words, "没有待处理的问题" in page.words) == (True, True)
    page = await editor.post("/admin/unmatched/reopen", id=row.id)
    assert "1 次" in page.words


async def test_markup_is_shown_as_text(editor: Browser) -> None:
    row = await make_asked("<script>alert(1)</script>怎么办")
    paths = ("/admin/unmatched", f"/admin/unmatched/preview?ids={row.id}&code={LOST}")
    pages = [await editor.get(path) for path in paths]
    assert [("&lt;script&gt;alert" in page.text, "<script>alert" in page.text) for page in pages] == [(True, False)] * 2


async def test_on_a_phone_two_taps(editor: Browser) -> None:
    await make_asked(STORY, missed=3)
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 375, "height": 800})
        await page.goto(f"{editor.url}/admin/sign-in")
        await page.fill("[name=username]", "hu.min")
        await page.fill("[name=password]", PASSWORD)
        await page.click("button.primary")
        await page.goto(f"{editor.url}/admin/unmatched")
        await page.screenshot(path="var/h5/unmatched.png", full_page=True)
        await page.get_by_role("button", name=TEXTS[LOST][0]).click()
        await page.screenshot(path="var/h5/faq-preview.png", full_page=True)
        await page.get_by_role("button", name="发布").click()
        await page.get_by_text("已归入，下次这样问就能答上").wait_for()
        await page.screenshot(path="var/h5/faq.png", full_page=True)
    assert (await reply(STORY)).answer_id == LOST


async def test_a_workbook_is_previewed_imported_and_undone(editor: Browser) -> None:
    form = aiohttp.FormData()
    form.add_field("csrf", editor.csrf)
    form.add_field("file", book_of([LOST, None, "新答案。"], [None, "没有答案的？"]), filename="问答.xlsx")
    page = await editor.post("/admin/faqs/imports", form)
    for words in ("导入这 1 条问答", "问答 C3", "必填项“答案”为空", "补填前这条问答不会导入"):
        assert words in page.words, words
    path = page.path
    page = await editor.post(f"{path}/apply", digest="x")
    assert (page.status, "与预览的文件不一致" in page.words) == (409, True)
    page = await editor.post(f"{path}/apply", digest=page.field("digest"))
    assert ("已导入" in page.words, (await content(LOST)).answer) == (True, "新答案。")
    page = await editor.post(f"{path}/undo")
    assert ("问答已恢复到导入之前" in page.words, (await content(LOST)).answer) == (True, TEXTS[LOST][1])
    assert (await editor.get("/admin/faqs/export")).status == 200
    form = aiohttp.FormData()
    form.add_field("csrf", editor.csrf)
    form.add_field("file", b"x", filename="x.csv")
    page = await editor.post("/admin/faqs/imports", form)
    assert (page.status, "只能导入 .xlsx 工作簿" in page.words) == (422, True)


async def test_other_thresholds_are_compared_and_change_nothing(editor: Browser) -> None:
    await make_asked("身份证丢了怎么补办？", missed=4, kind="answer")
    page = await editor.get("/admin/faqs/figures")
    assert "没见过的问法" in page.words
    page = await editor.post("/admin/faqs/figures", answer="0.97", offer="0.3")
    assert ("1 个问题的回答会变" in page.words, "直接作答 4 0 给出选项 0 4" in page.words) == (True, True)
    assert (await reply("身份证丢了怎么补办？")).kind == "answer"
    page = await editor.post("/admin/faqs/figures", answer="0.2", offer="0.3")
    assert (page.status, "不低于“给出选项”" in page.words, 'value="0.2"' in page.text) == (422, True, True)


async def test_a_keyword_rule_is_previewed_published_switched_off_and_restored(editor: Browser) -> None:
    await keywords.load_seed(folder=folder_of(CITY), now=clock.now())
    await make_asked("大厅停车收费吗", missed=3)
    form = {"name": "停车", "match": "contains", "patterns": "停车\n车位", "priority": "90", "action": "reply",
            "reply": "地下停车场免费 2 小时。"}  # fmt: skip
    page = await editor.post("/admin/bot-rules/preview", {**form, "match": "regex", "patterns": "(停车"})
    assert (page.status, "语法有误" in page.words, "(停车</textarea>" in page.text) == (422, True, True)
    page = await editor.post("/admin/bot-rules/preview", form)
    assert ("有 1 个的回答会变" in page.words, "规则：停车" in page.words) == (True, True)
    page = await editor.post("/admin/bot-rules/publish", form_of(page.text) | {"patterns": form["patterns"]})
    assert ("已发布，几秒钟内生效" in page.words, (await reply("大厅车位")).text) == (True, "地下停车场免费 2 小时。")
    page = await editor.post(f"{page.path}/switch", version=1, on="false")
    assert ("启用这条规则" in page.words, (await reply("大厅车位")).text) != (True, "地下停车场免费 2 小时。")
    page = await editor.post(f"{page.path}/restore", version=2, to=1)
    assert ("已恢复到所选版本" in page.words, (await reply("大厅车位")).text) == (True, "地下停车场免费 2 小时。")
    assert "停车" in (await editor.get("/admin/bot-rules")).words


async def test_the_menu_marks_only_the_page_that_is_open(editor: Browser) -> None:
    page = await editor.get("/admin/faqs/figures")
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', page.text)[-1:] == ["/admin/faqs/figures"]
    assert '<a href="/admin/faqs" aria-current="page">' not in page.text
