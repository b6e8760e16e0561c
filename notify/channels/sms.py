"""Text messages to the mobile that a citizen has proven."""

from collections.abc import Collection, Mapping

from app.citizens import queries as citizens
from app.platforms.sms import Sms, SmsRefused
from app.platforms.wechat_errors import Kind
from notify.letters import Letter, NotTaken

# Aliyun's codes that pass by themselves, that speak of the number, and that somebody must mend in the set-up.
_BUSY = ("isv.BUSINESS_LIMIT_CONTROL", "isp.SYSTEM_ERROR", "isp.RAM_PERMISSION_DENY", "Throttling.User")
_WRONG_NUMBER = ("isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT")
_SET_UP = ("isv.OUT_OF_SERVICE", "isv.AMOUNT_NOT_ENOUGH", "isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_TEMPLATE_ILLEGAL")


class TextMessage:
    """Args: templates: our kind of notice to the provider's approved template."""

    name, title, needs_consent = "sms", "短信", False

    def __init__(self, sms: Sms, *, templates: Mapping[str, str]) -> None:
        self._sms = sms
        self._templates = templates

    def carries(self, kind: str) -> bool:
        return kind in self._templates

    async def addresses(self, citizen_ids: Collection[int]) -> dict[int, str]:
        return await citizens.proven_mobiles(citizen_ids)

    async def send(self, letter: Letter) -> str:
        try:
            return await self._sms.send(mobile=letter.to, template=self._templates[letter.kind], params=letter.data)
        except SmsRefused as exc:
            raise NotTaken(_kind(exc.code), f"短信服务返回 {exc.code}", wait_s=60) from exc


def _kind(code: str) -> Kind:
    if code in _BUSY:
        return Kind.RETRY
    if code in _WRONG_NUMBER:
        return Kind.UNREACHABLE
    return Kind.CONFIGURATION if code in _SET_UP else Kind.FINAL
