"""A stand-in for Aliyun's SMS service: RPC style 2017-05-25, signature 1.0, at `POST /` (GET is the phone page).

It checks the signature by the manual and not with the product's code.
"""

import base64
import hashlib
import hmac
import json
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_answer

from tests.sandbox.messages import Messages, messages_of

KEYS = {"sandbox": "sandbox-sms"}
NEEDED = ("Signature", "SignatureNonce", "Timestamp", "Version", "PhoneNumbers", "SignName", "TemplateCode")
SKEW = timedelta(minutes=15)


class Refused(Exception):
    def __init__(self, code: str, message: str, status: int = 200) -> None:
        super().__init__(code)
        self.answer = {"Code": code, "Message": message}
        self.status = status


class SmsService:
    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._nonces: set[str] = set()

    def answer(self, fields: dict[str, str]) -> HTTPResponse:
        request_id = {"RequestId": str(uuid.uuid4()).upper()}
        try:
            self._check_call(fields)
            return json_answer({**self._send(fields), **request_id}, ensure_ascii=False)
        except Refused as exc:
            return json_answer({**exc.answer, **request_id}, status=exc.status)

    def _check_call(self, fields: dict[str, str]) -> None:
        if fields.get("Action") != "SendSms":
            raise Refused("InvalidAction.NotFound", "Specified api is not found", 404)
        if missing := [name for name in NEEDED if not fields.get(name)]:
            raise Refused(f"Missing{missing[0]}", f"{missing[0]} is mandatory for this action.", 400)
        secret = KEYS.get(fields.get("AccessKeyId", ""))
        if secret is None:
            raise Refused("InvalidAccessKeyId.NotFound", "Specified access key is not found.", 404)
        if not hmac.compare_digest(fields["Signature"].encode(), expected_signature(fields, secret).encode()):
            raise Refused("SignatureDoesNotMatch", "Specified signature is not matched.", 400)
        self._check_fresh(fields)

    def _check_fresh(self, fields: dict[str, str]) -> None:
        if not _is_recent(fields["Timestamp"]):
            raise Refused("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.", 400)
        if fields["SignatureNonce"] in self._nonces:
            raise Refused("SignatureNonceUsed", "Specified signature nonce was used already.", 400)
        self._nonces.add(fields["SignatureNonce"])

    def _send(self, fields: dict[str, str]) -> dict[str, Any]:
        to = fields["PhoneNumbers"]
        if not re.fullmatch(r"(?:\+?86)?1[3-9]\d{9}", to, re.ASCII):
            raise Refused("isv.MOBILE_NUMBER_ILLEGAL", f"{to} invalid mobile number")
        try:
            params = json.loads(fields.get("TemplateParam") or "{}")
        except ValueError:
            raise Refused("isv.INVALID_JSON_PARAM", "TemplateParam is no JSON") from None
        title = f"短信 【{fields['SignName']}】"
        self._messages.record(kind="sms", to=to, title=title, template=fields["TemplateCode"], data=params)
        return {"Code": "OK", "Message": "OK", "BizId": str(uuid.uuid4().int)[:20]}


def expected_signature(fields: dict[str, str], secret: str) -> str:
    """POST, the path and the sorted query, each percent-encoded by RFC 3986, under HMAC-SHA1."""
    pairs = sorted((name, value) for name, value in fields.items() if name != "Signature")
    query = "&".join(f"{_percent(name)}={_percent(value)}" for name, value in pairs)
    digest = hmac.digest(f"{secret}&".encode(), f"POST&{_percent('/')}&{_percent(query)}".encode(), hashlib.sha1)
    return base64.b64encode(digest).decode()


def _percent(text: str) -> str:
    return quote_plus(text).replace("+", "%20").replace("*", "%2A").replace("%7E", "~")


def _is_recent(stamp: str) -> bool:
    try:
        at = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs(datetime.now(UTC) - at) < SKEW


def mount(app: Sanic) -> None:
    service = SmsService(messages_of(app))

    @app.post("/", name="sms")
    async def rpc(request: Request) -> HTTPResponse:
        body = parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True)
        return service.answer({**dict(parse_qsl(request.query_string, keep_blank_values=True)), **dict(body)})
