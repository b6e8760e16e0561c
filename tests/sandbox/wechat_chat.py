"""WeChat's chat with our two accounts: pushes signed and encrypted as WeChat does, customer-service messages, media.

(wechat.md 7, 10.) The window is WeChat's: five messages within 48 hours of each message of the person.
"""

import asyncio
import io
import itertools
import json
from collections import Counter
from typing import Any
from xml.sax.saxutils import escape

import aiohttp
from PIL import Image
from sanic import HTTPResponse, Request, Sanic, raw
from sanic import json as json_answer

from tests.sandbox.messages import Messages
from tests.sandbox.wechat import answering
from tests.sandbox.wechat_state import MINI_PROGRAM, OFFICIAL_ACCOUNT, Refused, State
from tests.sandbox.wxbizmsgcrypt import Crypt

OURS = {
    OFFICIAL_ACCOUNT: Crypt("sandbox-oa-push", "OAsandbox" + "0" * 34, OFFICIAL_ACCOUNT),
    MINI_PROGRAM: Crypt("sandbox-mini-push", "MPsandbox" + "0" * 34, MINI_PROGRAM),
}
PATHS = {OFFICIAL_ACCOUNT: "/wechat/callback", MINI_PROGRAM: "/wechat/callback/mini"}
ACCOUNTS = {"oa": OFFICIAL_ACCOUNT, "mini": MINI_PROGRAM}
PUSH = {  # what the product's settings say of it
    "oa_push_token": OURS[OFFICIAL_ACCOUNT].token,
    "oa_push_aes_key": OURS[OFFICIAL_ACCOUNT].aes_key,
    "push_token": OURS[MINI_PROGRAM].token,
    "push_aes_key": OURS[MINI_PROGRAM].aes_key,
}
WINDOW_S, WINDOW_MESSAGES, ATTEMPTS, PATIENCE_S = 48 * 3600, 5, 3, 5.0


class Chat:
    """What WeChat knows of the chats: who may still be written to, which messages have come, and the media."""

    def __init__(self, state: State, messages: Messages, app_url: str) -> None:
        self.state = state
        self.messages = messages
        self.app_url = app_url
        self.media: dict[str, bytes] = {}
        self._ids = itertools.count(24_000_000_000_000_001)
        self._wrote_at: dict[str, float] = {}
        self._left: Counter[str] = Counter()
        self._keys: set[str] = set()

    async def says(self, name: str, account: str, fields: dict[str, str]) -> dict[str, Any]:
        """The person sends something to the account. Tried three times, as WeChat does. Returns what came back."""
        appid = ACCOUNTS[account]
        openid = self.state.openid(name, appid)
        if fields.get("MsgType") != "event":
            self._wrote_at[openid], self._left[openid] = self.state.now(), WINDOW_MESSAGES
            fields = {"MsgId": str(next(self._ids)), **fields}
        elif fields.get("Event") == "user_enter_tempsession":
            self._wrote_at[openid], self._left[openid] = self.state.now(), 2
        shown = fields.get("Content") or fields.get("Recognition") or f"［{fields.get('MsgType')}］"
        picture = fields.get("MediaId", "") if fields.get("MsgType") == "image" else ""
        if fields.get("MsgType") != "event":
            self.record(name, account, "me", shown, picture=picture)
        for _ in range(ATTEMPTS):
            answer = await self.push(appid, openid, fields)
            if answer is not None:
                break
        else:
            answer = {"Content": "该公众号暂时无法提供服务，请稍后再试"}
        if answer:
            self.record(name, account, "account", answer.get("Content", ""))
        return {"msgId": fields.get("MsgId", ""), "answer": answer}

    async def push(self, appid: str, openid: str, fields: dict[str, str]) -> dict[str, str] | None:
        """One try. The fields of the answer, none for `success`, None for what WeChat repeats."""
        crypt = OURS[appid]
        query, body = crypt.push(_xml(openid, fields, at=int(self.state.now())), at=int(self.state.now()))
        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.post(self.app_url + PATHS[appid], params=query, data=body) as response,
            ):
                text = await response.text()
        except (aiohttp.ClientError, TimeoutError):
            return None
        if response.status != 200:
            return None
        return crypt.answer(text) if text not in ("", "success") else {}

    def record(self, name: str, account: str, author: str, text: str, picture: str = "") -> None:
        self.messages.record(kind="chat", name=name, account=account, author=author, text=text, picture=picture)

    def take_turn(self, openid: str, key: str) -> None:
        """One customer-service message, if the window allows it."""
        if self.state.now() - self._wrote_at.get(openid, 0) > WINDOW_S:
            raise Refused(45015, "response out of time limit or subscription is canceled")
        if self._left[openid] <= 0:
            raise Refused(45047, "out of response count limit")
        if key and key in self._keys:
            raise Refused(45065, "clientmsgid exist")
        self._left[openid] -= 1
        self._keys.add(key)

    def forget_window(self) -> None:
        """As after 48 hours."""
        self._wrote_at.clear()

    def keep(self, content: bytes) -> str:
        media_id = f"media-{len(self.media) + 1}-" + "x" * 50
        self.media[media_id] = content
        return media_id


class ChatApi:
    """WeChat's calls about chats, and what the phone page plays."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.state = chat.state

    async def custom_send(self, request: Request) -> dict[str, Any]:
        self.state.check_token(request.args.get("access_token", ""))
        body = json.loads(request.body)
        openid, kind = str(body.get("touser", "")), body.get("msgtype")
        name, account = self.state.name(openid), _account_of(self.state, openid)
        content = body.get(kind) or {}
        self._check_content(str(kind), content)
        await asyncio.sleep(self.state.send_takes_s)
        self.chat.take_turn(openid, str(body.get("clientmsgid", "")))
        self.chat.record(name, account, "account", content.get("content", "［图片］"), content.get("media_id", ""))
        return {"errcode": 0, "errmsg": "ok"}

    def _check_content(self, kind: str, content: dict[str, Any]) -> None:
        if kind not in ("text", "image"):
            raise Refused(40008, "invalid message type")
        if kind == "text" and not 1 <= len(str(content.get("content", "")).encode()) <= 2048:
            raise Refused(45002, "content size out of limit")
        if kind == "image" and content.get("media_id") not in self.chat.media:
            raise Refused(40007, "invalid media_id")

    async def media_upload(self, request: Request) -> dict[str, Any]:
        self.state.check_token(request.args.get("access_token", ""))
        file = request.files.get("media") if request.files else None
        if file is None:
            raise Refused(41005, "media data missing")
        if request.args.get("type") != "image" or len(file.body) > 2 * 1024 * 1024:
            raise Refused(40004, "invalid media type")
        return {"type": "image", "media_id": self.chat.keep(file.body), "created_at": int(self.state.now())}

    async def media_get(self, request: Request) -> HTTPResponse:
        """Bytes, or a refusal as JSON."""
        try:
            self.state.check_token(request.args.get("access_token", ""))
            if (content := self.chat.media.get(request.args.get("media_id", ""))) is None:
                raise Refused(40007, "invalid media_id")
        except Refused as exc:
            return json_answer({"errcode": exc.errcode, "errmsg": exc.errmsg})
        return raw(content, content_type="image/jpeg")

    async def play(self, request: Request) -> HTTPResponse:
        """`text`, `picture` (a made one), `voice` (its recognised words), `event`, or `fields` as WeChat has them."""
        asked = request.json
        fields = asked.get("fields") or _fields(self.chat, asked)
        said = await self.chat.says(asked["name"], asked.get("account", "oa"), fields)
        return json_answer(said, ensure_ascii=False)

    async def close_window(self, request: Request) -> HTTPResponse:
        self.chat.forget_window()
        return json_answer({})

    async def picture(self, request: Request) -> HTTPResponse:
        return raw(self.chat.media.get(request.args.get("id", ""), b""), content_type="image/jpeg")


def mount_chat(app: Sanic, state: State, messages: Messages, app_url: str) -> Chat:
    chat = Chat(state, messages, app_url)
    api = ChatApi(chat)
    for path, act in (("/cgi-bin/message/custom/send", api.custom_send), ("/cgi-bin/media/upload", api.media_upload)):
        app.add_route(answering(state, act), path, methods=["POST"], name=act.__name__)
    app.add_route(api.media_get, "/cgi-bin/media/get", methods=["GET"], name="media_get")
    app.add_route(api.play, "/_control/chat", methods=["POST"], name="chat")
    app.add_route(api.close_window, "/_control/chat-window", methods=["POST"], name="chat_window")
    app.add_route(api.picture, "/_control/chat-picture", methods=["GET"], name="chat_picture")
    return chat


def _account_of(state: State, openid: str) -> str:
    name = state.name(openid)
    return next(short for short, appid in ACCOUNTS.items() if state.openid(name, appid) == openid)


def _fields(chat: Chat, asked: dict[str, Any]) -> dict[str, str]:
    if asked.get("event"):
        return {"MsgType": "event", "Event": asked["event"], "EventKey": asked.get("eventKey", "")}
    if asked.get("voice") is not None:
        media_id = chat.keep(b"#!AMR\n" + b"\0" * 32)
        return {"MsgType": "voice", "MediaId": media_id, "Format": "amr", "Recognition": asked["voice"]}
    if asked.get("picture"):
        return {"MsgType": "image", "PicUrl": "https://wx.example/p", "MediaId": chat.keep(a_picture())}
    return {"MsgType": "text", "Content": asked["text"]}


def a_picture() -> bytes:
    """A photograph that nobody took."""
    made = io.BytesIO()
    Image.radial_gradient("L").resize((320, 240)).convert("RGB").save(made, "JPEG")
    return made.getvalue()


def _xml(openid: str, fields: dict[str, str], *, at: int) -> str:
    parts = {"ToUserName": "gh_huainan", "FromUserName": openid, "CreateTime": str(at), **fields}
    return "<xml>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items()) + "</xml>"
