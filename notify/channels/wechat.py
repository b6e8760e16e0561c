"""WeChat's subscribe messages to the mini-program (protocols/wechat.md 6)."""

from collections.abc import Collection, Mapping
from urllib.parse import quote

from app.citizens import queries as citizens
from app.citizens.models import Way
from app.platforms.wechat import WeChat
from app.platforms.wechat_errors import WeChatRefused
from notify.letters import Letter, NotTaken, Taken


class MiniProgram:
    """Notices in the citizen's list of service messages.

    Args:
        templates: our kind of notice to WeChat's template id.
        page: where a notice leads, as the mini-program knows it: its page with `{page}` where the quoted path of our
            own page goes. WeChat takes no other pages than those in the mini-program's app.json (41030).
    """

    name, title, needs_consent = "wechat", "微信小程序", True

    def __init__(self, wechat: WeChat, *, templates: Mapping[str, str], page: str) -> None:
        self._wechat = wechat
        self._templates = templates
        self._page = page

    def carries(self, kind: str) -> bool:
        return kind in self._templates

    async def addresses(self, citizen_ids: Collection[int]) -> dict[int, str]:
        return await citizens.addresses(Way.MINI_PROGRAM, citizen_ids)

    async def send(self, letter: Letter) -> Taken:
        page = self._page.replace("{page}", quote(letter.page, safe=""))
        try:
            number = await self._wechat.send_subscribe(
                openid=letter.to, template_id=self._templates[letter.kind], page=page, data=letter.data
            )
        except WeChatRefused as exc:
            raise NotTaken(exc.kind, f"微信返回 {exc.errcode}", wait_s=exc.wait_s) from exc
        return Taken((number or "")[:64])
