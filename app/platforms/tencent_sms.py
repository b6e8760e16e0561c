"""Text messages, by Tencent Cloud's SMS service: SendSms of 2021-01-11, signed by TC3-HMAC-SHA256.

The signature covers the body and two headers; the day in it is that of UTC.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from app import clock
from app.platforms.http import JSON, Answer, Outgoing, PlatformHttp
from app.platforms.sms import SmsRefused

SERVICE, SIGNED = "sms", "content-type;host"


class TencentSms:
    """The same as `app.platforms.sms.Sms`, over the other provider.

    Args:
        base_url: where `http` goes to; its host is part of the signature.
        app_id: SmsSdkAppId of the application in the console.
    """

    name = "tencent"

    def __init__(
        self, http: PlatformHttp, *, base_url: str, secret_id: str, secret_key: str, app_id: str, sign_name: str
    ) -> None:
        self._api = http
        self._host = urlsplit(base_url).netloc
        self._secret_id, self._secret_key = secret_id, secret_key
        self._app_id, self._sign_name = app_id, sign_name

    async def send(self, *, mobile: str, template: str, params: Mapping[str, str]) -> str:
        """Send one message of an approved template. Returns the service's receipt number.

        Args:
            mobile: eleven digits.
            params: the template's variables, in the order in which it numbers them.

        Raises `SmsRefused` or `PlatformUnavailable`; after the latter the message may have gone out all the same.
        """
        body = json.dumps(
            {
                "PhoneNumberSet": [f"+86{mobile}"],
                "SmsSdkAppId": self._app_id,
                "SignName": self._sign_name,
                "TemplateId": template,
                "TemplateParamSet": list(params.values()),
            },
            ensure_ascii=False,
        ).encode()
        now = clock.now().astimezone(UTC)
        signature = signed(body, host=self._host, secret=self._secret_key, service=SERVICE, now=now)
        headers = {
            "Authorization": (
                f"TC3-HMAC-SHA256 Credential={self._secret_id}/{now:%Y-%m-%d}/{SERVICE}/tc3_request, "
                f"SignedHeaders={SIGNED}, Signature={signature}"
            ),
            "X-TC-Action": "SendSms",
            "X-TC-Version": "2021-01-11",
            "X-TC-Region": "ap-guangzhou",
            "X-TC-Timestamp": str(int(now.timestamp())),
        }
        return await self._api.call(Outgoing("POST", "/", body=body, headers=headers), _receipt)

    async def close(self) -> None:
        await self._api.close()


def signed(body: bytes, *, host: str, secret: str, service: str, now: datetime) -> str:
    """TC3-HMAC-SHA256 over a POST of JSON to `/`, in hexadecimal."""
    day, scope = f"{now.astimezone(UTC):%Y-%m-%d}", f"{now.astimezone(UTC):%Y-%m-%d}/{service}/tc3_request"
    request = f"POST\n/\n\ncontent-type:{JSON}\nhost:{host}\n\n{SIGNED}\n{_sha256(body)}"
    text = f"TC3-HMAC-SHA256\n{int(now.timestamp())}\n{scope}\n{_sha256(request.encode())}"
    key = f"TC3{secret}".encode()
    for part in (day, service, "tc3_request", text):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return key.hex()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _receipt(answer: Answer) -> str:
    response: dict[str, Any] = answer.json().get("Response") or {}
    if error := response.get("Error"):
        raise SmsRefused(str(error.get("Code")), str(error.get("Message", "")))
    status = (response.get("SendStatusSet") or [{}])[0]
    if status.get("Code") != "Ok":
        raise SmsRefused(str(status.get("Code", "no code")), str(status.get("Message", "")))
    return str(status.get("SerialNo", ""))
