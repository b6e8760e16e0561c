"""What is said when something happens: events in, notices out. Rows only; nothing is sent here."""

from datetime import date, datetime, timedelta

from app.booking.events import (
    AppealDecided,
    BookingCancelled,
    BookingCancelledByHall,
    BookingEvent,
    BookingMoved,
    BookingReminder,
    BookingRescheduled,
    CitizenRestricted,
    PlaceOffered,
    SlotBooked,
    WaitingOver,
)
from app.booking.kinds import REMOTE, kind_at
from app.citizens.events import AnswerUnread, MessageReceipt, MobileRelinked
from app.clock import CHINA
from app.halls import queries as halls
from app.matters import queries as matters
from app.outbox import Outbox
from app.pickup import naming
from app.pickup import queries as pickups
from app.pickup.events import (
    CourierAskedFor,
    HandOverUndone,
    PickupEvent,
    ResultArchived,
    ResultBroughtBack,
    ResultHandedOver,
    ResultInLocker,
    ResultOverdue,
    ResultReady,
    ResultSent,
)
from app.queue import companions
from app.queue.events import (
    CheckedIn,
    ReturnSoon,
    TicketCalled,
    TicketEvent,
    TicketFinished,
    TicketMissed,
    TurnNear,
)
from app.queue.policy import policy_of as queue_policy_of
from app.queue.wording import how_early
from notify import receipts
from notify.actions import tell
from notify.templates import TEMPLATES

CALL_STALE_AFTER = timedelta(minutes=10)
# What the family is told as well (features.md D11).
FAMILY_HEARS = frozenset({"turn_near", "called", "missed", "finished", "return_soon"})


def subscribe(outbox: Outbox) -> None:
    """Everything a citizen is told of."""
    for event, kind in BOOKING_KINDS.items():
        outbox.subscribe("notify", event, _booking_teller(kind))
    outbox.subscribe("notify", BookingCancelled, tell_cancelled)
    outbox.subscribe("notify", BookingRescheduled, tell_rescheduled)
    outbox.subscribe("notify", BookingReminder, remind)
    outbox.subscribe("notify", PlaceOffered, tell_offered)
    outbox.subscribe("notify", WaitingOver, tell_waited_in_vain)
    outbox.subscribe("notify", CheckedIn, tell_checked_in)
    outbox.subscribe("notify", TurnNear, tell_near)
    outbox.subscribe("notify", TicketCalled, tell_called)
    outbox.subscribe("notify", TicketMissed, tell_missed)
    outbox.subscribe("notify", TicketFinished, tell_finished)
    outbox.subscribe("notify", ReturnSoon, tell_return_soon)
    outbox.subscribe("notify", ResultReady, tell_ready)
    outbox.subscribe("notify", ResultHandedOver, tell_handed_over)
    outbox.subscribe("notify", HandOverUndone, tell_undone)
    outbox.subscribe("notify", ResultOverdue, tell_overdue)
    outbox.subscribe("notify", CourierAskedFor, tell_courier_asked)
    outbox.subscribe("notify", ResultSent, tell_sent)
    outbox.subscribe("notify", ResultArchived, tell_archived)
    outbox.subscribe("notify", ResultBroughtBack, tell_brought_back)
    outbox.subscribe("notify", ResultInLocker, tell_in_locker)
    outbox.subscribe("notify", CitizenRestricted, tell_restricted)
    outbox.subscribe("notify", AppealDecided, tell_appeal)
    outbox.subscribe("notify", MobileRelinked, tell_relinked)
    outbox.subscribe("notify", AnswerUnread, tell_answered)
    outbox.subscribe("notify", MessageReceipt, receipts.receive)


BOOKING_KINDS: dict[type[BookingEvent], str] = {
    SlotBooked: "booked",
    BookingMoved: "moved",
    BookingCancelledByHall: "closed",
}


class _booking_teller:
    """The subscriber of one kind of booking event."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    async def __call__(self, event: BookingEvent) -> None:
        await _tell_of_booking(event, kind=self._kind, key=_key(self._kind, event))


async def tell_cancelled(event: BookingCancelled) -> None:
    kind = "cancelled_for" if event.by_staff else "cancelled"
    await _tell_of_booking(event, kind=kind, key=_key("cancelled", event))


async def tell_rescheduled(event: BookingRescheduled) -> None:
    kind = "rescheduled_for" if event.by_staff else "rescheduled"
    await _tell_of_booking(event, kind=kind, key=_key("rescheduled", event))


def _key(kind: str, event: BookingEvent) -> str:
    return f"{kind}:{event.booking_number}:{event.occurred_at.isoformat()}"


async def remind(event: BookingReminder) -> None:
    await _tell_of_booking(
        event, kind="reminder", key=f"reminder:{event.kind}:{event.booking_number}:{event.starts_at}"
    )


async def tell_offered(event: PlaceOffered) -> None:
    if event.citizen_id is None:
        return
    values = {
        "matter": await _matter_names(event.matter_codes),
        "when": shown(event.starts_at),
        "hall": (await halls.hall(event.hall_code)).name,
        "until": f"{event.until.astimezone(CHINA):%H:%M}",
    }
    await tell(
        key=f"place_offered:{event.booking_number}", citizen_id=event.citizen_id, kind="place_offered", values=values,
        page=f"/h5/waiting/{event.waiting_code}", now=event.occurred_at, expires_at=event.until,
    )  # fmt: skip


async def tell_waited_in_vain(event: WaitingOver) -> None:
    values = {
        "matter": await _matter_names(event.matter_codes),
        "when": shown_day(event.on) + {"am": "上午", "pm": "下午"}[event.part],
        "hall": (await halls.hall(event.hall_code)).name,
    }
    await tell(
        key=f"waiting_over:{event.waiting_code}", citizen_id=event.citizen_id, kind="waiting_over", values=values,
        page=f"/h5/waiting/{event.waiting_code}", now=event.occurred_at,
    )  # fmt: skip


async def _tell_of_booking(event: BookingEvent, *, kind: str, key: str) -> None:
    if event.citizen_id is None:
        return
    remote = await _remote(event)
    words = f"{kind}_{remote}"
    values = {
        "matter": await _matter_names(event.matter_codes),
        "when": shown(event.starts_at),
        "hall": REMOTE.get(remote) or (await halls.hall(event.hall_code)).name,
        "arrive": how_early(await queue_policy_of(event.hall_code)),
        **_what_changed(event),
    }
    await tell(
        key=key[:96],
        citizen_id=event.citizen_id,
        kind=kind,
        values=values,
        page=f"/h5/bookings/{event.booking_number}",
        now=event.occurred_at,
        expires_at=event.starts_at,
        words=words if words in TEMPLATES else None,
    )


def _what_changed(event: BookingEvent) -> dict[str, str]:
    values = {"reason": event.reason} if isinstance(event, BookingMoved | BookingCancelledByHall) else {}
    return values | ({"was": shown(event.was_at)} if isinstance(event, BookingMoved | BookingRescheduled) else {})


async def tell_checked_in(event: CheckedIn) -> None:
    await _tell_of_ticket(event, kind="checked_in", key=f"checked_in:{event.ticket_code}", ahead=str(event.ahead))


async def tell_near(event: TurnNear) -> None:
    near = f"前面还有 {event.ahead} 人" if event.ahead else "下一位就到您"
    key, hall = f"turn_near:{event.ticket_code}:{event.told}", await _hall_name(event)
    await _tell_of_ticket(event, kind="turn_near", key=key, life=CALL_STALE_AFTER, near=near, hall=hall)


async def tell_return_soon(event: ReturnSoon) -> None:
    until = event.return_by.astimezone(CHINA)
    key, hall = f"return_soon:{event.ticket_code}:{until:%H%M}", await _hall_name(event)
    life = event.return_by - event.occurred_at
    await _tell_of_ticket(event, kind="return_soon", key=key, life=life, back_by=f"{until:%H:%M}", hall=hall)


async def tell_called(event: TicketCalled) -> None:
    key = f"called:{event.ticket_code}:{event.occurred_at.isoformat()}"
    counter = (await halls.counter(event.counter_code)).no
    await _tell_of_ticket(event, kind="called", key=key, life=CALL_STALE_AFTER, counter=counter)


async def tell_missed(event: TicketMissed) -> None:
    await _tell_of_ticket(event, kind="missed", key=f"missed:{event.ticket_code}:{event.occurred_at.isoformat()}")


async def tell_finished(event: TicketFinished) -> None:
    await _tell_of_ticket(event, kind="finished", key=f"finished:{event.ticket_code}")
    await _tell_of_ticket(event, kind="rate_visit", key=f"rate_visit:{event.ticket_code}", page="/rate")


async def _tell_of_ticket(
    event: TicketEvent, *, kind: str, key: str, life: timedelta | None = None, page: str = "", **values: str
) -> None:
    """Tell the owner, and the family of what it may hear; each of them once for each key.

    `page`: below the ticket's own.
    """
    named = {"ticket": event.ticket_number, "matter": await matters.name(event.matter_code), **values}
    expires_at = event.occurred_at + life if life else None
    for citizen_id in await _listeners(event, kind):
        is_owner = citizen_id == event.citizen_id
        await tell(
            key=key if is_owner else f"{key}:{citizen_id}",
            citizen_id=citizen_id,
            kind=kind,
            values=named if is_owner else {**named, "ticket": f"家人的 {event.ticket_number}"},
            page=f"/h5/tickets/{event.ticket_code}{page}",
            now=event.occurred_at,
            expires_at=expires_at,
        )


async def _listeners(event: TicketEvent, kind: str) -> list[int]:
    """Who is told: the owner, if we know them, and the family."""
    family = await companions.told_with(event.ticket_code) if kind in FAMILY_HEARS else []
    return [*([event.citizen_id] if event.citizen_id is not None else []), *family]


async def _hall_name(event: TicketEvent) -> str:
    return (await halls.hall(event.hall_code)).name


async def tell_ready(event: ResultReady) -> None:
    hall = await halls.hall(event.hall_code)
    hours = {"hours": weekly_hours(hall.weekly), "hours_text": hall.hours_text}
    await _tell_of_pickup(event, kind="result_ready", until=shown_day(event.until_on), **hours)


async def tell_handed_over(event: ResultHandedOver) -> None:
    kind = "handed_to_proxy" if event.is_proxy else "handed_over"
    await _tell_of_pickup(event, kind=kind, once=event.occurred_at.isoformat(), when=shown(event.occurred_at))


async def tell_undone(event: HandOverUndone) -> None:
    await _tell_of_pickup(event, kind="hand_over_undone", once=event.occurred_at.isoformat())


async def tell_overdue(event: ResultOverdue) -> None:
    values = {"days": str(event.days)} | ({"until": shown_day(event.archive_on)} if event.archive_on else {})
    kind = "overdue_offer" if event.archive_on else "overdue"
    await _tell_of_pickup(event, kind=kind, once=f"{event.step}:{event.occurred_at.date()}", **values)


async def tell_courier_asked(event: CourierAskedFor) -> None:
    await _tell_of_pickup(event, kind="courier_asked", once=event.occurred_at.isoformat())


async def tell_sent(event: ResultSent) -> None:
    await _tell_of_pickup(event, kind="sent", carrier=event.carrier, waybill=event.waybill)


async def tell_archived(event: ResultArchived) -> None:
    phone = (await halls.hall(event.hall_code)).phone or "12345"
    await _tell_of_pickup(event, kind="archived", once=event.occurred_at.isoformat(), phone=phone)


async def tell_brought_back(event: ResultBroughtBack) -> None:
    await _tell_of_pickup(
        event, kind="brought_back", once=event.occurred_at.isoformat(), until=shown_day(event.until_on)
    )


async def tell_in_locker(event: ResultInLocker) -> None:
    await _tell_of_pickup(event, kind="in_locker", once=str(event.stay_id), machine=event.machine_name, site=event.site)


async def _tell_of_pickup(event: PickupEvent, *, kind: str, once: str = "", **values: str) -> None:
    """`once`: what tells two notices of one kind about one result apart."""
    if event.citizen_id is None:
        return
    hall = (await halls.hall(event.hall_code)).name
    matter = await matters.name(event.matter_code) if event.matter_code else await _what_is_ready(event)
    named = {"matter": matter, "hall": hall, **values}
    key, page = f"{kind}:{event.pickup_code}{once and ':'}{once}", f"/h5/pickups/{event.pickup_code}"
    await tell(key=key, citizen_id=event.citizen_id, kind=kind, values=named, page=page, now=event.occurred_at)


async def _what_is_ready(event: PickupEvent) -> str:
    return await naming.title(await pickups.in_hall(event.pickup_code))


async def tell_restricted(event: CitizenRestricted) -> None:
    if event.citizen_id is not None:
        key, values = f"restricted:{event.restriction_code}", {"until": shown(event.until)}
        page = "/h5/bookings"
        await tell(
            key=key, citizen_id=event.citizen_id, kind="restricted", values=values, page=page, now=event.occurred_at
        )


async def tell_appeal(event: AppealDecided) -> None:
    if event.citizen_id is not None:
        await tell(
            key=f"appeal:{event.restriction_code}", citizen_id=event.citizen_id,
            kind="appeal_accepted" if event.accepted else "appeal_refused", values={"answer": event.answer},
            page="/h5/bookings", now=event.occurred_at,
        )  # fmt: skip


async def tell_answered(event: AnswerUnread) -> None:
    when = event.occurred_at.astimezone(CHINA)
    key = f"chat_answered:{event.conversation_code}:{when.isoformat()}"
    values = {"when": f"{when:%Y年%-m月%-d日 %H:%M}"}
    await tell(
        key=key, citizen_id=event.citizen_id, kind="chat_answered", values=values, page="/h5/chat",
        now=event.occurred_at,
    )  # fmt: skip


async def tell_relinked(event: MobileRelinked) -> None:
    if event.from_citizen_id != event.to_citizen_id:
        key = f"relinked:{event.from_citizen_id}:{event.occurred_at.isoformat()}"
        await tell(
            key=key, citizen_id=event.from_citizen_id, kind="mobile_relinked", values={}, page="/h5/",
            now=event.occurred_at,
        )  # fmt: skip


async def _remote(event: BookingEvent) -> str:
    """ "video" or "phone" for a visit without a hall."""
    kind = await kind_at(event.hall_code, event.group_code)
    return kind if kind in REMOTE else ""


async def _matter_names(codes: list[str]) -> str:
    names = await matters.names(codes)
    return "、".join(names[code] for code in codes)


def shown(moment: datetime) -> str:
    """2026年11月26日 09:15, which WeChat's time fields take."""
    local = moment.astimezone(CHINA)
    return f"{shown_day(local.date())} {local:%H:%M}"


def shown_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def weekly_hours(weekly: dict[str, list[list[str]]]) -> str:
    """A hall's usual hours for WeChat: 08:30-12:00,14:00-17:30; the day there are most of, Monday's in doubt."""
    days = [",".join("-".join(span) for span in spans) for _, spans in sorted(weekly.items()) if spans]
    return max(days, key=days.count) if days else "-"
