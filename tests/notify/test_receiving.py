"""Receipts as the platforms bring them: WeChat by its push, the text-message services at an address with a secret."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from app import clock, outbox
from app.server import make_outbox
from notify.models import Dispatch, Notice, Receipt
from tests.city import RECEIPTS, Doors
from tests.notify.test_notices import VALUES
from tests.sandbox.wechat_chat import OURS
from tests.sandbox.wechat_state import MINI_PROGRAM

ALIYUN = {"phone_number": "13800000001", "biz_id": "77", "success": True, "err_code": "DELIVERED"}
TENCENT = {"mobile": "13800000001", "sid": "77", "report_status": "FAIL", "errmsg": "MK:0001", "nationcode": "86"}


async def taken(channel: str, number: str) -> Dispatch:
    """A message that a platform has taken."""
    now = clock.now()
    notice = await Notice.create(
        code=number[:16], key=number, citizen_id=1, kind="booked", words="booked", values=VALUES, title="预约成功",
        body="", page="/h5/", created_at=now,
    )  # fmt: skip
    row = await Dispatch.create(
        notice_id=notice.id, channel=channel, citizen_id=1, kind="booked", data={}, state="sent", next_try_at=now,
        final_at=now,
    )  # fmt: skip
    await Receipt.create(
        channel=channel, number=number, dispatch_id=row.id, sent_at=now, due_at=now + timedelta(hours=72)
    )
    return row


async def state(row: Dispatch) -> tuple[str, str]:
    """After the worker has taken in what was brought."""
    await make_outbox().relay(clock.now())
    fresh = await Dispatch.get(id=row.id)
    return fresh.state, fresh.reason


async def bring(doors: Doors, path: str, body: Any) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as http, http.post(f"{doors.product}{path}", json=body) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("service", "body", "said", "then"),
    [
        ("aliyun", ALIYUN, {"code": 0, "msg": "成功"}, ("arrived", "")),
        ("aliyun", ALIYUN | {"success": False, "err_code": "MK:0010"}, {"code": 0, "msg": "成功"},
         ("failed", "短信回执 MK:0010")),
        ("tencent", TENCENT, {"result": 0, "errmsg": "OK"}, ("failed", "短信回执 MK:0001")),
        ("tencent", TENCENT | {"report_status": "SUCCESS"}, {"result": 0, "errmsg": "OK"}, ("arrived", "")),
    ],
)  # fmt: skip
async def test_a_service_says_how_it_went(
    doors: Doors, service: str, body: dict[str, Any], said: dict[str, Any], then: tuple[str, str]
) -> None:
    row = await taken("sms", f"{service}:77")
    assert await bring(doors, f"/sms/receipts/{RECEIPTS}/{service}", [body, {"unknown": "shape"}]) == (200, said)
    assert await state(row) == then


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/sms/receipts/{RECEIPTS}x/aliyun", [ALIYUN], 404),
        (f"/sms/receipts/{RECEIPTS}/nobody", [ALIYUN], 404),
        (f"/sms/receipts/{RECEIPTS}/aliyun", ALIYUN, 422),
        (f"/sms/receipts/{RECEIPTS}/aliyun", [1], 422),
        (f"/sms/receipts/{RECEIPTS}/aliyun", [ALIYUN] * 501, 422),
    ],
)
async def test_what_is_no_receipt_is_refused_and_kept_nowhere(doors: Doors, path: str, body: Any, status: int) -> None:
    row = await taken("sms", "aliyun:77")
    assert (await bring(doors, path, body))[0] == status
    assert await state(row) == ("sent", "")
    assert not await outbox.RecordedEvent.filter(name="platform.receipt").exists()


@pytest.mark.parametrize("entries", [1, 2])
async def test_wechat_says_how_it_went_one_by_one_or_several_at_once(doors: Doors, entries: int) -> None:
    rows = [await taken("wechat", f"40000{n}") for n in range(entries)]
    listed = "".join(
        f"<List><TemplateId>T</TemplateId><MsgID>40000{n}</MsgID><ErrorCode>{n}</ErrorCode>"
        f"<ErrorStatus>{'reject' if n else 'success'}</ErrorStatus></List>"
        for n in range(entries)
    )
    at = int(clock.now().timestamp())
    xml = (
        f"<xml><ToUserName>gh_hn</ToUserName><FromUserName>o1</FromUserName><CreateTime>{at}</CreateTime>"
        f"<MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event>"
        f"<SubscribeMsgSentEvent>{listed}</SubscribeMsgSentEvent></xml>"
    )
    query, body = OURS[MINI_PROGRAM].push(xml, at=at)
    url = f"{doors.product}/wechat/callback/mini"
    async with aiohttp.ClientSession() as http, http.post(url, params=query, data=body) as answer:
        assert (answer.status, await answer.text()) == (200, "success")
    assert [await state(row) for row in rows] == [("arrived", ""), ("failed", "微信回执 1 reject")][:entries]
