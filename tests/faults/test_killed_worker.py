"""A worker killed with SIGKILL in the middle of relaying and sending loses nothing and doubles nothing."""

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sanic import HTTPResponse, Request, Sanic

from app import clock
from app.booking.events import SlotBooked
from app.citizens.models import Identity, Way
from app.outbox import Delivery, record
from notify import actions
from notify.models import Allowance, Dispatch, Notice
from tests.booking.town import HALL, make_hall, make_matter
from tests.marks import on_mariadb
from tests.running import serving, until
from tests.sandbox.messages import Messages, messages_of
from tests.sandbox.wechat import mount as mount_wechat
from tests.sandbox.wechat_state import ACCOUNTS, MINI_PROGRAM, State

CITIZENS, KILLS = 300, 5
SEND = "/cgi-bin/message/subscribe/send"
TEMPLATE = "TPL_BOOKED"


@dataclass
class SlowWeChat:
    """A WeChat that takes its time both before a message counts and before it answers.

    `unheard`: calls cut off before the message counted; `unanswered`: after it. `repeated`: who was to be sent the
    message a second time.
    """

    url: str
    state: State
    messages: Messages
    cut: Counter[str] = field(default_factory=Counter)
    repeated: set[str] = field(default_factory=set)

    def has_reached(self, openid: str) -> bool:
        return any(message["openid"] == openid for message in self.messages.all)

    async def wait(self, request: Request, name: str) -> None:
        if request.path == SEND:
            try:
                await asyncio.sleep(random.uniform(0.05, 0.25))
            except asyncio.CancelledError:
                self.cut[name] += 1
                raise


@pytest.fixture
async def wechat() -> AsyncIterator[SlowWeChat]:
    sandbox = Sanic("sandbox", configure_logging=False)
    sandbox.config.AUTO_EXTEND = False
    slow = SlowWeChat("", mount_wechat(sandbox), messages_of(sandbox))

    @sandbox.on_request
    async def before(request: Request) -> None:
        await slow.wait(request, "unheard")
        if request.path == SEND and slow.has_reached(request.json["touser"]):
            slow.repeated.add(request.json["touser"])

    @sandbox.on_response
    async def after(request: Request, response: HTTPResponse) -> None:
        await slow.wait(request, "unanswered")

    async with serving(sandbox) as slow.url:
        yield slow


def start_worker(db: str, keys_file: Path, wechat: SlowWeChat) -> subprocess.Popen[bytes]:
    settings = {
        "DATABASE_URL": db,
        "KEYS_FILE": str(keys_file),
        "WECHAT__BASE_URL": wechat.url,
        "WECHAT__APPID": MINI_PROGRAM,
        "WECHAT__SECRET": ACCOUNTS[MINI_PROGRAM],
        "WECHAT__TEMPLATES": f'{{"booked": "{TEMPLATE}"}}',
    }
    return subprocess.Popen(
        [sys.executable, "-m", "app", "worker"],
        env={"PATH": os.environ["PATH"], **{f"ZHANGBAN_{name}": value for name, value in settings.items()}},
        stderr=subprocess.DEVNULL,
    )


async def make_bookings(wechat: SlowWeChat) -> None:
    """Everybody has booked and allowed one message; nothing is relayed yet."""
    await make_hall()
    await make_matter("ID")
    now = clock.now()
    for citizen_id in range(1, CITIZENS + 1):
        openid = wechat.state.openid(f"c{citizen_id}")
        wechat.state.grant(openid=openid, template_id=TEMPLATE)
        await Identity.create(channel=Way.MINI_PROGRAM, external_id=openid, citizen_id=citizen_id, proven_at=now)
        await actions.note_answers(citizen_id=citizen_id, answers={"booked": "accept"})
        starts_at = now + timedelta(days=2)
        await record(
            SlotBooked(
                occurred_at=now, booking_id=citizen_id, booking_number=f"B{citizen_id:015}", citizen_id=citizen_id,
                hall_code=HALL, group_code="HZ", matter_codes=["ID"], starts_at=starts_at, ends_at=starts_at,
            )
        )  # fmt: skip


@on_mariadb
async def test_a_worker_killed_again_and_again_sends_each_notice_exactly_once(
    db: str, keys_file: Path, wechat: SlowWeChat
) -> None:
    await make_bookings(wechat)
    for kill in range(1, KILLS + 1):
        worker = start_worker(db, keys_file, wechat)
        await until(lambda so_far=kill * 30: len(wechat.messages.all) >= so_far, seconds=60)
        worker.kill()
        worker.wait()
    worker = start_worker(db, keys_file, wechat)
    await until(lambda: _all_final(), seconds=90)
    worker.terminate()
    assert worker.wait(timeout=20) == 0
    arrived = Counter(message["openid"] for message in wechat.messages.all)
    assert arrived == {wechat.state.openid(f"c{citizen_id}"): 1 for citizen_id in range(1, CITIZENS + 1)}
    assert await Notice.all().count() == await Delivery.filter(state="done").count() == CITIZENS
    assert await Dispatch.filter(state="sent").count() == CITIZENS
    assert await Allowance.filter(credits=0).count() == CITIZENS
    # The kills did hit calls under way. Every message whose answer was lost, on the way or already in the dead
    # worker's hands, was tried again, refused by WeChat, and recognised as delivered.
    assert wechat.cut["unheard"] > 0 and wechat.cut["unanswered"] > 0
    assert await Dispatch.filter(reason="此前已送达").count() == len(wechat.repeated) > 0


async def _all_final() -> bool:
    return await Dispatch.filter(final_at__not_isnull=True).count() == CITIZENS
