"""Arriving with the mini-program: the same rules as on the pages, in JSON."""

from collections.abc import AsyncIterator

import pytest

from app import clock, recent
from app.halls.models import Hall
from app.queue.models import Ticket
from app.queue.policy import set_policy
from tests.city import Calendar
from tests.h5.arriving.site import HALL, MATTER, Site, open_hall
from tests.h5.visitor import Visitor

API = "/api/v1"


@pytest.fixture
async def site(db: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    recent.forget_all()
    calendar = Calendar()
    monkeypatch.setattr(clock, "now", calendar.now)
    async with open_hall(calendar) as opened:
        yield opened


async def post(site: Site, path: str, citizen_id: int | None = 1, **body: object) -> tuple[int, dict]:
    headers = {"authorization": f"Bearer {await site.token(citizen_id)}"} if citizen_id else {}
    async with (
        site.visiting() as client,
        client.http.post(f"{site.url}{API}{path}", json=body, headers=headers) as response,
    ):
        return response.status, await response.json()


def code(answer: tuple[int, dict]) -> tuple[int, str]:
    return answer[0], answer[1]["error"]["code"]


async def test_the_scanned_address_checks_in_and_a_repeat_is_the_same_ticket(site: Site) -> None:
    booking, scanned = await site.book(60), site.url + await site.on_the_wall()
    status, done = await post(site, "/check-ins", code=scanned, bookingNumber=booking.number)
    assert (status, done["repeat"], done["ticket"]["number"]) == (200, False, "HZ001")
    assert done["message"] == "签到成功。来早了，按预约时间排队，请在等候区稍候"
    status, again = await post(site, "/check-ins", code=scanned, bookingNumber=booking.number)
    assert (status, again["repeat"], again["ticket"]["code"]) == (200, True, done["ticket"]["code"])


async def test_a_scan_is_exchanged_for_ten_minutes(site: Site) -> None:
    scanned = (await site.on_the_wall()).partition("c=")[2]
    status, shown = await post(site, "/presences", None, code=scanned)
    assert (status, shown["hallCode"], shown["hallName"]) == (201, HALL, "淮南市政务服务中心")
    site.later(minutes=9)
    assert code(await post(site, "/tickets", code=scanned, groupCode="HZ")) == (409, "queue.hall_code_expired")
    status, ticket = await post(site, "/tickets", code=shown["presence"], groupCode="HZ", matterCode=MATTER)
    assert (status, ticket["number"], ticket["matterName"]) == (201, "HZ001", f"事项{MATTER}")
    twice = await post(site, "/tickets", code=shown["presence"], groupCode="HZ")
    assert code(twice) == (409, "queue.already_waiting")
    site.later(minutes=2)
    late = await post(site, "/tickets", 2, code=shown["presence"], groupCode="HZ")
    assert code(late) == (409, "queue.presence_over")


async def test_a_number_for_no_matter_in_particular_has_a_name_all_the_same(site: Site) -> None:
    _, ticket = await post(site, "/tickets", code=site.url + await site.on_the_wall(), groupCode="HZ")
    assert (ticket["matterCode"], ticket["matterName"]) == ("", "现场业务")


async def test_a_printed_code_with_the_place_of_the_phone(site: Site) -> None:
    await Hall.all().update(latitude=32.625, longitude=116.999)
    here = {"hallCode": HALL, "latitude": 32.6251, "longitude": 116.9991}
    assert code(await post(site, "/presences", hallCode=HALL)) == (409, "queue.place_needed")
    assert code(await post(site, "/presences", **here | {"latitude": 33})) == (409, "queue.too_far")
    assert code(await post(site, "/presences", **here | {"latitude": 91})) == (422, "input.invalid")
    assert code(await post(site, "/presences")) == (409, "queue.presence_over")
    status, ticket = await post(site, "/tickets", **here, groupCode="HZ", priority="elder")
    assert (status, ticket["number"]) == (201, "HZ001")
    assert (await Ticket.get()).channel == "printed"


async def test_whoever_is_not_signed_in_or_sends_anothers_booking_gets_nothing(site: Site) -> None:
    theirs, scanned = await site.book(0, citizen_id=2), site.url + await site.on_the_wall()
    body = {"code": scanned, "bookingNumber": theirs.number}
    assert code(await post(site, "/check-ins", None, **body)) == (401, "auth.sign_in_needed")
    assert code(await post(site, "/check-ins", 1, **body)) == (404, "not_found")
    assert code(await post(site, "/check-ins", 2, **body | {"code": "ZB1.a.b"})) == (422, "queue.not_hall_code")
    assert code(await post(site, "/check-ins", 2, **body | {"code": "http://[?c=1"})) == (422, "queue.not_hall_code")
    assert await Ticket.all().count() == 0


async def test_what_can_be_taken_and_what_comes_when_all_are_gone(site: Site) -> None:
    async with site.visiting() as client:
        assert await read(client, site) == [("HZ", "户政", 0, "open")]
    await set_policy(hall_code=HALL, walk_in_limit=0)
    status, refused = await post(site, "/tickets", code=site.url + await site.on_the_wall(), groupCode="HZ")
    assert (status, refused["error"]["code"]) == (409, "queue.walk_ins_full")
    assert refused["error"]["message"].startswith("今天的现场号已发完。")


async def read(client: Visitor, site: Site) -> list[tuple[str, str, int, str]]:
    async with client.http.get(f"{site.url}{API}/halls/{HALL}/walk-ins") as response:
        items = (await response.json())["items"]
    return [(item["groupCode"], item["name"], item["waiting"], item["state"]) for item in items]
