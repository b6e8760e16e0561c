"""What WeChat pushes: `/wechat/callback` of the official account, `/wechat/callback/mini` of the mini-program.

Encrypted mode only. A message is stored and answered in one transaction; the official account's answer goes into the
answer to the push, the mini-program's as a customer-service message, for its pushes take none. Killed in between,
nothing is lost: WeChat repeats the push, and the repeat gets the same answer (protocols/wechat.md 10).
"""

import asyncio
import logging
from datetime import datetime

from sanic import Blueprint, HTTPResponse, text
from wechatpy.messages import BaseMessage

from app import clock, outbox
from app.citizens import queries as citizens
from app.citizens.events import MessageReceipt
from app.citizens.models import Way
from app.db import transactional
from app.errors import AppError
from app.http.context import AppRequest
from app.ids import hashed, new_code
from app.platforms import wechat_push
from app.platforms.wechat import MEDIA_ID, MINI, OA
from app.platforms.wechat_push import Account, PushRefused
from chatbot import conversations, deliveries, keeper, peers, queries
from chatbot.attachments import PICTURE, VOICE, Handed
from chatbot.channels.showing import chosen, number_in, wechat_text
from chatbot.errors import Repeated
from chatbot.models import Message
from chatbot.peers import Peer
from chatbot.texts import MOST

log = logging.getLogger(__name__)

callback = Blueprint("wechat_callback", url_prefix="/wechat")

ANSWER_S = 3.5  # WeChat hangs up after 5; what takes longer goes as a customer-service message
SUCCESS = "success"
GREETED = ("subscribe", "subscribe_scan", "scan", "click")
CHANNELS = {OA: "wechat_oa", MINI: "miniprogram"}
_WAYS = {OA: Way.OFFICIAL_ACCOUNT, MINI: Way.MINI_PROGRAM}
_WELCOME = (
    "您好，这里是{service}。请直接写下要办的事，例如“身份证丢了怎么补办”；"
    '需要人工客服请回复“转人工”。\n<a href="{url}/h5/">预约办事</a>  <a href="{url}/h5/me">我的办事</a>'
)
_NAMES = {"image": "［图片］", "voice": "［语音］", "video": "［视频］", "shortvideo": "［视频］", "link": "［链接］"}


@callback.get("/callback", name="check_oa")
@callback.get("/callback/<account:mini>", name="check_mini")
async def check(request: AppRequest, account: str = OA) -> HTTPResponse:
    """WeChat checks our address when it is entered."""
    try:
        return text(wechat_push.echo(_query(request), _account(request, account), now=clock.now()))
    except PushRefused as exc:
        return _refused(exc)


@callback.post("/callback", name="push_oa")
@callback.post("/callback/<account:mini>", name="push_mini")
async def push(request: AppRequest, account: str = OA) -> HTTPResponse:
    """A message or an event. Whatever is not WeChat's is refused, and nothing of it is kept."""
    known, now = _account(request, account), clock.now()
    try:
        message = wechat_push.opened(_query(request), request.body, known, now=now)
    except PushRefused as exc:
        return _refused(exc)
    said = await _in_time(request, account, message, now)
    if not said:
        return text(SUCCESS)
    xml = wechat_push.reply(message, said, now=now)
    sealed = wechat_push.sealed(xml, known, nonce=new_code(), now=now)
    return text(sealed, content_type="text/xml; charset=utf-8")


async def _in_time(request: AppRequest, account: str, message: BaseMessage, now: datetime) -> str:
    """The answer, or nothing when it takes too long: then it runs on, and a delivery brings what comes of it."""
    admission, url = request.app.ctx.admission, request.app.ctx.settings.public_url
    try:
        async with asyncio.timeout(ANSWER_S):
            said = await admission.run(lambda: _taken_in(request, account, message, now))
            if isinstance(said, str):
                return said
            return await admission.run(lambda: _passive(said, url, now)) if said and account == OA else ""
    except TimeoutError:
        log.warning("a push was not answered in time", extra={"kind": message.type})
        return ""


async def _taken_in(request: AppRequest, account: str, message: BaseMessage, now: datetime) -> str | list[Message]:
    """The answers that are kept; or a greeting or a refusal, which is said at once and kept nowhere."""
    peer = await _peer(account, message.source, now)
    if message._data["MsgType"] == "event":  # of a new kind, too
        return await _to_event(request, account, peer, message, now)
    try:
        said, file = _read(message, account)
        service = await keeper.service(request.app.ctx.settings.city)
        heard = await conversations.say(
            peer=peer, text=await _meant(said, peer), channel=CHANNELS[account], service=service, now=now,
            outside_id=_key_of(message), file=file,
        )  # fmt: skip
    except AppError as refusal:
        return _words(refusal)
    except Repeated:
        return await deliveries.answers_to(_key_of(message))
    return [heard.answer] if heard.answer else []


async def _meant(said: str, peer: Peer) -> str:
    return chosen(said, await queries.last_answer(peer)) if number_in(said) else said


async def _passive(answers: list[Message], url: str, now: datetime) -> str:
    return "\n\n".join([text_of(row, url) for row in await deliveries.taken(answers, now)])


def _key_of(message: BaseMessage) -> str:
    return f"wx:{hashed(wechat_push.key_of(message))[:48]}"


def text_of(row: Message, url: str) -> str:
    """A message as WeChat shows it."""
    return wechat_text(author=row.author, text=row.text, answer=row.answer, url=url)


async def _to_event(request: AppRequest, account: str, peer: Peer, message: BaseMessage, now: datetime) -> str:
    """Who follows, scans, taps a menu or opens the chat is greeted; every other event is only taken note of."""
    name, settings = str(message._data.get("Event", "")).lower(), request.app.ctx.settings
    log.info("wechat event", extra={"event": name[:40]})
    welcome = _WELCOME.format(service=request.app.ctx.city.service, url=settings.public_url)
    if name == "subscribe_msg_sent_event":
        await _note_receipts(message, now)
    if name == "user_enter_tempsession":
        await conversations.greet(
            peer=peer, text=welcome, channel=CHANNELS[account], now=now, outside_id=_key_of(message)
        )
    return welcome if account == OA and name in GREETED else ""


@transactional
async def _note_receipts(message: BaseMessage, now: datetime) -> None:
    """Whether subscribe messages arrived (protocols/wechat.md 6.3); one entry comes as an object, several as a list."""
    listed = (message._data.get("SubscribeMsgSentEvent") or {}).get("List") or []
    for row in listed if isinstance(listed, list) else [listed]:
        arrived = str(row.get("ErrorCode")) == "0"
        reason = f"微信回执 {row.get('ErrorCode')} {row.get('ErrorStatus') or ''}"[:60]
        if number := str(row.get("MsgID") or ""):
            await outbox.record(
                MessageReceipt(occurred_at=now, channel="wechat", number=number[:64], arrived=arrived, reason=reason)
            )


async def _peer(account: str, openid: str, now: datetime) -> Peer:
    """Who it is; a conversation from before they signed in goes on as theirs."""
    citizen_id = await citizens.citizen_at(_WAYS[account], openid)
    peer = peers.wechat(account, openid, citizen_id)
    if citizen_id is not None:
        await conversations.take_over(before=peers.wechat(account, openid, None), peer=peer, now=now)
    return peer


def _read(message: BaseMessage, account: str) -> tuple[str, Handed | None]:
    """What was said, in words, and what came with it (protocols/wechat.md 10.4)."""
    raw = {name: value for name, value in message._data.items() if isinstance(value, str)}
    media_id = raw.get("MediaId", "")[:MEDIA_ID]
    match message.type:
        case "text":
            return raw.get("Content", ""), None
        case "voice" if raw.get("Recognition"):
            return raw["Recognition"][:MOST], Handed(VOICE, account=account, media_id=media_id, is_read=True)
        case "image":
            return _NAMES["image"], Handed(PICTURE, account=account, media_id=media_id)
        case "voice":
            return _NAMES["voice"], Handed(VOICE, account=account, media_id=media_id)
        case "location":
            place = f"{raw.get('Label', '')}（{raw.get('Location_X', '')}，{raw.get('Location_Y', '')}）"
            return f"［位置］{place}"[:MOST], Handed("location")
        case kind:
            about = raw.get("Title") or raw.get("Url") or ""
            return f"{_NAMES.get(kind, '［消息］')}{about}"[:MOST], Handed("other")


def _words(refusal: AppError) -> str:
    """What to do about it, as an answer in the chat."""
    return next(iter(refusal.data.get("fields", {}).values()), refusal.text)


def _account(request: AppRequest, account: str) -> Account:
    wechat = request.app.ctx.settings.wechat
    token, key, appid = {
        OA: (wechat.oa_push_token, wechat.oa_push_aes_key, wechat.oa_appid),
        MINI: (wechat.push_token, wechat.push_aes_key, wechat.appid),
    }[account]
    return Account(token.get_secret_value(), key.get_secret_value(), appid)


def _query(request: AppRequest) -> dict[str, str]:
    return {name: values[0] for name, values in request.args.items()}


def _refused(refusal: PushRefused) -> HTTPResponse:
    log.info("refused", extra={"code": refusal.code})
    return text(refusal.text, status=refusal.status)
