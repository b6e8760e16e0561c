"""The stand-ins on a loopback port, and clients that call them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from sanic import Sanic

from app.platforms.http import PlatformHttp
from app.platforms.sms import Sms
from app.platforms.tencent_sms import TencentSms
from app.platforms.wechat import WeChat
from tests.running import serving
from tests.sandbox.faults import Faults
from tests.sandbox.messages import Messages, messages_of
from tests.sandbox.sms import mount as mount_sms
from tests.sandbox.tencent_sms import mount as mount_tencent_sms
from tests.sandbox.wechat import mount as mount_wechat
from tests.sandbox.wechat_state import ACCOUNTS, MINI_PROGRAM, OFFICIAL_ACCOUNT, State


@dataclass
class Platforms:
    """`state`, `messages` and `faults` are the stand-in's own."""

    url: str
    state: State
    messages: Messages
    faults: Faults
    opened: list[WeChat | Sms | TencentSms] = field(default_factory=list)

    def wechat(self, *, secret: str = ACCOUNTS[MINI_PROGRAM]) -> WeChat:
        """A client as one process has it: with its own connections and its own memory."""
        client = WeChat(
            PlatformHttp(self.url, name="wechat"),
            appid=MINI_PROGRAM,
            secret=secret,
            oa_appid=OFFICIAL_ACCOUNT,
            oa_secret=ACCOUNTS[OFFICIAL_ACCOUNT],
        )
        self.opened.append(client)
        return client

    def sms(self, *, secret: str = "sandbox-sms") -> Sms:
        http = PlatformHttp(self.url, name="sms")
        client = Sms(http, access_key_id="sandbox", access_key_secret=secret, sign_name="淮南政务服务")
        self.opened.append(client)
        return client

    def tencent_sms(self, *, secret: str = "sandbox-tencent") -> TencentSms:
        base_url = f"{self.url}/tencent-sms"
        client = TencentSms(
            PlatformHttp(base_url, name="tencent sms"), base_url=base_url, secret_id="AKIDsandbox", secret_key=secret,
            app_id="1400000000", sign_name="淮南政务服务",
        )  # fmt: skip
        self.opened.append(client)
        return client


@pytest.fixture
async def platforms(db: str) -> AsyncIterator[Platforms]:
    sandbox = Sanic("sandbox", configure_logging=False)
    sandbox.config.AUTO_EXTEND = False
    state = mount_wechat(sandbox)
    mount_sms(sandbox)
    mount_tencent_sms(sandbox)
    async with serving(sandbox) as url:
        held = Platforms(url, state, messages_of(sandbox), sandbox.ctx.faults)
        yield held
        for client in held.opened:
            await client.close()


@pytest.fixture
def wechat(platforms: Platforms) -> WeChat:
    return platforms.wechat()


@pytest.fixture
def state(platforms: Platforms) -> State:
    return platforms.state
