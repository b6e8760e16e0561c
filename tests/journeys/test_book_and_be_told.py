"""A citizen finds a matter on the phone, books, is told by WeChat, and sees it in the H5 pages as well."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from openapi_spec_validator import validate
from sanic import Sanic

from app import clock
from app.http.session import open_session
from app.ids import new_code
from app.outbox import RecordedEvent
from app.pickup.models import Pickup
from app.sealing import seal
from app.server import SEEDS, create_app
from app.settings import Settings
from tests.databases import Databases
from tests.factories import make_citizen
from tests.running import serving, until
from tests.sandbox.messages import Messages, messages_of
from tests.sandbox.sms import mount as mount_sms
from tests.sandbox.wechat import mount as mount_wechat
from tests.sandbox.wechat_state import ACCOUNTS, MINI_PROGRAM, OFFICIAL_ACCOUNT, State

CITY = Path(__file__).parent.parent.parent / "app" / "cities" / "huainan"


@pytest.fixture
async def stand_in() -> AsyncIterator[tuple[str, State, Messages]]:
    sandbox = Sanic("sandbox", configure_logging=False)
    sandbox.config.AUTO_EXTEND = False
    state = mount_wechat(sandbox)
    mount_sms(sandbox)
    async with serving(sandbox) as url:
        yield url, state, messages_of(sandbox)


@pytest.fixture
async def site(
    db: str, databases: Databases, keys_file: Path, stand_in: tuple[str, State, Messages]
) -> AsyncIterator[str]:
    url, _, _ = stand_in
    for load in SEEDS.values():
        await load(folder=CITY, now=clock.now())
    settings = Settings(
        database_url=db,
        keys_file=keys_file,
        wechat={
            "base_url": url,
            "oauth_url": url,
            "appid": MINI_PROGRAM,
            "secret": ACCOUNTS[MINI_PROGRAM],
            "oa_appid": OFFICIAL_ACCOUNT,
            "oa_secret": ACCOUNTS[OFFICIAL_ACCOUNT],
            "templates": {"booked": "TPL_BOOKED"},
        },
        sms={"base_url": url},
    )
    await databases.close()
    async with serving(create_app(settings)) as address:
        yield address
    await databases.use(db)


async def test_from_search_to_the_push(site: str, stand_in: tuple[str, State, Messages]) -> None:
    _, state, messages = stand_in
    async with aiohttp.ClientSession(f"{site}/api/v1/") as http:
        found = await (await http.get("matters", params={"q": "身份证换领"})).json()
        code = found["items"][0]["code"]
        assert code == "HN-GA-002"
        answer = await http.post("sessions", json={"channel": "wechat", "code": "demo-zhang"})
        assert answer.status == 201
        http.headers["authorization"] = f"Bearer {(await answer.json())['token']}"
        text = await (await http.get("consents/current")).json()
        await http.post("consents", json={"version": text["version"]})
        state.grant(openid=state.openid("zhang"), template_id="TPL_BOOKED", n=1)
        await http.post("subscriptions", json={"answers": {"TPL_BOOKED": "accept"}})
        days = await (await http.get("halls/HALL-SZ/days", params={"matter": code})).json()
        day = next(item for item in days["items"] if item["left"] > 0 and item["date"] > str(clock.now().date()))
        slots = await (await http.get("halls/HALL-SZ/slots", params={"matter": code, "date": day["date"]})).json()
        contact = {"contactName": "张三", "contactMobile": "13800000001"}
        body = {"slotId": slots["items"][0]["id"], "matterCode": code, **contact}
        first = await http.post("bookings", json=body, headers={"idempotency-key": "a-key-of-mine"})
        again = await http.post("bookings", json=body, headers={"idempotency-key": "a-key-of-mine"})
        assert (first.status, again.status) == (201, 201)
        number = (await first.json())["number"]
        assert (await again.json())["number"] == number
        assert await RecordedEvent.filter(name="booking.slot_booked").count() == 1
        await until(lambda: messages.all, seconds=10)
        inbox = await (await http.get("messages")).json()
    assert [message["openid"] for message in messages.all] == [state.openid("zhang")]
    assert messages.all[0]["data"]["thing1"]["value"] == "居民身份证换领"
    assert (inbox["total"], inbox["unread"], inbox["items"][0]["page"]) == (1, 1, f"/h5/bookings/{number}")


async def test_the_calls_of_the_readme_book_a_slot(site: str) -> None:
    readme = (CITY.parents[2] / "README.md").read_text(encoding="utf-8")
    calls = readme.partition("## The API in a few calls")[2].partition("\n    ")[2].partition("\n\n")[0]
    script = calls.replace("http://127.0.0.1:8000", site)
    run = await asyncio.create_subprocess_exec("bash", "-c", script, stdout=subprocess.PIPE)
    said, _ = await run.communicate()
    assert '"stateName":"已预约"' in said.decode(), said.decode()
    assert await RecordedEvent.filter(name="booking.slot_booked").count() == 1


async def test_pages_answer_and_stay_light(site: str) -> None:
    pages = ["/h5/", "/h5/search?q=sbk", "/h5/matters/HN-GA-002", "/h5/sign-in", "/h5/privacy", "/admin/sign-in"]
    async with aiohttp.ClientSession(site, auto_decompress=False) as http:
        for page in pages:
            answer = await http.get(page)
            assert (page, answer.status) == (page, 200)
            assert len(await answer.read()) < 30_000


async def test_the_pickup_page_shows_the_owner_a_code_and_nobody_else(site: str) -> None:
    owner = (await make_citizen("OWNER")).id
    token = await open_session(kind="citizen", subject_id=owner, channel="h5", now=clock.now())
    async with aiohttp.ClientSession(site, headers={"cookie": f"zb={token}; zb_elder=1"}) as http:
        page = await (await http.get(f"/h5/pickups/{await ready_pickup(owner)}")).text()
        assert ("<svg" in page, "1234 5678" in page, 'class="elder"' in page) == (True, True, True)
        assert (await http.get(f"/h5/pickups/{await ready_pickup(owner + 1)}")).status == 404


async def ready_pickup(citizen_id: int) -> str:
    code = new_code()
    await Pickup.create(
        code=code, source_key=f"ticket:{code}", citizen_id=citizen_id, hall_code="HALL-SZ", nonce=new_code(),
        matter_code="HN-GA-002", state="ready", expected_at=clock.now(), items=[{"name": "身份证", "count": 1}],
        digits_sealed=seal("12345678", f"pickup_pickup:digits:{code}"), digits_index=code,
    )  # fmt: skip
    return code


async def test_openapi_describes_every_route_validly(site: str) -> None:
    async with aiohttp.ClientSession(site) as http:
        document = await (await http.get("/openapi.json")).json()
    validate(document)
    assert document["paths"]["/api/v1/bookings/{number}/calendar.ics"]["get"]["responses"]["200"] == {
        "description": "成功", "content": {"text/calendar": {"schema": {"type": "string"}}},
    }  # fmt: skip
    assert {"/api/v1/bookings", "/api/v1/sessions", "/api/v1/matters/{code}"} <= {
        path.rstrip("/") for path in document["paths"]
    }
