"""WeChat's server API: the calls we make, and what its answers mean (wechat.md 1 to 3, 6, 11.1).

What must never leave the server is dropped right here: `session_key` and the tokens of web authorisation are read
by nobody, so they cannot leak.
"""

import asyncio
import logging
import random
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from app.errors import PlatformUnavailable
from app.platforms.http import Answer, Outgoing, PlatformHttp, encoded
from app.platforms.tokens import NO_TOKEN, Fresh, SharedToken
from app.platforms.wechat_errors import Kind, WeChatRefused

__all__ = ["MINI", "OA", "Kind", "SnapshotUser", "WeChat", "WeChatIdentity", "WeChatRefused"]

log = logging.getLogger(__name__)

R = TypeVar("R")

SYSTEM_BUSY, SENT_BEFORE = -1, 45065
WAITS_S = (0.2, 1.0)  # between tries of a call that somebody is waiting for
PATIENCE_S = 4.5  # of somebody who signs in, all tries together (security.md A03: an answer within 5 s)
TOKEN_PATIENCE_S = 5.0  # twice this and two calls of 5 s stay within the sender's patience
MINI, OA = "mini", "oa"  # the mini-program and the official account
MAX_MEDIA = 10 * 1024 * 1024  # bytes of what somebody sends into a conversation (wechat.md 7.3)
MEDIA_ID = 256  # characters of a media id, at most
_ID = re.compile(r"[A-Za-z0-9_-]{6,64}", re.ASCII)


@dataclass(frozen=True)
class WeChatIdentity:
    """Who is at the other end, by WeChat's word. `unionid` is the same in all accounts of one open platform."""

    openid: str
    unionid: str | None


class SnapshotUser(Exception):
    """The page runs in WeChat's snapshot mode: the openid is of nobody (wechat.md 11.1)."""


class WeChat:
    """The mini-program and the official account of one city; both need an appid and a secret each."""

    def __init__(self, http: PlatformHttp, *, appid: str, secret: str, oa_appid: str, oa_secret: str) -> None:
        self._api = http
        self._appid, self._secret = appid, secret
        self._oa_appid, self._oa_secret = oa_appid, oa_secret
        self._tokens = {
            MINI: SharedToken(appid, partial(self._fetch_token, appid, secret)),
            OA: SharedToken(oa_appid, partial(self._fetch_token, oa_appid, oa_secret)),
        }

    async def session_of(self, code: str) -> WeChatIdentity:
        """Who logged in to the mini-program with this code of `wx.login`; a code works once, for 5 minutes.

        Raises `WeChatRefused` or `PlatformUnavailable`, in 4.5 s at most.
        """
        params = {
            "appid": self._appid,
            "secret": self._secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        async with _patience():
            return _person(await self._persistent(Outgoing("GET", "/sns/jscode2session", params)))

    async def phone_of(self, code: str) -> str:
        """The mobile, without country code, behind a code of the phone button (no login code). As `session_of`."""
        async with _patience():
            content = await self._authorised("/wxa/business/getuserphonenumber", {"code": code})
        return _phone(content)

    async def send_subscribe(self, *, openid: str, template_id: str, page: str, data: Mapping[str, str]) -> str | None:
        """Send one subscription message. Returns WeChat's message id when it gives one.

        One try: the sender decides by `WeChatRefused.kind` what comes next. After a `PlatformUnavailable` it may have
        arrived, unless the reason is `NO_TOKEN` or that no connection came about.

        Args:
            data: field of the template to value, such as `{"thing1": "不动产登记"}`, in the limits of 6.1.
            page: a page of the mini-program with its query, such as `pages/web/index?path=%2Fh5%2F`.
        """
        payload = {
            "touser": openid,
            "template_id": template_id,
            "page": page,
            "data": {field: {"value": value} for field, value in data.items()},
            "miniprogram_state": "formal",
            "lang": "zh_CN",
        }
        message_id = (await self._authorised("/cgi-bin/message/subscribe/send", payload)).get("msgid")
        return None if message_id is None else str(message_id)

    async def send_custom(self, *, account: str, openid: str, key: str, content: Mapping[str, Any]) -> None:
        """Send a customer-service message (wechat.md 7.1). A repeat with the same key does not arrive twice.

        Raises as `send_subscribe`; what the window of 48 hours or 5 messages refuses is `Kind.UNREACHABLE`.

        Args:
            account: `MINI` or `OA`, to which the person wrote.
            content: `msgtype` and its object.
        """
        try:
            payload = {"touser": openid, "clientmsgid": key, **content}
            await self._authorised("/cgi-bin/message/custom/send", payload, account)
        except WeChatRefused as exc:
            if exc.errcode != SENT_BEFORE:
                raise

    async def upload_picture(self, *, account: str, content: bytes) -> str:
        """A JPEG of at most 2 MB. Returns its media id, good for 3 days (wechat.md 7.3). Raises as `send_subscribe`."""
        body, content_type = _multipart("media", "picture.jpg", "image/jpeg", content)
        said = await self._with_token(
            account, lambda token: self._call_upload({"access_token": token, "type": "image"}, body, content_type)
        )
        media_id = said.get("media_id")
        if not isinstance(media_id, str) or not 1 <= len(media_id) <= MEDIA_ID:
            raise PlatformUnavailable(reason="no media id in the answer")
        return media_id

    async def media(self, *, account: str, media_id: str) -> bytes:
        """What somebody sent: a picture or a voice, at most 10 MB; gone after 3 days. Raises as `send_subscribe`."""

        async def get(token: str) -> bytes:
            params = {"access_token": token, "media_id": media_id}
            return await self._api.call(Outgoing("GET", "/cgi-bin/media/get", params, max_answer=MAX_MEDIA), _media)

        return await self._with_token(account, get)

    def authorize_url(self, *, oauth_url: str, redirect_uri: str, state: str) -> str:
        """Where to send a browser inside WeChat. The order of the parameters matters to some versions of WeChat.

        Args:
            oauth_url: where WeChat's page lives, `https://open.weixin.qq.com`.
            redirect_uri: absolute, on the configured domain.
            state: at most 128 characters of [a-zA-Z0-9].
        """
        return (
            f"{oauth_url.rstrip('/')}/connect/oauth2/authorize?appid={self._oa_appid}"
            f"&redirect_uri={quote(redirect_uri, safe='')}&response_type=code&scope=snsapi_base&state={state}"
            "#wechat_redirect"
        )

    async def openid_by_web_code(self, code: str) -> WeChatIdentity:
        """Who came back from web authorisation. Raises as `session_of`, and `SnapshotUser`."""
        params = {
            "appid": self._oa_appid,
            "secret": self._oa_secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        async with _patience():
            content = await self._persistent(Outgoing("GET", "/sns/oauth2/access_token", params))
        if str(content.get("is_snapshotuser", 0)) not in ("0", "False"):
            raise SnapshotUser()
        return _person(content)

    async def close(self) -> None:
        await self._api.close()

    async def _authorised(self, path: str, payload: Mapping[str, Any], account: str = MINI) -> dict[str, Any]:
        return await self._with_token(account, lambda token: self._post(path, token, payload))

    async def _with_token(self, account: str, call: Callable[[str], Awaitable[R]]) -> R:
        """Call with the account's shared token; when WeChat calls it invalid, once more with another one.

        Raises `PlatformUnavailable` with the reason `NO_TOKEN` when nothing was sent.
        """
        shared = self._tokens[account]
        token = await _before_the_call(shared.current())
        try:
            return await call(token)
        except WeChatRefused as exc:
            if exc.kind is not Kind.REFRESH:
                raise
        token = await _before_the_call(shared.renewed(stale=token))
        try:
            return await call(token)
        except WeChatRefused as exc:
            if exc.kind is Kind.REFRESH:
                log.error("wechat refuses a fresh token: secret changed, or shared", extra={"errcode": exc.errcode})
            raise

    async def _post(self, path: str, token: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        return await self._api.call(Outgoing("POST", path, {"access_token": token}, encoded(payload)), _read)

    async def _call_upload(self, params: Mapping[str, str], body: bytes, content_type: str) -> dict[str, Any]:
        return await self._api.call(Outgoing("POST", "/cgi-bin/media/upload", params, body, content_type), _read)

    async def _persistent(self, outgoing: Outgoing) -> dict[str, Any]:
        """Try again, a little later, while WeChat says that it is busy. Nothing was used up by such an answer."""
        for wait_s in WAITS_S:
            try:
                return await self._api.call(outgoing, _read)
            except WeChatRefused as exc:
                if exc.errcode != SYSTEM_BUSY:
                    raise
            await asyncio.sleep(wait_s * random.uniform(0.8, 1.2))
        return await self._api.call(outgoing, _read)

    async def _fetch_token(self, appid: str, secret: str, is_forced: bool) -> Fresh:
        payload = {
            "grant_type": "client_credential",
            "appid": appid,
            "secret": secret,
            "force_refresh": is_forced,
        }
        content = await self._persistent(Outgoing("POST", "/cgi-bin/stable_token", body=encoded(payload)))
        token, lives_s = content.get("access_token"), content.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(lives_s, int) or lives_s <= 0:
            raise PlatformUnavailable(reason="no token in the answer")
        return Fresh(token, timedelta(seconds=min(lives_s, 7200)))


async def _before_the_call(token: Awaitable[str]) -> str:
    """The token; whatever keeps it from us, in 5 s at most, is `NO_TOKEN`: the call itself has not been made."""
    try:
        async with asyncio.timeout(TOKEN_PATIENCE_S):
            return await token
    except (PlatformUnavailable, TimeoutError) as exc:
        reason = exc.data.get("reason") if isinstance(exc, PlatformUnavailable) else "out of patience"
        log.warning("no access token from wechat", extra={"reason": reason})
        raise PlatformUnavailable(reason=NO_TOKEN) from None


@asynccontextmanager
async def _patience() -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield
    except TimeoutError:
        raise PlatformUnavailable(reason="out of patience") from None


def _read(answer: Answer) -> dict[str, Any]:
    """WeChat always answers 200; a missing `errcode` is success, and it may come as a string."""
    if answer.status != 200:
        raise PlatformUnavailable(reason=f"http {answer.status}")
    content = answer.json()
    try:
        errcode = int(str(content.get("errcode", 0)))
    except ValueError:
        raise PlatformUnavailable(reason="errcode is no number") from None
    if errcode:
        raise WeChatRefused(errcode, str(content.get("errmsg", "")))
    return content


def _media(answer: Answer) -> bytes:
    """Bytes; a refusal, or the address of a video, comes as JSON."""
    if answer.body[:1] == b"{":
        _read(answer)
        raise PlatformUnavailable(reason="no media in the answer")
    if answer.status != 200 or not answer.body:
        raise PlatformUnavailable(reason=f"http {answer.status}")
    return answer.body


def _multipart(field: str, filename: str, content_type: str, content: bytes) -> tuple[bytes, str]:
    """A form with one file, as bytes, and its content type."""
    edge = f"zb{secrets.token_hex(16)}"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="{field}"; filename="{filename}"\r\n'
    head += f"Content-Type: {content_type}\r\n\r\n"
    return head.encode() + content + f"\r\n--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"


def _person(content: Mapping[str, Any]) -> WeChatIdentity:
    unionid = content.get("unionid")
    return WeChatIdentity(openid=_id(content.get("openid")), unionid=_id(unionid) if unionid else None)


def _id(value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise PlatformUnavailable(reason="no openid in the answer")
    return value


def _phone(content: Mapping[str, Any]) -> str:
    info = content.get("phone_info")
    number = info.get("purePhoneNumber") if isinstance(info, dict) else None
    if not isinstance(number, str) or not number.isascii() or not number.isdigit():
        raise PlatformUnavailable(reason="no phone in the answer")
    return number
