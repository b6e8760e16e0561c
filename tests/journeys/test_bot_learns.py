"""What the bot could not answer on the phone page becomes an FAQ's question, and is answered the next time."""

import asyncio
from datetime import timedelta

import pytest

from app import clock
from app.staff.rules import Role
from chatbot import keeper
from chatbot.learning import collecting
from chatbot.learning.models import Asked
from tests.admin.console import Browser, browsing
from tests.city import Doors
from tests.h5.test_chat import QUESTION, ask
from tests.h5.visitor import visiting
from tests.staff.people import make_staff

STORY = "证证找不见喽咋整"


async def published(text: str, doors: Doors) -> str:
    """What somebody new reads, asked again until the bot of the running product knows it; five seconds at most."""
    words = ""
    for _ in range(10):
        async with visiting(doors) as visitor:
            words = (await ask(visitor, text)).words
        if "来源：" in words:
            break
        await asyncio.sleep(0.5)
    return words


async def converted(console: Browser, code: str) -> None:
    """Two taps."""
    row = await Asked.get(text=STORY)
    await console.get(f"/admin/unmatched/preview?ids={row.id}&code={code}")
    page = await console.post("/admin/unmatched/settle", ids=str(row.id), code=code)
    assert "已归入，下次这样问就能答上" in page.words


async def test_a_question_that_was_missed_is_answered_the_next_time(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_kept", {})
    async with visiting(doors) as visitor:
        missed = await ask(visitor, STORY)
        right = await ask(visitor, QUESTION, missed)
        assert ("来源：" in missed.words, "没有帮助" in right.words) == (False, True)
    while await collecting.collect(clock.now() + timedelta(minutes=1)):
        pass
    brain = await keeper.brain("huainan")
    code = next(each.faq.id for each in brain.index.documents if each.rows[0].reading.plain in QUESTION)
    await make_staff("li.jing", roles=(Role.EDITOR,))
    async with browsing(doors.product) as console:
        await console.sign_in("li.jing")
        page = await console.get("/admin/unmatched")
        assert STORY in page.words
        await converted(console, code)
    assert "来源：淮南市公安局" in await published(STORY, doors)
