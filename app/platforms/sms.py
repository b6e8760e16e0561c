"""Text messages, by Aliyun's SMS service: RPC style, version 2017-05-25, signature 1.0 (HMAC-SHA1).

Everything travels in the body of a POST, so no mobile and no code stands in an address.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC
from typing import Any
from urllib.parse import quote

from app import clock
from app.platforms.http import FORM, Answer, Outgoing, PlatformHttp, PlatformRefused


class SmsRefused(PlatformRefused):
    """The SMS service answered with a code other than OK."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code

    @property
    def outcome(self) -> str:  # type: ignore[override]
        return f"refused {self.code}"


class Sms:
    """The way to send a text message."""

    def __init__(self, http: PlatformHttp, *, access_key_id: str, access_key_secret: str, sign_name: str) -> None:
        self._api = http
        self._access_key_id, self._access_key_secret = access_key_id, access_key_secret
        self._sign_name = sign_name

    async def send(self, *, mobile: str, template: str, params: Mapping[str, str]) -> str:
        """Send one message of an approved template. Returns the service's receipt number.

        Args:
            mobile: eleven digits.
            params: the template's variables.

        Raises `SmsRefused` or `PlatformUnavailable`; after the latter the message may have gone out all the same.
        """
        fields = self._common() | {
            "Action": "SendSms",
            "PhoneNumbers": mobile,
            "SignName": self._sign_name,
            "TemplateCode": template,
            "TemplateParam": json.dumps(params, ensure_ascii=False),
        }
        fields["Signature"] = signature("POST", fields, self._access_key_secret)
        return await self._api.call(
            Outgoing("POST", "/", body=_canonical(fields).encode(), content_type=FORM), _receipt
        )

    async def close(self) -> None:
        await self._api.close()

    def _common(self) -> dict[str, str]:
        return {
            "AccessKeyId": self._access_key_id,
            "Format": "JSON",
            "RegionId": "cn-hangzhou",
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": secrets.token_hex(16),
            "SignatureVersion": "1.0",
            "Timestamp": clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Version": "2017-05-25",
        }


def signature(method: str, fields: Mapping[str, str], secret: str) -> str:
    """Aliyun's RPC signature 1.0 over all fields but `Signature` itself."""
    text = f"{method}&%2F&{_encoded(_canonical(fields))}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()


def _canonical(fields: Mapping[str, str]) -> str:
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(fields.items()))


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _receipt(answer: Answer) -> str:
    content: dict[str, Any] = answer.json()
    code = str(content.get("Code", "no code"))
    if code != "OK":
        raise SmsRefused(code, str(content.get("Message", "")))
    return str(content.get("BizId", ""))
