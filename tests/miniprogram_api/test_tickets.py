"""What a citizen's phone is told of the queue, and what one can do about one's number."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from app import clock, codes
from app.http.session import open_session
from app.queue import actions, companions
from app.queue.check_in import check_in
from app.queue.models import Ticket
from app.queue.viewing import Viewer
from tests.admin.console import Browser, console
from tests.marks import on_both
from tests.queue.day import CLERK, make_booking, make_hall, open_desks

FIRST, SECOND = "HALL-SZ-B01", "HALL-SZ-B02"


async def arrive(citizen_id: int) -> Ticket:
    booking = await make_booking(starts_at=clock.now(), citizen_id=citizen_id)
    now = clock.now() + timedelta(seconds=citizen_id)
    return (await check_in(text=booking.number, hall_code="HALL-SZ", by=CLERK, now=now)).ticket


async def call(counter: str = FIRST) -> Ticket:
    return await actions.call_next(counter_code=counter, by=CLERK, now=clock.now())


class Phone:
    """A citizen's app."""

    def __init__(self, browser: Browser, token: str) -> None:
        self._browser = browser
        self._token = token

    async def ask(self, method: str, path: str = "", body: Any = None, *, key: str = "") -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {self._token}"} | ({"idempotency-key": key} if key else {})
        url = f"{self._browser.url}/api/v1/tickets{path}"
        async with self._browser.http.request(method, url, headers=headers, json=body) as response:
            return response.status, json.loads(await response.text())


@asynccontextmanager
async def phones(*citizen_ids: int) -> AsyncIterator[list[Phone]]:
    async with console() as browser:
        tokens = [
            await open_session(kind="citizen", subject_id=citizen_id, channel="wechat", now=clock.now())
            for citizen_id in citizen_ids
        ]
        yield [Phone(browser, token) for token in tokens]


async def test_my_tickets_say_how_many_are_ahead_and_where_to_go(db: str) -> None:
    await make_hall()
    for citizen_id in (1, 2, 3):
        await arrive(citizen_id)
    await call(SECOND)
    async with phones(1, 3, 9) as (called, waiting, stranger):
        _, mine = await called.ask("GET")
        _, theirs = await waiting.ask("GET")
        assert await stranger.ask("GET") == (200, {"items": [], "total": 0})
    (ticket,) = mine["items"]
    assert (ticket["number"], ticket["stateName"], ticket["ahead"], ticket["calls"]) == ("HZ001", "已叫号", 0, 1)
    assert ticket["counter"] == {"no": "B02", "name": "户政窗口", "floor": 1, "zone": "B"}
    assert [(t["number"], t["ahead"], t["counter"]) for t in theirs["items"]] == [("HZ003", 1, None)]


async def test_an_estimate_is_a_range_with_the_time_it_was_made_and_absent_without_counters(db: str) -> None:
    await make_hall(opened_by=None)
    for citizen_id in (1, 2, 3):
        await arrive(citizen_id)
    third = await Ticket.get(citizen_id=3)
    async with phones(3) as (me,):
        assert (await me.ask("GET", f"/{third.code}"))[1]["estimate"] is None
        await open_desks(FIRST)
        await call()
        _, ticket = await me.ask("GET", f"/{third.code}")
    estimate = ticket["estimate"]
    assert ticket["ahead"] == 1
    assert 0 <= estimate["lowMinutes"] < estimate["highMinutes"]
    assert abs(datetime.fromisoformat(estimate["computedAt"]) - clock.now()) < timedelta(minutes=1)


@on_both
async def test_leaving_returning_and_giving_up_each_once(db: str) -> None:
    await make_hall()
    mine = await arrive(1)
    async with phones(1) as (me,):
        status, left = await me.ask("POST", f"/{mine.code}/leave", key="leave-0001")
        assert (status, left["state"]) == (200, "left")
        assert datetime.fromisoformat(left["returnBy"]) - clock.now() > timedelta(minutes=14)
        assert await me.ask("POST", f"/{mine.code}/leave", key="leave-0001") == (status, left)
        back = (await me.ask("POST", f"/{mine.code}/return"))[1]
        assert (back["state"], back["returnBy"]) == ("waiting", None)
        status, refused = await me.ask("POST", f"/{mine.code}/leave", key="leave-0002")
        assert (status, refused["error"]["code"]) == (409, "queue.left_before")
        assert (await me.ask("POST", f"/{mine.code}/give-up"))[1]["state"] == "given_up"
        assert (await me.ask("POST", f"/{mine.code}/return"))[0] == 409


async def test_a_relative_reads_and_a_stranger_finds_nothing(db: str) -> None:
    await make_hall()
    mine = await arrive(1)
    invitation = await companions.invite(ticket_code=mine.code, viewer=Viewer(citizen_id=1), now=clock.now())
    await companions.join(text=codes.issue(invitation), citizen_id=2, now=clock.now())
    async with phones(2, 3) as (relative, stranger):
        assert (await relative.ask("GET", f"/{mine.code}"))[1]["number"] == mine.number
        assert (await relative.ask("POST", f"/{mine.code}/give-up"))[0] == 403
        for method, path in (("GET", ""), ("POST", "/leave"), ("POST", "/return"), ("POST", "/give-up")):
            assert (await stranger.ask(method, f"/{mine.code}{path}"))[0] == 404
        assert (await stranger.ask("POST", f"/{mine.code}/rating", {"grade": 1}))[0] == 404


async def test_a_visit_is_rated_once(db: str) -> None:
    await make_hall()
    mine = await arrive(1)
    async with phones(1) as (me,):
        path = f"/{mine.code}/rating"
        assert (await me.ask("POST", path, {"grade": 1}))[1]["error"]["code"] == "ratings.not_finished"
        await call()
        await actions.finish(ticket_code=mine.code, counter_code=FIRST, result="on_spot", by=CLERK, now=clock.now())
        status, incomplete = await me.ask("POST", path, {"grade": 5})
        assert (status, list(incomplete["error"]["fields"])) == (422, ["reasons"])
        status, first = await me.ask("POST", path, {"grade": 5, "reasons": ["E5"], "text": "态度差"})
        assert (status, first["gradeName"], first["isRepeat"]) == (201, "非常不满意", False)
        assert (await me.ask("POST", path, {"grade": 1}))[1] == {**first, "isRepeat": True}


async def test_tickets_need_a_signed_in_citizen(db: str) -> None:
    async with console() as browser, browser.http.get(f"{browser.url}/api/v1/tickets") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (401, "auth.sign_in_needed")
