"""An old man waits in the hall, his daughter at home: both phones get the same pushes (features.md D9, D11)."""

from typing import Any

import aiohttp
import pytest

from app import clock, codes
from app.queue import companions
from app.queue.models import Ticket
from app.queue.viewing import Viewer
from tests.city import Doors
from tests.h5.waiting import COUNTER, SECOND, call, signed_in, take_number
from tests.running import until

KINDS = {"turn_near": "TPL_NEAR", "called": "TPL_CALLED"}
pytestmark = pytest.mark.usefixtures("mid_morning")


async def phone_of(http: aiohttp.ClientSession, doors: Doors, name: str) -> int:
    """Sign in with the mini-program and allow the notices its sheet asks for with a number in the hall."""
    answer = await http.post(f"{doors.product}/api/v1/sessions", json={"channel": "wechat", "code": f"demo-{name}"})
    headers = {"authorization": f"Bearer {(await answer.json())['token']}"}
    asked = await http.get(f"{doors.product}/api/v1/subscriptions?moment=arrival", headers=headers)
    sheet = [item["kind"] for item in (await asked.json())["items"]]
    assert sheet == ["turn_near", "called", "result_ready"]
    for template in KINDS.values():
        await http.post(f"{doors.phone}/_control/grant", json={"name": name, "templateId": template, "n": 1})
    answers = {template: "accept" for template in KINDS.values()}
    await http.post(f"{doors.product}/api/v1/subscriptions", json={"answers": answers}, headers=headers)
    return await signed_in()


async def test_the_bound_phone_receives_the_same_push(doors: Doors) -> None:
    async with aiohttp.ClientSession() as http:
        old, daughter = [await phone_of(http, doors, name) for name in ("zhang", "li")]
        mine = await take_number(citizen_id=old, ahead=4)
        invitation = await companions.invite(ticket_code=mine.code, viewer=Viewer(citizen_id=old), now=clock.now())
        await companions.join(text=codes.issue(invitation), citizen_id=daughter, now=clock.now())

        async def arrived(template: str) -> list[tuple[str, dict[str, str]]]:
            got: list[dict[str, Any]] = (await (await http.get(f"{doors.phone}/_control/messages")).json())["items"]
            return sorted(
                (message["name"], {field: content["value"] for field, content in message["data"].items()})
                for message in got
                if message["template_id"] == template
            )

        async def both(template: str) -> bool:
            return len(await arrived(template)) == 2

        await call(COUNTER)
        await until(lambda: both(KINDS["turn_near"]))
        near = {
            "character_string1": mine.number, "thing2": "前面还有 3 人", "thing3": "淮南市政务服务中心",
            "thing4": "请回到等候区留意叫号",
        }  # fmt: skip
        assert await arrived(KINDS["turn_near"]) == [("li", near), ("zhang", near)]
        await Ticket.filter(id=mine.id).update(lane="priority")
        await call(SECOND)
        await until(lambda: both(KINDS["called"]))
        assert {data["thing2"] for _, data in await arrived(KINDS["called"])} == {"B02窗口"}
        assert await both(KINDS["turn_near"])  # no second one
