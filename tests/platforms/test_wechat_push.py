"""Encrypted pushes of WeChat, against an implementation of our own of WeChat's side and the official vectors."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.platforms import wechat_push
from app.platforms.wechat_push import Account, PushRefused
from tests.sandbox.wxbizmsgcrypt import Crypt

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
HUAINAN = ("t0ken", KEY, "wx7d5b9f2c6a1e8430")
OURS, WECHAT = Account(*HUAINAN), Crypt(*HUAINAN)
OFFICIAL = ("AAAAA", "A" * 43, "wxba5fad812f8e6fb9")  # protocols/wechat.md 10.3
AT = 1_795_600_000
NOW = datetime.fromtimestamp(AT, UTC)
TEXT = (
    "<xml><ToUserName><![CDATA[gh_hn]]></ToUserName><FromUserName><![CDATA[o-zhang]]></FromUserName>"
    f"<CreateTime>{AT}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{{}}]]></Content>"
    "<MsgId>23456789012345678</MsgId></xml>"
)

WRITTEN = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


def opened(query: dict[str, str], body: bytes) -> Any:
    return wechat_push.opened(query, body, OURS, now=NOW)


@given(WRITTEN.filter(lambda text: text.strip() and "]]>" not in text))
def test_what_somebody_writes_arrives_as_it_was(text: str) -> None:
    message = opened(*WECHAT.push(TEXT.replace("{}", text), at=AT))
    assert (message.type, message.source, message.content) == ("text", "o-zhang", text.strip())
    assert wechat_push.key_of(message) == "o-zhang:23456789012345678"


@given(WRITTEN)
def test_what_we_answer_can_be_read_by_wechat(text: str) -> None:
    message = opened(*WECHAT.push(TEXT.replace("{}", "在吗"), at=AT))
    sealed = wechat_push.sealed(wechat_push.reply(message, text, now=NOW), OURS, nonce="17", now=NOW)
    assert WECHAT.answer(sealed) == {
        "ToUserName": "o-zhang", "FromUserName": "gh_hn", "CreateTime": str(AT), "MsgType": "text", "Content": text,
    }  # fmt: skip


def test_the_official_vectors_hold() -> None:
    crypt = Crypt(*OFFICIAL)
    assert crypt.signature("1714036504", "1514711492") == "f464b24fc39322e44b38aa78f5edd27bd1441696"
    encrypted = crypt.encrypt('{"demo_resp":"good luck"}', random=b"707722b803182950")
    assert encrypted == ("ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==")
    assert crypt.signature("1713424427", "415670741", encrypted) == "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
    query = {"timestamp": "1714036504", "nonce": "1514711492", "echostr": "4375120948345356249"}
    query["signature"] = "f464b24fc39322e44b38aa78f5edd27bd1441696"
    at = datetime.fromtimestamp(1_714_036_504, UTC)
    assert wechat_push.echo(query, Account(*OFFICIAL), now=at) == "4375120948345356249"


def test_an_encrypted_check_of_our_address_is_answered_with_the_plain_text() -> None:
    encrypted = WECHAT.encrypt("1616140317555161061")
    query = {"timestamp": str(AT), "nonce": "n", "echostr": encrypted}
    query["msg_signature"] = WECHAT.signature(str(AT), "n", encrypted)
    assert wechat_push.echo(query, OURS, now=NOW) == "1616140317555161061"


GOOD_QUERY, GOOD_BODY = WECHAT.push(TEXT.replace("{}", "在吗"), at=AT)
ANOTHERS = Crypt("t0ken", KEY, "wx0000000000000000")
BOMB = '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]>'


def pushed(xml: str, crypt: Crypt = WECHAT) -> tuple[dict[str, str], bytes]:
    return crypt.push(xml, at=AT)


def badly_padded(padding: bytes) -> tuple[dict[str, str], bytes]:
    encrypted = WECHAT.encrypt("x" * 15, padding=padding)  # 16 + 4 + 15 + 18 = 53: 11 are missing
    query = {"timestamp": str(AT), "nonce": "n", "msg_signature": WECHAT.signature(str(AT), "n", encrypted)}
    return query, f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()


REFUSED = {
    "plain mode": (GOOD_QUERY, TEXT.encode()),
    "no signature of the message": ({k: v for k, v in GOOD_QUERY.items() if k != "msg_signature"}, GOOD_BODY),
    "another's signature": ({**GOOD_QUERY, "msg_signature": "0" * 40}, GOOD_BODY),
    "a signature that is no ASCII": ({**GOOD_QUERY, "msg_signature": "签"}, GOOD_BODY),
    "an altered body": (GOOD_QUERY, GOOD_BODY.replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[A")),
    "another account": pushed(TEXT, ANOTHERS),
    "another nonce": ({**GOOD_QUERY, "nonce": "other"}, GOOD_BODY),
    "six minutes old": WECHAT.push(TEXT, at=AT - 360),
    "six minutes ahead": WECHAT.push(TEXT, at=AT + 360),
    "padding of zeros": badly_padded(b"\0" * 11),
    "padding of other bytes": badly_padded(b"\1" * 10 + b"\x0b"),
    "a document type outside": (GOOD_QUERY, BOMB.encode() + GOOD_BODY),
    "a document type inside": pushed(BOMB + TEXT),
    "an external entity inside": pushed('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + TEXT),
    "too big": (GOOD_QUERY, GOOD_BODY + b" " * 65536),
    "no XML": (GOOD_QUERY, b"\xff\xfe{}"),
    "nothing": (GOOD_QUERY, b""),
    "no XML inside": pushed("hello"),
    "no fields inside": pushed("<xml/>"),
    "fields twice inside": pushed(TEXT.replace("<MsgType>", "<MsgType>text</MsgType><MsgType>")),
}


@pytest.mark.parametrize(("query", "body"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_wechats_is_refused(query: dict[str, str], body: bytes) -> None:
    with pytest.raises(PushRefused):
        opened(query, body)


def test_an_account_without_a_token_takes_nothing() -> None:
    nobody = ("", KEY, "wx7d5b9f2c6a1e8430")
    with pytest.raises(PushRefused):
        wechat_push.opened(*Crypt(*nobody).push(TEXT, at=AT), Account(*nobody), now=NOW)


def test_an_unknown_kind_of_message_is_a_message_all_the_same() -> None:
    message = opened(*pushed(TEXT.replace("<![CDATA[text]]></MsgType>", "<![CDATA[hologram]]></MsgType>")))
    assert (message.type, message.source) == ("unknown", "o-zhang")


def test_an_event_is_known_by_who_when_and_what() -> None:
    event = TEXT.replace("<![CDATA[text]]></MsgType>", "<![CDATA[event]]></MsgType><Event>SCAN</Event>")
    event = event.replace("<MsgId>23456789012345678</MsgId>", "<EventKey>7</EventKey>")
    assert wechat_push.key_of(opened(*pushed(event))) == f"o-zhang:{AT}:SCAN:7"
