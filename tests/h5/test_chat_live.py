"""The chat page while it is open: a WebSocket, pictures, typing, and a notice to who has left (features.md F8, F13)."""

import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from app import clock
from app.http.session import Session
from chatbot import conversations, desk, peers, unread
from chatbot.models import Attachment, Conversation, Message
from notify.models import Notice
from tests import running
from tests.chatbot.desk import HU, SUN
from tests.city import Calendar, Doors
from tests.faults.served import process
from tests.h5.test_screens_of_processes import connected
from tests.h5.visitor import Visitor, visiting
from tests.marks import on_mariadb
from tests.running import until
from tests.sandbox.wechat_chat import a_picture

pytestmark = pytest.mark.usefixtures("mid_morning")


class Line:
    """An open page's WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def says(self, **message: Any) -> None:
        await self.socket.send_json(message)

    async def shows(self, words: str, *, within: float = 5) -> str:
        """Wait until the page shows these words."""
        while True:
            message = await self.socket.receive_json(timeout=within)
            if words in message.get("html", ""):
                return str(message["html"])

    async def hears(self, kind: str) -> dict[str, Any]:
        while True:
            message: dict[str, Any] = await self.socket.receive_json(timeout=5)
            if kind in message:
                return message


@asynccontextmanager
async def line(visitor: Visitor, url: str | None = None) -> AsyncIterator[Line]:
    address = url or visitor.url
    async with visitor.http.ws_connect(f"{address}/h5/chat/socket", headers={"origin": address}) as socket:
        yield Line(socket)


async def ask(visitor: Visitor, text: str) -> str:
    page = await visitor.get("/h5/chat")
    return (await visitor.post("/h5/chat", page, text=text, once=page.field("once"))).words


async def claimed(by: Any = HU) -> Conversation:
    row = await Conversation.get()
    return await desk.claim(code=row.code, by=by, most=5, now=clock.now())


async def citizen_id() -> int:
    session = await Session.filter(kind="citizen").first()
    assert session is not None
    return session.subject_id


async def test_a_message_on_the_line_is_answered_on_it_and_a_repeat_counts_once(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await ask(visitor, "你好")
        async with line(visitor) as page:
            await page.shows("你好")
            for _ in range(2):
                await page.says(text="身份证丢了怎么补办？", once="a1")
                assert (await page.hears("taken"))["taken"] == "a1"
            assert "来源：淮南市公安局" in await page.shows("来源：淮南市公安局")
            await page.says(text="", once="a2")
            assert await page.hears("refused") == {"refused": "请先写下要说的话，再发送", "once": "a2"}
            await page.socket.send_str("[[[")
            assert (await page.hears("refused"))["refused"] == "请先写下要说的话，再发送"
    assert await Message.filter(author="citizen").count() == 2


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
async def test_a_page_of_another_site_gets_no_line(doors: Doors, origin: str | None) -> None:
    async with visiting(doors) as visitor:
        await ask(visitor, "你好")
        headers = {"origin": origin} if origin else {}
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await visitor.http.ws_connect(f"{doors.product}/h5/chat/socket", headers=headers)
        assert refused.value.status == 403


async def test_nobody_gets_the_line_of_somebody_else(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await ask(visitor, "你好")
    async with visiting(doors) as stranger:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with line(stranger):
                pass
        assert refused.value.status == 404
        page = await stranger.http.get(f"{doors.product}/h5/chat/socket", headers={"origin": doors.product})
        assert page.status == 400


async def test_both_sides_see_the_other_typing(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await ask(visitor, "转人工")
        row = await claimed()
        async with line(visitor) as page:
            await page.shows("人工客服正在接待您")
            await desk.typing(code=row.code, by=SUN, now=clock.now())  # not theirs
            assert (await Conversation.get()).staff_typing_at is None
            await desk.typing(code=row.code, by=HU, now=clock.now())
            await page.shows("人工客服正在输入…")
            await desk.reply(code=row.code, by=HU, text="请带户口簿", now=clock.now())
            assert "正在输入" not in await page.shows("请带户口簿")
            await page.says(typing=True)
            await until(Conversation.exclude(citizen_typing_at=None).exists)


async def test_who_has_left_the_page_is_told_once_of_an_answer(doors: Doors, calendar: Calendar) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        await ask(visitor, "转人工")
        row = await claimed()
        for text in ("请带户口簿", "原件和复印件"):
            await desk.reply(code=row.code, by=HU, text=text, now=clock.now())
        assert await unread.tell(clock.now() + timedelta(seconds=59)) == 0
        later = clock.now() + timedelta(seconds=61)
        assert [await unread.tell(later), await unread.tell(later)] == [1, 0]
        await until(Notice.filter(kind="chat_answered").exists)
        notice = await Notice.get(kind="chat_answered")
        assert (notice.page, notice.citizen_id) == ("/h5/chat", await citizen_id())
        assert "户口簿" not in notice.body
        await visitor.get("/h5/chat")  # seen; the next answer is told of again
        await desk.reply(code=row.code, by=HU, text="还有照片", now=clock.now())
        assert await unread.tell(clock.now() + timedelta(seconds=61)) == 1


async def test_who_looks_at_the_page_is_not_told(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await visitor.sign_in("zhang")
        await ask(visitor, "转人工")
        row = await claimed()
        async with line(visitor) as page:
            await desk.reply(code=row.code, by=HU, text="请带户口簿", now=clock.now())
            await page.shows("请带户口簿")
            await page.says(seen=True)
            await page.hears("taken")
        assert await unread.tell(clock.now() + timedelta(minutes=5)) == 0


async def test_a_picture_is_seen_by_whose_it_is_and_by_nobody_else(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        page = await visitor.get("/h5/chat")
        form = aiohttp.FormData({"csrf": page.field("csrf")})
        form.add_field("picture", a_picture(), filename="x.jpg", content_type="image/jpeg")
        headers = {"referer": doors.product + "/h5/chat"}
        async with visitor.http.post(f"{doors.product}/h5/chat/picture", data=form, headers=headers) as answer:
            text = await answer.text()
        assert "图片已收到。智能客服看不了图片" in text
        code = (await Attachment.get()).code
        async with visitor.http.get(f"{doors.product}/h5/chat/files/{code}") as answer:
            content = await answer.read()
            assert (answer.status, answer.content_type, content[:2]) == (200, "image/jpeg", b"\xff\xd8")
    async with visiting(doors) as stranger:
        await ask(stranger, "你好")
        assert (await stranger.get(f"/h5/chat/files/{code}")).status == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"<svg onload=alert(1)>", "无法读取这张图片"), (b"", "请先选择一张图片"), (b"x" * 5_300_000, "照片超过 5 MB")],
)
async def test_what_is_no_picture_is_refused_with_what_to_do(doors: Doors, content: bytes, said: str) -> None:
    async with visiting(doors) as visitor:
        page = await visitor.get("/h5/chat")
        form = aiohttp.FormData({"csrf": page.field("csrf")})
        form.add_field("picture", io.BytesIO(content), filename="x.jpg", content_type="image/jpeg")
        headers = {"referer": doors.product + "/h5/chat"}
        async with visitor.http.post(f"{doors.product}/h5/chat/picture", data=form, headers=headers) as answer:
            assert answer.status in (413, 422)
            assert said in await answer.text()
    assert not await Attachment.exists()


async def test_whoever_signs_in_goes_on_with_what_was_asked_as_a_guest(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await ask(visitor, "身份证丢了怎么补办？")
        await visitor.sign_in("zhang")
        assert "来源：淮南市公安局" in (await visitor.get("/h5/chat")).words
        await ask(visitor, "要多少钱")
    row = await Conversation.get()
    assert row.peer == f"c{await citizen_id()}"


async def test_a_guests_conversation_stays_where_the_citizen_has_one(doors: Doors) -> None:
    async with visiting(doors) as visitor:
        await ask(visitor, "你好")
        guest = await Conversation.get()
        await visitor.sign_in("zhang")
        before, peer = peers.Peer(guest.peer), peers.citizen(await citizen_id())
        await Conversation.create(
            code="X" * 16, open_key=peer.key, peer=peer.key, channel="h5", state="bot",
            opened_at=clock.now(), last_at=clock.now(),
        )  # fmt: skip
        assert not await conversations.take_over(before=before, peer=peer, now=clock.now())


@on_mariadb
async def test_a_line_at_one_process_shows_what_was_said_at_another(
    db: str, keys_file: Path, tmp_path: Path, redis_url: str
) -> None:
    settings = {"REDIS_URL": redis_url}
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(process(db, keys_file, **settings)) for _ in range(2)]
        server = running.RedisServer(tmp_path)
        server.url = redis_url
        await connected(server, 2)
        jar = aiohttp.CookieJar(unsafe=True)
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        here, there = Visitor(one, http), Visitor(other, http)
        await ask(here, "你好")
        async with line(here) as page:
            await page.shows("你好")
            await ask(there, "身份证丢了怎么补办？")
            await page.shows("身份证丢了怎么补办？", within=1.5)
