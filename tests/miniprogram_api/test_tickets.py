"""What a citizen's phone is told of the queue."""

from datetime import timedelta

from app import clock
from app.http.session import open_session
from app.queue import actions
from app.queue.check_in import check_in
from tests.admin.console import console
from tests.queue.day import CLERK, make_booking, make_hall


async def arrive(citizen_id: int) -> None:
    booking = await make_booking(starts_at=clock.now(), citizen_id=citizen_id)
    await check_in(text=booking.number, hall_code="HALL-SZ", by=CLERK, now=clock.now() + timedelta(seconds=citizen_id))


async def test_my_tickets_say_how_many_are_ahead_and_where_to_go(db: str) -> None:
    await make_hall()
    for citizen_id in (1, 2, 3):
        await arrive(citizen_id)
    await actions.call_next(counter_code="HALL-SZ-B02", by=CLERK, now=clock.now())
    async with console() as browser:
        answers = {}
        for citizen_id in (1, 3, 9):
            token = await open_session(kind="citizen", subject_id=citizen_id, channel="wechat", now=clock.now())
            headers = {"authorization": f"Bearer {token}"}
            async with browser.http.get(f"{browser.url}/api/v1/tickets", headers=headers) as response:
                answers[citizen_id] = await response.json()
    (mine,) = answers[1]["items"]
    assert (mine["number"], mine["stateName"], mine["ahead"], mine["calls"]) == ("HZ001", "已叫号", 0, 1)
    assert mine["counter"] == {"no": "B02", "name": "户政窗口", "floor": 1, "zone": "B"}
    assert [(t["number"], t["ahead"], t["counter"]) for t in answers[3]["items"]] == [("HZ003", 1, None)]
    assert answers[9] == {"items": [], "total": 0}


async def test_tickets_need_a_signed_in_citizen(db: str) -> None:
    async with console() as browser, browser.http.get(f"{browser.url}/api/v1/tickets") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (401, "auth.sign_in_needed")
