"""Text messages to the mobile that a citizen has proven, over one of two services."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from app.citizens import queries as citizens
from app.platforms.sms import SmsRefused
from app.platforms.wechat_errors import Kind
from notify import providers
from notify.letters import Letter, NotTaken, Taken

# Codes that pass by themselves, that speak of the number, and that somebody must mend in the set-up.
_BUSY = (
    "isv.BUSINESS_LIMIT_CONTROL", "isp.SYSTEM_ERROR", "Throttling.User", "InternalError", "RequestLimitExceeded",
    "LimitExceeded.PhoneNumberThirtySecondLimit", "LimitExceeded.PhoneNumberOneHourLimit",
)  # fmt: skip
_WRONG_NUMBER = (
    "isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT", "InvalidParameterValue.IncorrectPhoneNumber",
    "FailedOperation.PhoneNumberInBlacklist",
)  # fmt: skip
_SET_UP = ("isv.OUT_OF_SERVICE", "isv.AMOUNT_NOT_ENOUGH", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_TEMPLATE_ILLEGAL")
_SET_UP_OF = (
    "AuthFailure.",
    "FailedOperation.InsufficientBalance",
    "FailedOperation.Signature",
    "UnauthorizedOperation",
)


class Client(Protocol):
    async def send(self, *, mobile: str, template: str, params: Mapping[str, str]) -> str: ...


@dataclass(frozen=True, slots=True)
class Service:
    """A text-message service, and its approved templates by our kinds."""

    client: Client
    templates: Mapping[str, str]


class TextMessage:
    """Args: services: by name; which of them sends is `providers`' matter."""

    name, title, needs_consent = "sms", "短信", False

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._services = dict(services)

    def carries(self, kind: str) -> bool:
        return any(kind in service.templates for service in self._services.values())

    async def addresses(self, citizen_ids: Collection[int]) -> dict[int, str]:
        return await citizens.proven_mobiles(citizen_ids)

    async def send(self, letter: Letter) -> Taken:
        able = [name for name, service in self._services.items() if letter.kind in service.templates]
        name = await providers.pick(able)
        service = self._services[name]
        try:
            number = await service.client.send(
                mobile=letter.to, template=service.templates[letter.kind], params=letter.data
            )
        except SmsRefused as exc:
            raise NotTaken(_kind(exc.code), f"短信服务返回 {exc.code}", wait_s=60) from exc
        return Taken(f"{name}:{number}"[:64] if number else "", name)


def _kind(code: str) -> Kind:
    if code in _BUSY:
        return Kind.RETRY
    if code in _WRONG_NUMBER:
        return Kind.UNREACHABLE
    return Kind.CONFIGURATION if code in _SET_UP or code.startswith(_SET_UP_OF) else Kind.FINAL
