"""The waiting list (有号提醒我): standing in line for a part of a day, and answering an offer. One transaction each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.booking import actions, claims, line, places, queries, rules, triage
from app.booking.contact import Contact
from app.booking.errors import (
    BookingRefused,
    DayLimit,
    HasPlaces,
    LineClosed,
    LinePassed,
    NothingOffered,
    NotWaiting,
    RebookLimit,
    Restricted,
    SlotTooShort,
    TooEarly,
    TooLate,
)
from app.booking.models import Booking, Waiting
from app.booking.needs import needs_of
from app.booking.offering import TOO_FEW
from app.booking.openings import slots_between
from app.booking.policy import policy_of
from app.booking.triage import Answers
from app.citizens import queries as citizens
from app.db import transactional
from app.errors import NotFound
from app.ids import new_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody waits for. `answers`: to the matters' questions."""

    hall_code: str
    on: date
    part: str
    matter_codes: Sequence[str]
    people: int = 1
    answers: Answers = field(default_factory=dict)


@transactional
async def join(*, citizen_id: int, wish: Wish, now: datetime, is_elder: bool = False) -> Waiting:
    """Stand in line for the morning or the afternoon of a day that is full.

    Raises NotFound, SlotForeign, NotBookable, NotTogether, NoVideo, TooMuchAtOnce, HasPlaces, Restricted,
    AlreadyBooked, AlreadyWaiting, WaitingLimit, ConsentNeeded, what the answers lead to as in `book`; and
    LinePassed, LineClosed, TooEarly, TooLate or SlotTooShort for a part of a day in which nobody could come.
    """
    await citizens.ensure_agreed(citizen_id)
    codes = tuple(dict.fromkeys(wish.matter_codes))
    policy, needs = await policy_of(wish.hall_code), await needs_of(codes)
    rules.ensure_size(policy, matters=len(codes), people=wish.people)
    triage.ensure_right(needs.asked, wish.answers)
    group = needs.group_in(wish.hall_code)
    key, person = line.key(wish.hall_code, group, wish.on, wish.part), claims.person_of(citizen_id, None)
    last = await _last_slot(wish, key, group, needs.minutes, now)
    code = new_code()
    await claims.stand(person=person, matters=codes, line=key, code=code, limit=policy.waiting_limit, now=now)
    return await Waiting.create(
        code=code,
        line=key,
        citizen_id=citizen_id,
        person=person,
        hall_code=wish.hall_code,
        group_code=group,
        on=wish.on,
        part=wish.part,
        matter_codes=list(codes),
        people=wish.people,
        slots=rules.slots_needed(needs.minutes, people=wish.people, slot_minutes=last.minutes),
        is_elder=is_elder,
        joined_at=now,
        until=last.starts_at - timedelta(minutes=policy.earliest_minutes),
    )


async def _last_slot(wish: Wish, key: str, group: str, minutes: tuple[int, ...], now: datetime) -> places.Place:
    """The last slot at which the visit could begin. Raises HasPlaces, and why there is none."""
    slots = await queries.slots_of_day(
        hall_code=wish.hall_code, group_code=group, on=wish.on, now=now, minutes=minutes, people=wish.people
    )
    theirs = [slot for slot in slots if line.key_of(slot.id) == key]
    if not theirs:
        raise await _why_none(wish, key, group, minutes, now)
    if any(slot.left for slot in theirs):
        raise HasPlaces()
    (last,) = await places.read([theirs[-1].id])
    return last


async def _why_none(wish: Wish, key: str, group: str, minutes: tuple[int, ...], now: datetime) -> BookingRefused:
    """Why nobody can come in this part of the day."""
    policy, today = await policy_of(wish.hall_code), rules.local_date(now)
    if wish.on > today + timedelta(days=policy.latest_days):
        return TooLate(days=policy.latest_days)
    slots = slots_between(wish.hall_code, group, wish.on, wish.on).filter(is_closed=False)
    starts = [start for slot_id, start in await slots.values_list("id", "starts_at") if line.key_of(slot_id) == key]
    if wish.on < today or (starts and max(starts) <= now):
        return LinePassed()
    if not starts:
        return LineClosed()
    if max(starts) < now + timedelta(minutes=policy.earliest_minutes):
        return TooEarly(minutes=policy.earliest_minutes)
    return SlotTooShort(minutes=sum(minutes) * wish.people)


@transactional
async def leave(*, code: str, citizen_id: int, now: datetime) -> None:
    """Wait no longer; what is being offered is refused with it. Raises NotFound, NotWaiting."""
    entry = await _own(code, citizen_id)
    if entry.state == line.OFFERED:
        await refuse(code=code, citizen_id=citizen_id, now=now)
        return
    if not await Waiting.filter(id=entry.id, state=line.WAITING).update(state=line.LEFT, ended_at=now):
        raise NotWaiting()
    await claims.release(code)


@transactional
async def accept(*, code: str, citizen_id: int, now: datetime, contact: Contact | None = None) -> Booking:
    """Take the place that is kept. Raises NotFound, NothingOffered, NotWaiting, HoldExpired."""
    entry = await _offered(code, citizen_id)
    return await actions.confirm(number=entry.booking_number or "", citizen_id=citizen_id, now=now, contact=contact)


@transactional
async def refuse(*, code: str, citizen_id: int, now: datetime) -> None:
    """Let the place go to the next in line. Raises NotFound, NothingOffered, NotWaiting, HoldExpired."""
    entry = await _offered(code, citizen_id)
    await actions.cancel(number=entry.booking_number or "", citizen_id=citizen_id, now=now)


async def _own(code: str, citizen_id: int) -> Waiting:
    entry = await Waiting.get_or_none(code=code, citizen_id=citizen_id)
    if entry is None:
        raise NotFound()
    return entry


async def _offered(code: str, citizen_id: int) -> Waiting:
    entry = await _own(code, citizen_id)
    if entry.state == line.WAITING:
        raise NothingOffered()
    if entry.state != line.OFFERED:
        raise NotWaiting()
    return entry


@dataclass(frozen=True, slots=True)
class Offer:
    """A place that is kept until `until`; `booking_number` of the held booking."""

    booking_number: str
    slot_ids: list[str]
    starts_at: datetime
    ends_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class WaitingView:
    """One who waits. `position`: 1 is next; None when not in line any more."""

    code: str
    hall_code: str
    group_code: str
    on: date
    part_name: str
    matter_codes: list[str]
    people: int
    state: str
    state_name: str
    position: int | None
    reason: str
    joined_at: datetime
    citizen_id: int
    offer: Offer | None


STATE_NAMES = {
    line.WAITING: "候补中",
    line.OFFERED: "已为您留号",
    line.ACCEPTED: "已预约",
    line.REFUSED: "已放弃",
    line.MISSED: "逾时未答复",
    line.LEFT: "已退出",
    line.OVER: "未等到空号",
}
_WHY: dict[str, str] = {
    TOO_FEW: "曾有空号，但不够您需要的连续 {slots} 个时段，先让给了后面的人；您的排位不变",
    DayLimit.code: "曾有空号，但您当天的预约已达上限；取消一个后即可轮到您",
    Restricted.code: "您目前不能预约，限制解除前空号先让给后面的人",
    RebookLimit.code: "您今天已多次取消同一事项（占号未确认也算），今天的空号先让给后面的人",
}


def reason_of(entry: Waiting, position: int | None) -> str:
    """Why this place in line, in a sentence."""
    if position is None:
        return ""
    if why := _WHY.get(entry.passed_why):
        return why.format(slots=entry.slots)
    return "您排在第一位，有空号就为您保留" if position == 1 else f"前面还有 {position - 1} 人，按先后顺序安排"


async def mine(citizen_id: int, *, only_open: bool = False) -> list[WaitingView]:
    """The citizen's own, the latest first."""
    rows = Waiting.filter(citizen_id=citizen_id)
    if only_open:
        rows = rows.filter(state__in=line.OPEN)
    return await _views(await rows.order_by("-id").limit(20))


async def entry(code: str, *, citizen_id: int) -> WaitingView:
    """Raises NotFound, for another's alike."""
    (view,) = await _views([await _own(code, citizen_id)])
    return view


async def of_day(hall_code: str, on: date) -> list[WaitingView]:
    """Everybody who waits in a hall for some part of a day, in order of the lines; for staff, who are audited."""
    rows = Waiting.filter(hall_code=hall_code, on=on, state__in=line.OPEN)
    return await _views(await rows.order_by("line", "id").limit(200))


async def _views(rows: Sequence[Waiting]) -> list[WaitingView]:
    """Two reads for any number of rows."""
    lines = {row.line for row in rows if row.state == line.WAITING}
    standing: dict[str, list[int]] = {key: [] for key in lines}
    if lines:
        in_line = Waiting.filter(line__in=list(lines), state=line.WAITING).order_by("id")
        for key, row_id in await in_line.values_list("line", "id"):
            standing[key].append(row_id)
    numbers = [row.booking_number for row in rows if row.state == line.OFFERED]
    held = {row.number: row for row in await Booking.filter(number__in=numbers)} if numbers else {}
    return [_view(row, standing.get(row.line, []), held.get(row.booking_number or "")) for row in rows]


def _view(row: Waiting, standing: list[int], booking: Booking | None) -> WaitingView:
    position = standing.index(row.id) + 1 if row.state == line.WAITING and row.id in standing else None
    return WaitingView(
        code=row.code,
        hall_code=row.hall_code,
        group_code=row.group_code,
        on=row.on,
        part_name=line.PART_NAMES[row.part],
        matter_codes=row.matter_codes,
        people=row.people,
        state=row.state,
        state_name=STATE_NAMES[row.state],
        position=position,
        reason=reason_of(row, position),
        joined_at=row.joined_at,
        citizen_id=row.citizen_id,
        offer=_offer_of(booking) if booking else None,
    )


def _offer_of(booking: Booking) -> Offer | None:
    if booking.hold_until is None:
        return None  # answered at this very moment
    return Offer(booking.number, booking.slot_ids, booking.starts_at, booking.ends_at, booking.hold_until)
