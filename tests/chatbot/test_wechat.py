"""The chat with the official account and the mini-program, through the whole product (features.md F1, F4, F13, F14)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from app import clock
from app.citizens import actions as citizens
from chatbot import conversations, desk, peers
from chatbot.models import Attachment, Conversation, Delivery, Message
from tests.chatbot.desk import HU, last
from tests.city import Calendar, Doors
from tests.running import until
from tests.sandbox.wechat_chat import OURS
from tests.sandbox.wechat_state import OFFICIAL_ACCOUNT, State

QUESTION = "身份证丢了怎么补办？"


class Phone:
    """张三's WeChat."""

    def __init__(self, http: aiohttp.ClientSession, doors: Doors) -> None:
        self.http = http
        self.doors = doors

    async def says(self, text: str = "", *, account: str = "oa", **more: Any) -> str:
        """Send something. Returns what came back at once."""
        order = {"name": "zhang", "account": account, "text": text, **more}
        async with self.http.post(f"{self.doors.phone}/_control/chat", json=order) as answer:
            return str((await answer.json())["answer"].get("Content", ""))

    async def shown(self) -> list[str]:
        """All that the account has said, in its order."""
        async with self.http.get(f"{self.doors.phone}/_control/messages") as answer:
            items = (await answer.json())["items"]
        return [item["text"] for item in items if item.get("kind") == "chat" and item["author"] == "account"]

    async def control(self, path: str, order: Any) -> None:
        async with self.http.post(f"{self.doors.phone}/_control/{path}", json=order) as answer:
            assert answer.status == 200


@pytest.fixture
async def phone(doors: Doors, calendar: Calendar, mid_morning: None) -> AsyncIterator[Phone]:
    async with aiohttp.ClientSession() as http:
        opened = Phone(http, doors)
        await opened.control("wechat", {"skewS": calendar.ahead.total_seconds()})
        yield opened


async def test_a_question_is_answered_in_the_answer_to_the_push(phone: Phone) -> None:
    said = await phone.says(QUESTION)
    assert "来源：淮南市公安局 · 2026-12-01" in said
    assert f'<a href="{phone.doors.product}/h5/booking?matter=HN-GA-003">预约办理</a>' in said
    assert await phone.shown() == [said]
    assert (await Delivery.get()).state == "passive"


async def test_the_three_channels_give_the_same_answer(phone: Phone) -> None:
    await phone.says(QUESTION)
    await phone.says(QUESTION, account="mini")
    await until(Delivery.filter(state="sent").exists)
    ids = {row.answer["answer_id"] for row in await Message.filter(author="bot")}
    assert len(ids) == 1
    first, second = await phone.shown()
    assert first == second


async def test_a_number_chooses_a_near_question(phone: Phone) -> None:
    offered = await phone.says("社保")
    row = await Message.filter(author="bot").order_by("-id").first()
    assert row is not None
    second = row.answer["choices"][1]["question"]
    assert f"2. {second}\n" in offered
    assert offered.count("回复数字选择") == 1
    await phone.says("2")
    asked = await Message.filter(author="citizen").order_by("-id").first()
    assert asked is not None
    assert asked.text == second


async def test_a_person_answers_in_the_chat_also_with_a_picture(phone: Phone, tmp_path: Any) -> None:
    assert "第 1 位" in await phone.says("转人工")
    conversation = await Conversation.get()
    await desk.claim(code=conversation.code, by=HU, most=5, now=clock.now())
    await desk.reply(code=conversation.code, by=HU, text="请带户口簿", now=clock.now())
    await until(Delivery.filter(message_id=(await last()).id, state="sent").exists)
    assert (await phone.shown())[1:] == ["人工客服已接入，请说。", "【人工客服】请带户口簿"]
    assert await phone.says("好的") == ""


async def test_after_48_hours_the_reply_is_told_in_another_way(phone: Phone) -> None:
    await phone.says("转人工")
    conversation = await Conversation.get()
    await desk.claim(code=conversation.code, by=HU, most=5, now=clock.now())
    await until(Delivery.filter(state="sent").exists)
    await phone.control("chat-window", {})
    await desk.reply(code=conversation.code, by=HU, text="请带户口簿", now=clock.now())
    await until(Delivery.filter(state="missed", reason="微信返回 45015").exists)
    assert (await Conversation.get()).unread_since is not None


async def test_a_repeat_of_a_push_gets_the_same_answer_and_changes_nothing(phone: Phone) -> None:
    fields = {"MsgType": "text", "Content": QUESTION, "MsgId": "24000000000000099"}
    answers = [await phone.says(fields=fields) for _ in range(3)]
    assert len(set(answers)) == 1
    assert await Message.filter(author="citizen").count() == 1


async def test_what_is_not_answered_in_time_comes_by_itself(
    phone: Phone, monkeypatch: pytest.MonkeyPatch, calendar: Calendar
) -> None:
    monkeypatch.setattr("chatbot.channels.wechat.ANSWER_S", 0.0)
    assert await phone.says(QUESTION) == ""
    await until(Delivery.filter(state="sent").exists)
    assert "来源：淮南市公安局" in (await phone.shown())[0]


async def test_a_voice_is_heard_by_its_words_and_a_picture_is_kept(phone: Phone) -> None:
    assert "来源：淮南市公安局" in await phone.says(voice=QUESTION)
    assert (await phone.says(picture=True)).startswith("图片已收到")
    assert (await phone.says(voice="")).startswith("语音已收到，但没能听清")
    await until(all_are_here)
    kinds = [row.kind for row in await Attachment.all().order_by("id")]
    assert kinds == ["voice", "picture", "voice"]


async def all_are_here() -> bool:
    return await Attachment.filter(key="").count() == 0


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"MsgType": "location", "Location_X": "32.62", "Location_Y": "116.99", "Label": "龙湖路"}, "位置已收到"),
        ({"MsgType": "video", "MediaId": "m", "ThumbMediaId": "t"}, "暂时处理不了这种消息"),
        ({"MsgType": "link", "Title": "一个链接", "Url": "https://x.example"}, "暂时处理不了这种消息"),
        ({"MsgType": "something_new"}, "暂时处理不了这种消息"),
        ({"MsgType": "event", "Event": "subscribe", "EventKey": "qrscene_1"}, "您好，这里是淮南政务服务"),
        ({"MsgType": "event", "Event": "SCAN", "EventKey": "1"}, "您好，这里是淮南政务服务"),
        ({"MsgType": "event", "Event": "unsubscribe"}, ""),
        ({"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": "1", "Status": "success"}, ""),
        ({"MsgType": "event", "Event": "of_next_year"}, ""),
    ],
)
async def test_every_kind_has_an_answer(phone: Phone, fields: dict[str, str], answer: str) -> None:
    said = await phone.says(fields=fields)
    assert said.startswith(answer)
    assert bool(said) == bool(answer)


async def test_who_opens_the_mini_programs_chat_is_greeted_once(phone: Phone) -> None:
    for _ in range(2):
        await phone.says(account="mini", event="user_enter_tempsession")
    await until(Delivery.filter(state="sent").exists)
    assert [text[:7] for text in await phone.shown()] == ["您好，这里是淮"]


async def test_who_has_signed_in_has_one_conversation_on_all_ways(phone: Phone) -> None:
    await phone.says("身份证丢了")
    openid = State().openid("zhang", OFFICIAL_ACCOUNT)
    citizen_id = await citizens.sign_in(channel="wechat_oa", external_id=openid, unionid=None, now=clock.now())
    await phone.says("要多少钱")
    conversation = await Conversation.get()
    assert (conversation.peer, conversation.citizen_id) == (f"c{citizen_id}", citizen_id)
    await conversations.close(peer=peers.citizen(citizen_id), now=clock.now())


async def test_an_identity_number_is_stored_nowhere(phone: Phone) -> None:
    await phone.says("我的身份证号340403199001010016，怎么补办")
    texts = [row.text for row in await Message.all()]
    assert not [text for text in texts if "19900101" in text]


@pytest.mark.parametrize("account", ["oa", "mini"])
async def test_what_is_not_wechats_is_refused_and_stored_nowhere(phone: Phone, account: str) -> None:
    path = "/wechat/callback" + ("/mini" if account == "mini" else "")
    crypt, at = OURS[OFFICIAL_ACCOUNT], int(clock.now().timestamp())
    query, body = crypt.push("<xml/>", at=at)
    pushes = [
        ({}, b""),
        ({**query, "msg_signature": "0" * 40}, body),
        (query, b"<xml><Encrypt>" + b"A" * 1_000_000 + b"</Encrypt></xml>"),
        (query, b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Encrypt>&e;</Encrypt></xml>'),
        ({"signature": crypt.signature(str(at), "n"), "timestamp": str(at), "nonce": "n"}, b"<xml></xml>"),
    ]
    for sent, content in pushes:
        async with phone.http.post(phone.doors.product + path, params=sent, data=content) as answer:
            assert answer.status == 403
            assert await answer.text() == "不是微信发来的消息，或已过期"
    assert not await Conversation.exists()


async def test_our_address_is_checked(phone: Phone) -> None:
    crypt, at = OURS[OFFICIAL_ACCOUNT], str(int(clock.now().timestamp()))
    query = {"signature": crypt.signature(at, "n"), "timestamp": at, "nonce": "n", "echostr": "hello"}
    async with phone.http.get(f"{phone.doors.product}/wechat/callback", params=query) as answer:
        assert (answer.status, await answer.text()) == (200, "hello")
    async with phone.http.get(f"{phone.doors.product}/wechat/callback/mini", params=query) as answer:
        assert answer.status == 403


async def test_twenty_messages_at_once_are_all_kept_and_answered(phone: Phone) -> None:
    await asyncio.gather(*(phone.says(f"换身份证 {n}") for n in range(12)))
    assert await Message.filter(author="citizen").count() == 12
    assert await Message.filter(author="bot").count() == 12
