"""A stand-in for Tencent Cloud's SMS service: `POST /tencent-sms/`, TC3-HMAC-SHA256 checked by the manual and not with
the product's code.
"""

import hashlib
import hmac
import re
import time
import uuid
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic import json as json_answer

from tests.sandbox.messages import Messages, messages_of

KEYS = {"AKIDsandbox": "sandbox-tencent"}
SKEW_S = 300
_HEADER = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<day>[\d-]{10})/(?P<service>\w+)/tc3_request, "
    r"SignedHeaders=(?P<names>[a-z;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)


class Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.answer = {"Error": {"Code": code, "Message": message}}


class TencentSmsService:
    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def answer(self, request: Request) -> HTTPResponse:
        try:
            self._check_call(request)
            told = {"SendStatusSet": [self._send(number, request.json) for number in request.json["PhoneNumberSet"]]}
        except Refused as exc:
            told = exc.answer
        return json_answer({"Response": {**told, "RequestId": str(uuid.uuid4())}}, ensure_ascii=False)

    def _check_call(self, request: Request) -> None:
        if (request.headers.get("x-tc-action"), request.headers.get("x-tc-version")) != ("SendSms", "2021-01-11"):
            raise Refused("InvalidAction", "the action is unknown")
        stamp = request.headers.get("x-tc-timestamp", "")
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > SKEW_S:
            raise Refused("AuthFailure.SignatureExpire", "signature expired")
        found = _HEADER.fullmatch(request.headers.get("authorization", ""))
        if found is None or found["id"] not in KEYS:
            raise Refused("AuthFailure.SecretIdNotFound", "the SecretId is not found")
        if found["day"] != time.strftime("%Y-%m-%d", time.gmtime(int(stamp))):
            raise Refused("AuthFailure.SignatureFailure", "the day is not that of the timestamp")
        if not hmac.compare_digest(expected(request, found, KEYS[found["id"]]), found["signature"]):
            raise Refused("AuthFailure.SignatureFailure", "the provided credentials could not be validated")

    def _send(self, number: str, said: dict[str, Any]) -> dict[str, Any]:
        status = {"SerialNo": "", "PhoneNumber": number, "Fee": 0, "SessionContext": "", "IsoCode": "CN"}
        if not re.fullmatch(r"\+861[3-9]\d{9}", number, re.ASCII):
            return {**status, "Code": "InvalidParameterValue.IncorrectPhoneNumber", "Message": "wrong number"}
        self._messages.record(
            kind="sms", provider="tencent", to=number.removeprefix("+86"), title=f"短信 【{said['SignName']}】",
            template=said["TemplateId"], data={str(n): text for n, text in enumerate(said["TemplateParamSet"], 1)},
        )  # fmt: skip
        return {**status, "SerialNo": uuid.uuid4().hex, "Fee": 1, "Code": "Ok", "Message": "send success"}


def expected(request: Request, found: re.Match[str], secret: str) -> str:
    """What the signature has to be."""
    headers = "".join(f"{name}:{request.headers[name].strip().lower()}\n" for name in found["names"].split(";"))
    body = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join((request.method, "/", request.query_string, headers, found["names"], body))
    scope = f"{found['day']}/{found['service']}/tc3_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(("TC3-HMAC-SHA256", request.headers["x-tc-timestamp"], scope, hashed))
    key = b"TC3" + secret.encode()
    for part in (*scope.split("/"), text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def mount(app: Sanic) -> None:
    service = TencentSmsService(messages_of(app))

    @app.post("/tencent-sms/", name="tencent_sms")
    async def call(request: Request) -> HTTPResponse:
        return service.answer(request)
