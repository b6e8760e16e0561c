"""Halls, slots and bookings through the JSON API, on real sockets."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from icalendar import Calendar

from app import clock, codes
from app.booking import openings
from app.booking.models import Booking, Claim, Slot
from app.citizens.models import Citizen
from app.codes import Purpose
from app.halls.models import CounterGroup
from app.http.session import open_session
from app.outbox import RecordedEvent
from app.recent import forget_all
from tests.booking.town import HALL, make_hall, make_matter
from tests.citizens.site import Site
from tests.citizens.site import site as open_site
from tests.factories import make_citizen
from tests.marks import on_both

ALWAYS = {str(day): [["08:30", "12:00"], ["14:00", "17:30"]] for day in range(1, 8)}


@pytest.fixture
async def site(db: str) -> AsyncIterator[Site]:
    forget_all()
    today = clock.now().date()
    await make_hall(groups={"HZ": 3, "SB": 2}, weekly=ALWAYS, address={"text": "山南新区"}, phone="0554-12345")
    await make_matter("ID")
    await make_matter("PASS", minutes=20)
    await make_matter("PENSION", (HALL, "SB"))
    await make_matter("WALK", bookable=False)
    await openings.open_days(first=today, last=today + timedelta(days=2))
    async with open_site() as held:
        yield held


@pytest.fixture
async def zhang(site: Site) -> str:
    return await citizen(1)


async def citizen(n: int) -> str:
    """Sign in a citizen; returns the token."""
    now = clock.now()
    row = await make_citizen(f"C{n:015d}", now=now)
    return await open_session(kind="citizen", subject_id=row.id, channel="wechat", now=now)


def key(text: str, days: int = 1, group: str = "HZ") -> str:
    return f"{HALL}.{group}.{clock.now() + timedelta(days=days):%Y%m%d}{text}"


def tomorrow() -> str:
    return (clock.now() + timedelta(days=1)).date().isoformat()


async def book(site: Site, token: str, slot_id: str | None = None, **body: object) -> tuple[int, dict]:
    wanted = {"slotId": slot_id or key("0900"), **(body or {"matterCode": "ID"})}
    return await site.api("POST", "/bookings", wanted, token=token)


@on_both
async def test_from_the_hall_to_the_slot_to_the_booking_and_back(site: Site, zhang: str) -> None:
    _, found = await site.api("GET", "/halls")
    assert [(hall["code"], hall["bookable"], hall["phone"]) for hall in found["items"]] == [(HALL, True, "0554-12345")]
    _, days = await site.api("GET", f"/halls/{HALL}/days?matter=ID")
    assert (days["total"], days["items"][1]["date"], days["items"][1]["left"]) == (15, tomorrow(), 84)
    _, slots = await site.api("GET", f"/halls/{HALL}/slots?matter=ID&date={tomorrow()}")
    chosen = slots["items"][2]
    assert chosen == {
        "id": key("0900"), "startsAt": f"{tomorrow()}T09:00:00+08:00", "endsAt": f"{tomorrow()}T09:15:00+08:00",
        "left": 3, "booked": 0, "total": 3, "level": "空闲", "waitMin": 0,
    }  # fmt: skip
    status, made = await book(site, zhang, chosen["id"])
    assert (status, made["state"], made["stateName"], made["slotId"]) == (201, "booked", "已预约", chosen["id"])
    assert made["hall"] == {"code": HALL, "name": "淮南市政务服务中心"}
    assert made["matters"] == [{"code": "ID", "name": "事项ID"}]
    _, mine = await site.api("GET", "/bookings", token=zhang)
    assert (mine["items"], mine["total"]) == ([made], 1)
    status, gone = await site.api("POST", f"/bookings/{made['number']}/cancel", token=zhang)
    assert (status, gone["state"], (await Slot.get(id=chosen["id"])).left) == (200, "cancelled", 2)


@on_both
async def test_200_parallel_requests_for_5_places_are_5_times_201_and_195_times_409(site: Site) -> None:
    await Slot.filter(id=key("0900")).update(capacity=5, left=5)
    tokens = [await citizen(n) for n in range(200)]
    answers = await asyncio.gather(*(book(site, token) for token in tokens))
    assert Counter(status for status, _ in answers) == {201: 5, 409: 195}
    assert {answer["error"]["code"] for status, answer in answers if status == 409} == {"booking.slot_full"}
    assert (await Slot.get(id=key("0900"))).left == 0
    assert (await Booking.all().count(), await RecordedEvent.all().count()) == (5, 5)


@on_both
async def test_the_same_key_again_is_the_same_booking_and_another_body_a_conflict(site: Site, zhang: str) -> None:
    headers = {"authorization": f"Bearer {zhang}", "idempotency-key": "tap-0001-abcd"}
    body = {"slotId": key("0900"), "matterCode": "ID"}

    async def tap(body: dict) -> tuple[int, dict]:
        async with site.http.post(f"{site.url}/api/v1/bookings", json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    answers = await asyncio.gather(*(tap(body) for _ in range(5)))
    assert {status for status, _ in answers} == {201} and len({answer["number"] for _, answer in answers}) == 1
    status, answer = await tap(body | {"slotId": key("1000")})
    assert (status, answer["error"]["code"]) == (409, "idempotency.key_reused")
    assert await Booking.all().count() == 1


FAULTS = {
    "nothing": ({}, {"slotId": "此项必填", "matterCode": "此项必填"}),
    "unknown fields": (
        {"slotId": "x", "matterCode": "ID", "citizenId": 7, "left": 99},
        {"citizenId": "不支持的字段，请删除", "left": "不支持的字段，请删除"},
    ),
    "three at once": (
        {"slotId": 5, "matterCode": "ID", "contactMobile": "123", "people": 0},
        {"slotId": "应为文字", "contactMobile": "请输入 11 位手机号码", "people": "不能小于 1"},
    ),
    "a name of signs": ({"slotId": "x", "matterCode": "ID", "contactName": "<b>"}, {"contactName": "格式不正确"}),
}


@pytest.mark.parametrize(("body", "faults"), FAULTS.values(), ids=FAULTS)
async def test_every_fault_of_the_form_is_named_at_once(site: Site, zhang: str, body: dict, faults: dict) -> None:
    status, answer = await site.api("POST", "/bookings", body, token=zhang)
    assert (status, answer["error"]["code"], answer["error"]["fields"]) == (422, "input.invalid", faults)
    assert (await Booking.all().count(), await Claim.all().count()) == (0, 0)


async def test_each_refusal_has_its_status_and_code(site: Site, zhang: str) -> None:
    await book(site, zhang)
    await Slot.filter(id=key("1000")).update(left=0)
    await Slot.filter(id=key("1100")).update(is_closed=True)
    cases = [
        ({"slotId": key("0915"), "matterCode": "ID"}, 409, "booking.already_booked"),
        ({"slotId": key("1000"), "matterCode": "PASS"}, 409, "booking.slot_full"),
        ({"slotId": key("1100"), "matterCode": "PASS"}, 409, "booking.slot_closed"),
        ({"slotId": key("0900", group="SB"), "matterCode": "PASS"}, 409, "booking.slot_foreign"),
        ({"slotId": key("0900"), "matterCode": "WALK"}, 409, "booking.not_bookable"),
        ({"slotId": key("0907"), "matterCode": "PASS"}, 404, "not_found"),
        ({"slotId": "'; DROP TABLE", "matterCode": "PASS"}, 422, "input.invalid"),
        ({"slotId": key("0900"), "matterCode": "NO"}, 404, "not_found"),
    ]
    for body, status, code in cases:
        assert await site.refusal("POST", "/bookings", body, token=zhang) == (status, code)
    assert await Booking.all().count() == 1


async def test_without_consent_nothing_is_booked_or_held_and_a_hold_is_not_confirmed(site: Site, zhang: str) -> None:
    _, held = await site.api("POST", "/bookings/holds", {"slotId": key("0900"), "matterCode": "ID"}, token=zhang)
    await site.api("DELETE", "/consents/current", token=zhang)
    contact = {"contactName": "张三", "contactMobile": "13800000001"}
    for path, body in (
        ("/bookings", {"slotId": key("1000"), "matterCode": "PASS", **contact}),
        ("/bookings/holds", {"slotId": key("1000"), "matterCode": "PASS"}),
        (f"/bookings/{held['number']}/confirm", contact),
    ):
        assert await site.refusal("POST", path, body, token=zhang) == (403, "citizen.consent_needed")
    assert [row.state for row in await Booking.all()] == ["held"]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, {"contactName": "请填写办理人的姓名", "contactMobile": "请填写办理人的手机号码"}),
        ({"contactName": "李秀英"}, {"contactMobile": "请填写办理人的手机号码"}),
        ({"contactMobile": "13900001234"}, {"contactName": "请填写办理人的姓名"}),
    ],
)
async def test_whoever_comes_can_be_called_by_name_and_told_by_phone(
    site: Site, zhang: str, given: dict, missing: dict
) -> None:
    await Citizen.all().update(name_sealed=None, mobile_index=None)
    status, answer = await book(site, zhang, matterCode="ID", **given)
    assert (status, answer["error"]["fields"]) == (422, missing)
    _, held = await site.api("POST", "/bookings/holds", {"slotId": key("0900"), "matterCode": "ID"}, token=zhang)
    status, answer = await site.api("POST", f"/bookings/{held['number']}/confirm", given, token=zhang)
    assert (status, answer["error"]["fields"]) == (422, missing)
    assert [row.state for row in await Booking.all()] == ["held"]


async def test_without_signing_in_nothing_is_booked_but_everything_can_be_looked_at(site: Site) -> None:
    assert await site.refusal("POST", "/bookings", {"slotId": "x", "matterCode": "y"}) == (401, "auth.sign_in_needed")
    assert await site.refusal("GET", "/bookings") == (401, "auth.sign_in_needed")
    assert (await site.api("GET", f"/halls/{HALL}"))[0] == 200


async def test_anothers_booking_is_not_found_on_every_address(site: Site, zhang: str) -> None:
    number = (await book(site, zhang))[1]["number"]
    li = await citizen(2)
    for method, tail, body in (
        ("GET", "", None),
        ("GET", "/code", None),
        ("GET", "/calendar.ics", None),
        ("POST", "/cancel", None),
        ("POST", "/confirm", {}),
        ("POST", "/reschedule", {"slotId": key("1000")}),
    ):
        foreign = await site.refusal(method, f"/bookings/{number}{tail}", body, token=li)
        missing = await site.refusal(method, f"/bookings/0000000000000000{tail}", body, token=li)
        assert foreign == missing == (404, "not_found")
    assert (await site.api("GET", "/bookings", token=li))[1]["items"] == []


@on_both
async def test_a_held_slot_is_confirmed_with_another_contact_which_is_shown_masked(site: Site, zhang: str) -> None:
    _, held = await site.api("POST", "/bookings/holds", {"slotId": key("0900"), "matterCode": "ID"}, token=zhang)
    assert held["state"] == "held" and held["holdUntil"] is not None
    contact = {"contactName": "李秀英", "contactMobile": "+86 139-0000-1234"}
    _, made = await site.api("POST", f"/bookings/{held['number']}/confirm", contact, token=zhang)
    assert (made["state"], made["contactName"], made["contactMobile"]) == ("booked", "李**", "139****1234")


async def test_an_elders_slot_is_held_twice_as_long(site: Site, zhang: str) -> None:
    await Citizen.all().update(is_elder=True)
    _, held = await site.api("POST", "/bookings/holds", {"slotId": key("0900"), "matterCode": "ID"}, token=zhang)
    row = await Booking.get(number=held["number"])
    assert row.hold_until - row.made_at == timedelta(minutes=20)


async def test_two_matters_take_slots_in_a_row_and_see_their_own_offers(site: Site, zhang: str) -> None:
    status, made = await book(site, zhang, matterCodes=["ID", "PASS"])
    assert (status, made["endsAt"]) == (201, f"{tomorrow()}T09:45:00+08:00")
    _, slots = await site.api("GET", f"/halls/{HALL}/slots?matter=ID&matter=PASS&date={tomorrow()}")
    assert slots["items"][0]["endsAt"] == f"{tomorrow()}T09:15:00+08:00"
    assert (slots["items"][0]["left"], slots["total"]) == (2, 24)


async def test_for_a_full_slot_the_two_nearest_are_offered(site: Site) -> None:
    await Slot.filter(id=key("0900")).update(left=0)
    _, found = await site.api("GET", f"/halls/{HALL}/alternatives?matter=ID&slot={key('0900')}")
    assert [slot["id"] for slot in found["items"]] == [key("0845"), key("0915")]


async def test_the_calendar_file_counts_up_with_each_change(site: Site, zhang: str) -> None:
    number = (await book(site, zhang))[1]["number"]
    await site.api("POST", f"/bookings/{number}/reschedule", {"slotId": key("1000")}, token=zhang)
    headers = {"authorization": f"Bearer {zhang}"}
    async with site.http.get(f"{site.url}/api/v1/bookings/{number}/calendar.ics", headers=headers) as answer:
        assert answer.content_type == "text/calendar"
        (entry,) = Calendar.from_ical(await answer.read()).walk("VEVENT")
    assert (entry["UID"], entry["SEQUENCE"], str(entry["SUMMARY"])) == (f"{number}@zhangban", 1, "办理事项ID")
    assert entry.start.isoformat() == f"{tomorrow()}T10:00:00+08:00" or entry.start.hour == 2
    assert entry["DESCRIPTION"].endswith("请提前 15 分钟到达并扫码签到。")


async def test_the_check_in_code_is_signed_and_short_lived(site: Site, zhang: str) -> None:
    number = (await book(site, zhang))[1]["number"]
    _, answer = await site.api("GET", f"/bookings/{number}/code", token=zhang)
    code = codes.read(answer["text"], purpose=Purpose.CHECK_IN, now=clock.now())
    assert code.subject == number and code.expires_at - clock.now() <= timedelta(seconds=60)


async def test_whoever_is_not_restricted_finds_no_restriction(site: Site, zhang: str) -> None:
    assert await site.refusal("GET", "/booking-restrictions/current", token=zhang) == (404, "not_found")
    appeal = await site.refusal("POST", "/booking-restrictions/current/appeal", {"text": "住院了"}, token=zhang)
    assert appeal == (409, "booking.nothing_to_appeal")


async def test_what_does_not_exist_is_not_found_and_named(site: Site, zhang: str) -> None:
    for path in ("slots?matter=ID&date=" + tomorrow(), "days?matter=ID", f"alternatives?matter=ID&slot={key('0900')}"):
        assert await site.refusal("GET", f"/halls/NOPE/{path}") == (404, "not_found")
    for body, fields in (
        ({"slotId": key("0907"), "matterCode": "ID"}, {"slotId": "没有这个时段，请重新选择"}),
        ({"slotId": key("0900"), "matterCode": "NO"}, {"matterCode": "没有编码为 NO 的事项，请重新选择"}),
    ):
        status, answer = await site.api("POST", "/bookings", body, token=zhang)
        assert (status, answer["error"]["code"], answer["error"]["fields"]) == (404, "not_found", fields)


async def test_a_matter_of_another_hall_has_no_slots_here(site: Site) -> None:
    await make_matter("ELSEWHERE", ("HALL-0402", "HZ"))
    assert await site.refusal("GET", f"/halls/{HALL}/slots?matter=ELSEWHERE&date={tomorrow()}") == (
        409, "booking.slot_foreign",
    )  # fmt: skip
    _, answer = await site.api("GET", f"/halls/{HALL}/slots?date=25.11.2026")
    assert answer["error"]["fields"] == {"matter": "此项必填", "date": "日期应写作 2026-11-24"}


async def test_a_video_visit_has_a_room_instead_of_a_code(site: Site, zhang: str) -> None:
    await CounterGroup.filter(key=f"{HALL}.SB").update(kind="video")
    forget_all()
    _, plain = await book(site, zhang)
    assert plain["remote"] is None
    _, made = await book(site, await citizen(2), key("0900", group="SB"), matterCode="PENSION")
    assert made["remote"] == {
        "kind": "video", "opensAt": f"{tomorrow()}T08:50:00+08:00", "closesAt": f"{tomorrow()}T09:45:00+08:00",
    }  # fmt: skip
    status, answer = await site.api("GET", f"/bookings/{plain['number']}/room", token=zhang)
    assert (status, answer["error"]["code"]) == (409, "booking.not_remote")


async def test_each_limit_of_the_window_has_its_own_code_and_sentence(
    site: Site, zhang: str, calendar: Calendar
) -> None:
    calendar.jump_to(clock.now().replace(hour=10, minute=50))
    await book(site, zhang, key("0900"))
    await book(site, zhang, key("1000"), matterCode="PASS")
    far = clock.now() + timedelta(days=15)
    cases = [
        (key("1100", days=0), "PENSION", "booking.slot_foreign", ""),
        (key("1100", days=0, group="SB"), "PENSION", "booking.too_early", "请至少提前 30 分钟预约"),
        (f"{HALL}.SB.{far:%Y%m%d}0900", "PENSION", "booking.too_late", "目前只能预约 14 天以内的时段"),
        (key("1100", group="SB"), "PENSION", "booking.day_limit", "您当天已有 2 个预约"),
    ]
    for slot_id, matter, code, says in cases:
        status, answer = await book(site, zhang, slot_id, matterCode=matter)
        assert (status, answer["error"]["code"], says in answer["error"]["message"]) == (409, code, True), slot_id
    late = {"slotId": cases[2][0], "matterCode": "PENSION"}
    assert await site.refusal("POST", "/bookings/holds", late, token=zhang) == (409, "booking.too_late")
    _, mine = await site.api("GET", "/bookings", token=zhang)
    path = f"/bookings/{mine['items'][0]['number']}/reschedule"
    moved = await site.refusal("POST", path, {"slotId": f"{HALL}.HZ.{far:%Y%m%d}0900"}, token=zhang)
    assert moved == (409, "booking.too_late")


async def test_an_unknown_or_missing_matter_is_named_as_the_address_names_it(site: Site) -> None:
    slot = f"slot={key('0900')}"
    for path in ("days?{}", f"slots?date={tomorrow()}&{{}}", f"alternatives?{slot}&{{}}", f"suggestion?{slot}&{{}}"):
        _, answer = await site.api("GET", f"/halls/{HALL}/{path.format('matter=NO')}")
        assert (answer["error"]["code"], answer["error"]["fields"]) == (
            "not_found", {"matter": "没有编码为 NO 的事项，请重新选择"},
        )  # fmt: skip
        for asked in ("", "matter=", "matter=a%20b"):
            status, answer = await site.api("GET", f"/halls/{HALL}/{path.format(asked)}")
            assert (status, list(answer["error"]["fields"])) == (422, ["matter"]), (path, asked)
