"""One visit, one rating, of which staff learn everything but who it was (features.md D15, J8, J9)."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.display.queries import MEANINGS
from app.errors import AppError, InvalidInput
from app.ids import hashed
from app.outbox import RecordedEvent
from app.queue import actions as queue
from app.queue.models import Desk, Ticket
from app.queue.viewing import Viewer
from app.ratings import queries, rules
from app.ratings.actions import Opinion, Rated, rate
from app.ratings.indicators import CURRENT, load
from app.ratings.models import Rating
from app.ratings.queries import Said
from app.server import make_outbox
from app.staff.models import AuditRow, Staff
from app.staff.rules import Role
from notify.models import Notice
from tests.admin.console import Browser
from tests.factories import NOW
from tests.marks import on_both
from tests.queue.day import CLERK, make_hall, make_ticket

COUNTER = "HALL-SZ-B01"
ME = Viewer(citizen_id=1)
BAD = Opinion(4, ("D1",), "等了两个小时")


async def visited(citizen_id: int | None = 1, *, day=NOW, finish: bool = True) -> Ticket:
    """Somebody who was served at counter B01."""
    ticket = await make_ticket(citizen_id=citizen_id, starts_at=day, now=day)
    called = await queue.call_next(counter_code=COUNTER, by=CLERK, now=day)
    assert called.id == ticket.id
    if finish:
        await queue.finish(ticket_code=ticket.code, counter_code=COUNTER, result="on_spot", by=CLERK, now=day)
    return await Ticket.get(id=ticket.id)


async def say(ticket: Ticket, opinion: Opinion = BAD, viewer: Viewer = ME) -> Rated:
    return await rate(ticket_code=ticket.code, viewer=viewer, opinion=opinion, channel="page", now=NOW)


async def refusal(ticket: Ticket, opinion: Opinion = BAD, viewer: Viewer = ME) -> AppError:
    with pytest.raises(AppError) as caught:
        await say(ticket, opinion, viewer)
    return caught.value


async def test_a_second_try_is_shown_the_first(db: str) -> None:
    await make_hall()
    ticket = await visited()
    first, second = await say(ticket), await say(ticket, Opinion(1))
    assert (first.is_repeat, second.is_repeat, second.rating.grade) == (False, True, 4)
    assert await Rating.all().count() == 1


@on_both
async def test_two_tries_at_once_are_one_rating_and_one_event(db: str) -> None:
    await make_hall()
    ticket = await visited()
    said = await asyncio.gather(*(say(ticket, Opinion(grade)) for grade in (1, 2, 3, 1)))
    assert sorted(rated.is_repeat for rated in said) == [False, True, True, True]
    assert len({rated.rating.grade for rated in said}) == 1
    assert await RecordedEvent.filter(name="ratings.visit_rated").count() == 1


@pytest.mark.parametrize(
    ("opinion", "field"),
    [(Opinion(5), "reasons"), (Opinion(4, ()), "reasons"), (Opinion(4, ("A1",)), "reasons"), (Opinion(6), "grade"),
     (Opinion(0), "grade")],
)  # fmt: skip
async def test_a_bad_grade_needs_a_reason_of_its_own(db: str, opinion: Opinion, field: str) -> None:
    await make_hall()
    assert list((await refusal(await visited(), opinion)).data["fields"]) == [field]


@given(grade=st.integers(1, 3), count=st.integers(0, 3))
def test_a_good_grade_needs_none_but_may_have_its_own(grade: int, count: int) -> None:
    rules.ensure_complete(CURRENT, grade=grade, reasons=list(CURRENT.of_grade(grade))[:count])
    with pytest.raises(InvalidInput):
        rules.ensure_complete(CURRENT, grade=grade, reasons=["D1"])


async def test_only_what_was_served_to_the_end_is_rated_and_only_by_its_owner(db: str) -> None:
    await make_hall()
    ticket = await visited(finish=False)
    assert (await refusal(ticket)).code == "ratings.not_finished"
    await queue.finish(ticket_code=ticket.code, counter_code=COUNTER, result="later", by=CLERK, now=NOW)
    assert (await refusal(ticket, viewer=Viewer(citizen_id=2))).code == "not_found"


async def test_the_words_are_kept_as_they_came(db: str) -> None:
    await make_hall()
    text = " <b>好</b>\r\n\u200b' OR 1=1 -- 🙂 "
    rating = (await say(await visited(), Opinion(1, (), text))).rating
    assert (await Rating.get(id=rating.id)).text == text


async def test_what_others_hear_leads_to_nobody(db: str) -> None:
    await make_hall()
    ticket = await visited()
    await say(ticket)
    event = json.loads((await RecordedEvent.get(name="ratings.visit_rated")).payload)
    assert (event["grade"], event["is_bad"], event["counter_code"]) == (4, True, COUNTER)
    assert not {"ticket_code", "citizen_id", "ticket_number"} & event.keys()


def test_old_versions_stay_beside_the_newest(tmp_path: Path) -> None:
    for version, name in (("2025-01", "等太久"), ("2026-11", "等候时间太长")):
        (tmp_path / f"{version}.json").write_text(json.dumps({"grades": {"4": {"D1": name}}}), encoding="utf-8")
    versions = load(tmp_path)
    assert [versions[version].name("D1") for version in sorted(versions)] == ["等太久", "等候时间太长"]
    assert versions[max(versions)].version == "2026-11"


def test_every_grade_has_reasons_and_no_code_means_two_things() -> None:
    codes = [code for reasons in CURRENT.grades.values() for code in reasons]
    assert sorted(CURRENT.grades) == [1, 2, 3, 4, 5]
    assert len(codes) == len(set(codes))


async def test_whoever_did_not_rate_counts_as_unrated_and_as_nothing_else(db: str) -> None:
    await make_hall()
    for grade, reasons in ((1, ()), (2, ()), (5, ("E5",))):
        await say(await visited(), Opinion(grade, reasons))
    await visited()
    found = await queries.figures("HALL-SZ", NOW.date(), NOW.date())
    assert found.by_grade == {1: 1, 2: 1, 3: 0, 4: 0, 5: 1}
    assert (found.finished, found.rated, found.unrated) == (4, 3, 1)
    assert (found.average, found.good_share) == (8 / 3, 2 / 3)
    nothing = await queries.figures("HALL-SZ", NOW.date() + timedelta(days=1), NOW.date() + timedelta(days=9))
    assert (nothing.unrated, nothing.average, nothing.good_share) == (0, None, None)


async def test_a_fair_visit_counts_as_good_on_the_big_screen_which_says_so(db: str) -> None:
    await make_hall()
    for grade, reasons in ((1, ()), (3, ("C1",)), (3, ()), (4, ("D1",))):
        await say(await visited(), Opinion(grade, reasons))
    assert await queries.good_percent(["HALL-SZ"], NOW.date()) == 75.0
    assert (await queries.figures("HALL-SZ", NOW.date(), NOW.date())).good_share == 0.75
    assert await queries.good_percent(["HALL-SZ"], NOW.date() + timedelta(days=1)) is None
    assert MEANINGS["好评率"] == "评价中非常满意、满意、基本满意的比例"


async def test_a_counters_code_finds_what_this_person_finished_there_last(db: str) -> None:
    await make_hall()
    await visited()
    last = await visited()
    guest = await visited(citizen_id=None)
    await Ticket.filter(id=guest.id).update(guest_hash=hashed("secret"))
    on = NOW.date()
    assert (await queries.last_visit(COUNTER, ME, on=on)).id == last.id
    assert (await queries.last_visit(COUNTER, Viewer(guest_hash=hashed("secret")), on=on)).id == guest.id
    for counter, viewer, day in (
        ("HALL-SZ-B02", ME, on), (COUNTER, Viewer(citizen_id=2), on), (COUNTER, ME, on + timedelta(days=1)),
        (COUNTER, Viewer(), on),
    ):  # fmt: skip
        with pytest.raises(AppError) as caught:
            await queries.last_visit(counter, viewer, on=day)
        assert caught.value.code == "ratings.nothing_to_rate"


async def test_staff_read_days_and_words_in_no_order_of_time(db: str) -> None:
    await make_hall()
    yesterday = NOW - timedelta(days=1)
    for n, day in enumerate((yesterday, NOW, NOW, NOW)):
        await say(await visited(day=day), Opinion(1, ("A2",), f"第{n}位"))
    rows, total = await queries.listed("HALL-SZ", first=yesterday.date(), last=NOW.date())
    by_code = await Rating.filter(on_day=NOW.date()).order_by("code")  # codes are random
    assert (total, [row.text for row in rows]) == (4, [*(row.text for row in by_code), "第0位"])
    assert rows[-1] == Said(yesterday.date(), "HZ", 1, "非常满意", ("工作人员热情耐心",), "第0位")


async def test_the_console_shows_no_person_and_writes_down_who_looked(clerk: Browser) -> None:
    await Staff.filter(username="hu.min").update(roles=[Role.MANAGER.value])
    await Desk.filter(counter_code=COUNTER).update(staff_id=CLERK.staff_id)
    ticket = await visited()
    await say(ticket, Opinion(5, ("E5",), "<script>alert(1)</script> 找 13812341234"))
    page = await clerk.get(f"/admin/ratings?first={NOW.date()}&last={NOW.date()}&only=bad")
    assert ("非常不满意" in page.words, "服务态度差" in page.words) == (True, True)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 找 138****1234" in page.text
    assert [text in page.text for text in (ticket.number, ticket.code, COUNTER, "13812341234")] == [False] * 4
    row = await AuditRow.get(action="ratings.list")
    assert (row.hall_code, row.details["only_bad"]) == ("HALL-SZ", True)


async def test_after_the_counter_one_invitation_to_rate_comes(db: str) -> None:
    await make_hall()
    ticket = await visited()
    for _ in range(2):
        await make_outbox().relay(NOW)
    (notice,) = await Notice.filter(kind="rate_visit")
    assert (notice.citizen_id, notice.page) == (1, f"/h5/tickets/{ticket.code}/rate")
