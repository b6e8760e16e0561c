"""Taking a number without a booking: by phone, at a kiosk, or with the help of staff.

A group of counters gives out so many a day. Whoever takes one holds the group's row of the day until the end of the
transaction, so neither the limit nor "one open number for each person" can be passed by two at once.
"""

from dataclasses import dataclass
from datetime import datetime

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app.booking import queries as bookings
from app.db import transactional
from app.errors import AppError
from app.halls import queries as halls
from app.matters import queries as matters
from app.queue import rules, scans
from app.queue.arrivals import Arrived, Arriving, enqueue
from app.queue.errors import (
    AlreadyWaiting,
    GroupClosed,
    HallClosed,
    MachinesOnly,
    NoSuchGroup,
    NoTicketsHere,
    PrintedNeedsAccount,
    TooManyGuests,
    WalkInsFull,
)
from app.queue.history import CITIZEN, staff
from app.queue.line import Group
from app.queue.models import NumberRow, Ticket
from app.queue.numbers import key_of
from app.queue.offers import hours_of
from app.queue.policy import policy_of
from app.queue.rules import CHINA
from app.queue.states import OPEN
from app.staff import tries
from app.staff.by import By
from app.staff.errors import TooManyTries

GUESTS_PER_CODE = 20  # a tablet shows each of its codes for less than a minute


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Who wants a number, and for what. Either `citizen_id` or `guest_hash` says who it is.

    Attributes:
        matter_code: may be left open.
        channel: wall, printed, kiosk or counter.
        origin: which code of the tablet was scanned, for a guest's own phone.
        priority: elder, disabled, military or other, as they say.
        by: the member of staff who takes it for them.
    """

    hall_code: str
    group_code: str
    channel: str
    matter_code: str = ""
    citizen_id: int | None = None
    guest_hash: str | None = None
    origin: str = ""
    priority: str = ""
    by: By | None = None


async def take_number(asking: Asking, *, now: datetime) -> Arrived:
    """Give somebody a number. Logged, refusals too.

    Raises:
        NotFound, NoTicketsHere, NoSuchGroup: there is no such thing here.
        MachinesOnly: nobody is called there.
        HallClosed, GroupClosed: not at this time.
        AlreadyWaiting: they have one for this group; it says which.
        WalkInsFull: today's are gone; its text names the next free booking.
        PrintedNeedsAccount, TooManyGuests: a guest's phone does not prove enough.
    """
    if asking.by is not None:
        asking.by.ensure_sees(asking.hall_code)
    try:
        await _ensure_offered(asking, now)
        await _ensure_few_guests(asking, now)
        return await _take(asking, now)
    except AppError as exc:
        await _note(asking, exc.code, now)
        if isinstance(exc, WalkInsFull):
            raise WalkInsFull(next_free=await _next_free(asking, now)) from exc
        raise


async def _ensure_offered(asking: Asking, now: datetime) -> None:
    hall = await halls.hall(asking.hall_code)
    if not hall.has_tickets:
        raise NoTicketsHere()
    if not await halls.counters(asking.hall_code, group_code=asking.group_code):
        raise NoSuchGroup()
    if await halls.is_of_machines(asking.hall_code, asking.group_code):
        raise MachinesOnly()
    if asking.matter_code:
        await _ensure_handled(asking)
    whole, group = await hours_of(hall, ["", asking.group_code], now)
    if not rules.is_open(group, now):
        closed = GroupClosed if rules.is_open(whole, now) else HallClosed
        raise closed(opens=rules.opens_again(group, now))


async def _ensure_handled(asking: Asking) -> None:
    """Raises NotFound or `NoSuchGroup`."""
    if (asking.hall_code, asking.group_code) not in await matters.windows_of(asking.matter_code):
        raise NoSuchGroup()


async def _ensure_few_guests(asking: Asking, now: datetime) -> None:
    """A phone without an account is a new person each time it says so: it must have scanned the tablet, and each of
    the tablet's codes serves so many. A printed code is everywhere, and so, by its word, is a phone (security.md H03).
    """
    if asking.guest_hash is None or asking.channel not in ("wall", "printed"):
        return
    if asking.channel == "printed":
        raise PrintedNeedsAccount()
    try:
        await tries.take(key=tries.key_of("walk_in", asking.origin), limit=GUESTS_PER_CODE, now=now)
    except TooManyTries as exc:
        raise TooManyGuests() from exc


@transactional
async def _take(asking: Asking, now: datetime) -> Arrived:
    group = Group(asking.hall_code, asking.group_code, now.astimezone(CHINA).date())
    limit = (await policy_of(asking.hall_code)).walk_in_limit
    is_within = await _claim(key_of(group), limit)
    if mine := await _open_one(asking, group):
        raise AlreadyWaiting(number=mine.number, ticket=mine.code)
    if not is_within:
        raise WalkInsFull(next_free="")
    coming = Arriving(
        group=group, matter_code=asking.matter_code, who=staff(asking.by) if asking.by else CITIZEN,
        citizen_id=asking.citizen_id, guest_hash=asking.guest_hash, priority=asking.priority, channel=asking.channel,
    )  # fmt: skip
    arrived = await enqueue(coming, now=now)
    await _note(asking, scans.OK, now)
    return arrived


async def _claim(key: str, limit: int) -> bool:
    """Count one more, unless the limit is reached; undone with the transaction."""
    if not limit:
        return False
    below = NumberRow.filter(key=key, walk_ins__lt=limit)
    if await below.update(walk_ins=F("walk_ins") + 1):
        return True
    try:
        await NumberRow.create(key=key, given=0, walk_ins=1)
    except IntegrityError:
        return bool(await below.update(walk_ins=F("walk_ins") + 1))
    return True


async def _open_one(asking: Asking, group: Group) -> Ticket | None:
    """The number they have for this group and have not used up."""
    who = {"citizen_id": asking.citizen_id} if asking.citizen_id else {"guest_hash": asking.guest_hash}
    if not any(who.values()):
        return None
    mine = Ticket.filter(hall_code=group.hall_code, group_code=group.group_code, on_day=group.on, state__in=OPEN, **who)
    return await mine.order_by("-id").first()


async def _next_free(asking: Asking, now: datetime) -> str:
    """The next booking to be had, in words."""
    hall = await halls.hall(asking.hall_code)
    minutes = [await matters.duration_min(asking.matter_code)] if asking.matter_code else []
    slots = hall.has_booking and await bookings.alternatives(
        hall_code=hall.code, group_code=asking.group_code, wanted=now, now=now, minutes=minutes, limit=1
    )
    if not slots:
        return "近期也没有可预约的时间，请到咨询导办台询问"
    at = slots[0].starts_at.astimezone(CHINA)
    return f"最近可预约的时间：{at.month}月{at.day}日 {at:%H:%M}，请在手机上预约"


async def _note(asking: Asking, outcome: str, now: datetime) -> None:
    await scans.note(
        purpose="walk_in", channel=asking.channel, hall_code=asking.hall_code, subject=asking.group_code,
        outcome=outcome, by=asking.by, now=now,
    )  # fmt: skip
