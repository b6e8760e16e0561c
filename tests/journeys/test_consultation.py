"""A question from the phone page to the desk and back: bot, line, person, end, rating, each by its page's forms."""

from datetime import datetime

import pytest

from app import clock
from app.clock import CHINA
from app.staff.models import AuditRow
from chatbot.models import Conversation, Message
from tests.admin.console import browsing
from tests.city import Calendar, Doors
from tests.h5.visitor import visiting
from tests.staff.people import make_staff

ID_NUMBER = "340403199001010016"


async def test_a_question_becomes_an_answer_by_a_person_and_a_rating(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar = Calendar()
    monkeypatch.setattr(clock, "now", calendar.now)
    calendar.jump_to(datetime(2026, 12, 1, 10, 0, tzinfo=CHINA))
    await make_staff()
    async with visiting(doors) as phone, browsing(doors.product) as desk:
        await phone.sign_in("zhang")
        page = await phone.get("/h5/chat?matter=HN-GA-003")
        page = await phone.post("/h5/chat", page, text="要多少钱", once=page.field("once"), matter=page.field("matter"))
        assert "来源：淮南市公安局" in page.words
        page = await phone.post("/h5/chat/person", page)
        assert "您排在第 1 位" in page.words
        await phone.post("/h5/chat", page, text=f"证号{ID_NUMBER}，能代办吗", once=page.field("once"))

        await desk.sign_in()
        inbox = await desk.get("/admin/chats")
        assert ("已登录群众" in inbox.words, "居民身份证" in inbox.words, "代办" in inbox.words) == (True, True, False)
        code = inbox.text.split("/admin/chats/")[-1].split('"')[0]
        held = await desk.post(f"/admin/chats/{code}/claim")
        assert "证号340403********0016，能代办吗" in held.words
        await desk.post(f"/admin/chats/{code}/reply", text="可以，带委托书和双方身份证")

        assert "人工客服正在接待您" in (seen := await phone.get("/h5/chat/now")).words
        assert "可以，带委托书和双方身份证" in seen.words
        page = await phone.get("/h5/chat")
        await phone.post("/h5/chat", page, text="谢谢", once=page.field("once"))
        assert "谢谢" in (await desk.get(f"/admin/chats/{code}/now")).words
        await desk.post(f"/admin/chats/{code}/close")

        page = await phone.get("/h5/chat")
        page = await phone.post("/h5/chat/rate", page, code=page.field("code"), grade="2")
        assert "谢谢您的评价：满意" in page.words
        assert "评价 满意" in (await desk.get(f"/admin/chats/{code}")).words
    row = await Conversation.get(code=code)
    assert (row.state, row.grade, row.first_reply_at is not None) == ("closed", 2, True)
    assert await Message.filter(author="bot").count() == 1  # silent from the hand-over on
    assert ID_NUMBER not in "".join(await Message.all().values_list("text", flat=True))
    acts = await AuditRow.filter(action__startswith="chat.").order_by("id").values_list("action", flat=True)
    done = [act.removeprefix("chat.") for act in acts if act != "chat.view"]
    assert done == ["list", "claim", "reply", "close", "list"]
