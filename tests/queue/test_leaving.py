"""Going out for a while without losing the turn, and the family's phones (features.md D10, D11)."""

import asyncio
from datetime import timedelta

import pytest

from app import codes
from app.errors import AppError
from app.ids import hashed
from app.queue import actions, companions, jobs, queries, returning, viewing
from app.queue.models import Companion, Ticket
from app.queue.policy import set_policy
from app.queue.viewing import Viewer
from app.server import make_outbox
from notify.models import Notice
from tests.factories import NOW
from tests.marks import on_both
from tests.queue.day import CLERK, make_hall, make_ticket

MINUTE = timedelta(minutes=1)
OWNER = Viewer(citizen_id=1)


async def leave(ticket: Ticket, now=NOW) -> Ticket:
    return await returning.leave(ticket_code=ticket.code, viewer=OWNER, now=now)


async def refused(act) -> str:
    with pytest.raises(AppError) as caught:
        await act
    return caught.value.code


async def bodies(kind: str) -> list[tuple[int, str]]:
    return [(row.citizen_id, row.body) for row in await Notice.filter(kind=kind).order_by("citizen_id")]


async def relayed() -> None:
    for _ in range(3):
        await make_outbox().relay(NOW)


async def test_the_turn_is_kept_as_long_as_was_promised_whatever_the_hall_changes(db: str) -> None:
    await make_hall()
    mine, other = await make_ticket(), await make_ticket(starts_at=NOW + MINUTE)
    left = await leave(mine)
    assert left.return_by == NOW + 15 * MINUTE
    await set_policy(hall_code="HALL-SZ", return_minutes=1)
    await returning.rejoin(ticket_code=mine.code, viewer=OWNER, now=NOW + 15 * MINUTE)
    assert await queries.ahead_of(await Ticket.get(id=other.id), now=NOW + 15 * MINUTE) == 1


async def test_pressing_again_changes_nothing(db: str) -> None:
    await make_hall()
    mine = await make_ticket()
    assert (await leave(mine)).return_by == (await leave(mine, now=NOW + MINUTE)).return_by
    for _ in range(2):
        back = await returning.rejoin(ticket_code=mine.code, viewer=OWNER, now=NOW + 2 * MINUTE)
        assert (back.state, back.leaves) == ("waiting", 1)
    for _ in range(2):
        assert (await returning.give_up(ticket_code=mine.code, viewer=OWNER, now=NOW)).state == "given_up"


async def test_five_minutes_before_the_end_one_reminder_goes_out(db: str) -> None:
    await make_hall()
    await leave(await make_ticket())
    assert await jobs.remind_to_return(NOW + 10 * MINUTE - timedelta(seconds=1)) == 0
    assert await jobs.remind_to_return(NOW + 10 * MINUTE) == 1
    assert await jobs.remind_to_return(NOW + 11 * MINUTE) == 0
    await relayed()
    assert await bodies("return_soon") == [
        (1, "HZ001 号为您保留到 09:15，请在此之前回到淮南市政务服务中心，并在排队页面点“我回来了”。")
    ]


@on_both
async def test_two_workers_remind_once(db: str) -> None:
    await make_hall()
    await leave(await make_ticket())
    await asyncio.gather(*(jobs.remind_to_return(NOW + 10 * MINUTE) for _ in range(3)))
    await relayed()
    assert len(await bodies("return_soon")) == 1


async def test_who_is_back_or_was_forgotten_too_long_is_not_reminded(db: str) -> None:
    await make_hall()
    back, forgotten = await make_ticket(), await make_ticket()
    for ticket in (back, forgotten):
        await leave(ticket)
    await returning.rejoin(ticket_code=back.code, viewer=OWNER, now=NOW + 5 * MINUTE)
    await jobs.remind_to_return(NOW + 15 * MINUTE)
    await relayed()
    assert await bodies("return_soon") == []


async def test_a_ticket_is_its_owners_and_a_guests_who_holds_the_secret(db: str) -> None:
    await make_hall()
    mine = await make_ticket()
    await Ticket.filter(id=mine.id).update(guest_hash=hashed("s3cret"))
    assert (await viewing.seen(mine.code, Viewer(guest_hash=hashed("s3cret")))).is_owner
    for stranger in (Viewer(), Viewer(citizen_id=2), Viewer(guest_hash=hashed("other"))):
        assert await refused(viewing.seen(mine.code, stranger)) == "not_found"
        assert await refused(returning.leave(ticket_code=mine.code, viewer=stranger, now=NOW)) == "not_found"


async def test_nobody_owns_a_ticket_that_belongs_to_nobody_we_know(db: str) -> None:
    await make_hall()
    unknown = await make_ticket(citizen_id=None)
    assert await refused(viewing.seen(unknown.code, Viewer())) == "not_found"


async def invitation(ticket: Ticket, now=NOW, viewer: Viewer = OWNER) -> str:
    return codes.issue(await companions.invite(ticket_code=ticket.code, viewer=viewer, now=now))


async def test_a_relative_hears_what_the_owner_hears_and_nothing_else(db: str) -> None:
    await make_hall()
    mine = await make_ticket()
    await companions.join(text=await invitation(mine), citizen_id=5, now=NOW)
    await actions.call_next(counter_code="HALL-SZ-B01", by=CLERK, now=NOW)
    await relayed()
    assert await bodies("called") == [
        (1, "HZ001 号，请到B01窗口办理HN-GA-001。"), (5, "家人的 HZ001 号，请到B01窗口办理HN-GA-001。"),
    ]  # fmt: skip
    assert [citizen for citizen, _ in await bodies("checked_in")] == [1]


async def test_a_relative_watches_but_does_not_act(db: str) -> None:
    await make_hall()
    mine, relative = await make_ticket(), Viewer(citizen_id=5)
    await companions.join(text=await invitation(mine), citizen_id=5, now=NOW)
    assert not (await viewing.seen(mine.code, relative)).is_owner
    assert await refused(returning.give_up(ticket_code=mine.code, viewer=relative, now=NOW)) == "queue.only_the_owner"
    assert await refused(companions.invite(ticket_code=mine.code, viewer=relative, now=NOW)) == "queue.only_the_owner"


async def test_a_guests_family_is_told_although_the_guest_is_not(db: str) -> None:
    await make_hall()
    mine = await make_ticket(citizen_id=None)
    await Ticket.filter(id=mine.id).update(guest_hash=hashed("s3cret"))
    text = await invitation(mine, viewer=Viewer(guest_hash=hashed("s3cret")))
    await companions.join(text=text, citizen_id=5, now=NOW)
    await actions.call_next(counter_code="HALL-SZ-B01", by=CLERK, now=NOW)
    await relayed()
    assert [citizen for citizen, _ in await bodies("called")] == [5]


async def test_an_invitation_holds_for_half_an_hour_and_not_after_the_queue_is_over(db: str) -> None:
    await make_hall()
    mine = await make_ticket()
    text = await invitation(mine)
    late = NOW + 30 * MINUTE + timedelta(seconds=1)
    assert await refused(companions.join(text=text, citizen_id=5, now=late)) == "code.expired"
    assert await refused(companions.join(text=text[:-2] + "xx", citizen_id=5, now=NOW)) == "code.not_ours"
    await returning.give_up(ticket_code=mine.code, viewer=OWNER, now=NOW)
    assert await refused(companions.join(text=text, citizen_id=5, now=NOW)) == "queue.ticket_over"


async def test_both_may_end_it_and_the_old_invitation_is_then_worth_nothing(db: str) -> None:
    await make_hall()
    mine = await make_ticket()
    text = await invitation(mine)
    for ender in (OWNER, Viewer(citizen_id=5)):
        await companions.join(text=await invitation(mine, now=NOW + 3 * MINUTE), citizen_id=5, now=NOW + 3 * MINUTE)
        (relative,) = await companions.companions(mine.id)
        await companions.end(ticket_code=mine.code, viewer=ender, companion_code=relative.code, now=NOW + 2 * MINUTE)
        assert await companions.companions(mine.id) == []
    assert await refused(companions.join(text=text, citizen_id=5, now=NOW + 4 * MINUTE)) == "queue.invite_over"
    assert await refused(viewing.seen(mine.code, Viewer(citizen_id=5))) == "not_found"


async def test_a_stranger_ends_nobodys(db: str) -> None:
    await make_hall()
    mine = await make_ticket()
    await companions.join(text=await invitation(mine), citizen_id=5, now=NOW)
    (relative,) = await companions.companions(mine.id)
    ending = companions.end(ticket_code=mine.code, viewer=Viewer(citizen_id=6), companion_code=relative.code, now=NOW)
    assert await refused(ending) == "not_found"


@on_both
async def test_of_six_relatives_at_once_three_get_in(db: str) -> None:
    await make_hall()
    text = await invitation(await make_ticket())

    async def join(citizen_id: int) -> str:
        try:
            await companions.join(text=text, citizen_id=citizen_id, now=NOW)
        except AppError as refusal:
            return refusal.code
        return "in"

    answers = await asyncio.gather(*(join(citizen_id) for citizen_id in range(11, 17)))
    assert sorted(answers) == ["in"] * 3 + ["queue.too_many_companions"] * 3
    assert sorted(await Companion.all().values_list("place", flat=True)) == [1, 2, 3]
