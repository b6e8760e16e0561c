"""What WeChat pushes to us, encrypted mode only (protocols/wechat.md 10): opening it, and sealing what we answer.

wechatpy computes signatures and the cipher, and knows the fields of messages. It checks neither the padding nor the
time, compares signatures in a way that leaks, and reads document types: all that is done here, before.
"""

import base64
import hmac
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.crypto import PrpCrypto
from wechatpy.crypto.cryptography import WeChatCipher
from wechatpy.messages import BaseMessage
from wechatpy.parser import parse_message
from wechatpy.utils import WeChatSigner

from app.errors import AppError

MAX_BODY = 64 * 1024  # bytes
SKEW_S = 300  # security.md F01; a push that WeChat repeats is signed anew
_BLOCK = 32
_CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)


class PushRefused(AppError):
    code = "wechat.push_refused"
    status = 403
    message = "不是微信发来的消息，或已过期"


@dataclass(frozen=True, slots=True)
class Account:
    """What an account's developer page says: token, EncodingAESKey (43 characters) and appid."""

    token: str
    aes_key: str
    appid: str

    @property
    def key(self) -> bytes:
        return base64.b64decode(self.aes_key + "=")


def echo(query: Mapping[str, str], account: Account, *, now: datetime) -> str:
    """What the check of our address wants to hear. Raises `PushRefused`.

    The check comes once, when the address is entered; even in encrypted mode WeChat may send `echostr` as it is, signed
    by `signature` alone, so here, where nothing is stored, that is enough.
    """
    text = query.get("echostr", "")
    if "msg_signature" in query:
        _ensure_signed(query, "msg_signature", account, now, text)
        return _decrypted(text, account)
    _ensure_signed(query, "signature", account, now)
    return text


def opened(query: Mapping[str, str], body: bytes, account: Account, *, now: datetime) -> BaseMessage:
    """The message in a push, as wechatpy's object. Raises `PushRefused` for whatever is not WeChat's."""
    encrypt = _text_of(_parsed(body), "Encrypt")
    _ensure_signed(query, "msg_signature", account, now, encrypt)
    text = _decrypted(encrypt, account)
    fields = _parsed(text.encode())
    if not all(isinstance(fields.get(name), str) for name in ("MsgType", "FromUserName", "ToUserName", "CreateTime")):
        raise PushRefused()
    try:
        return parse_message(text)
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise PushRefused() from exc


def key_of(message: BaseMessage) -> str:
    """By which a repeat of this push is known (protocols/wechat.md 10.2)."""
    raw: dict[str, Any] = message._data
    if raw.get("MsgId"):
        return f"{raw['FromUserName']}:{raw['MsgId']}"[:128]
    return ":".join(str(raw.get(name) or "") for name in ("FromUserName", "CreateTime", "Event", "EventKey"))[:128]


def reply(message: BaseMessage, text: str, *, now: datetime) -> str:
    """A passive text answer as XML; `]]>` in the text does not end it."""
    safe = text.replace("]]>", "]]]]><![CDATA[>")
    return (
        f"<xml><ToUserName><![CDATA[{message.source}]]></ToUserName>"
        f"<FromUserName><![CDATA[{message.target}]]></FromUserName><CreateTime>{int(now.timestamp())}</CreateTime>"
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{safe}]]></Content></xml>"
    )


def sealed(xml: str, account: Account, *, nonce: str, now: datetime) -> str:
    """An answer as it travels: encrypted, and signed for this nonce."""
    encrypt = PrpCrypto(account.key).encrypt(xml, account.appid).decode()
    at = str(int(now.timestamp()))
    return (
        f"<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{_signature(account.token, at, nonce, encrypt)}]]></MsgSignature>"
        f"<TimeStamp>{at}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )


def _ensure_signed(
    query: Mapping[str, str],
    name: Literal["signature", "msg_signature"],
    account: Account,
    now: datetime,
    *signed: str,
) -> None:
    at, nonce = query.get("timestamp", ""), query.get("nonce", "")
    expected = _signature(account.token, at, nonce, *signed)
    if not account.token or not hmac.compare_digest(expected.encode(), query.get(name, "").encode()):
        raise PushRefused()
    if not (at.isascii() and at.isdigit()) or abs(now.timestamp() - int(at[:12])) > SKEW_S:
        raise PushRefused()


def _signature(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def _decrypted(text: str, account: Account) -> str:
    """Raises `PushRefused` for a wrong key, padding, length or appid, all in the same way."""
    try:
        raw: bytes = WeChatCipher(account.key).decrypt(base64.b64decode(text, validate=True))
        padding = raw[-1]
        if not 1 <= padding <= _BLOCK or raw[-padding:] != bytes([padding]) * padding:
            raise PushRefused()
        (length,) = struct.unpack(">I", raw[16:20])
        content = raw[20:-padding]
        if length > len(content) or not hmac.compare_digest(content[length:], account.appid.encode()):
            raise PushRefused()
        return content[:length].decode()
    except (ValueError, IndexError, struct.error) as exc:
        raise PushRefused() from exc


def _parsed(body: bytes) -> dict[str, Any]:
    """The fields of a flat document. Nothing but elements and CDATA: a document type could hold a bomb."""
    if len(body) > MAX_BODY or b"<!" in _CDATA.sub(b"", body):
        raise PushRefused()
    try:
        fields = xmltodict.parse(body, disable_entities=True)["xml"]
    except (ExpatError, ValueError, KeyError, TypeError) as exc:
        raise PushRefused() from exc
    if not isinstance(fields, dict):
        raise PushRefused()
    return fields


def _text_of(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise PushRefused()
    return value
