"""What is said when something happens: events in, notices out. Rows only; nothing is sent here."""

from datetime import date, datetime, timedelta

from app.booking.events import (
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
from app.citizens.events import MobileRelinked
from app.clock import CHINA
from app.halls import queries as halls
from app.matters import queries as matters
from app.outbox import Outbox
from app.pickup.events import PickupEvent, ResultHandedOver, ResultReady
from app.queue.events import CheckedIn, TicketCalled, TicketEvent, TicketFinished, TicketMissed
from notify.actions import tell
from notify.templates import TEMPLATES

CALL_STALE_AFTER = timedelta(minutes=10)


def subscribe(outbox: Outbox) -> None:
    """Everything a citizen is told of."""
    for event, kind in BOOKING_KINDS.items():
        outbox.subscribe("notify", event, _booking_teller(kind))
    outbox.subscribe("notify", BookingReminder, remind)
    outbox.subscribe("notify", PlaceOffered, tell_offered)
    outbox.subscribe("notify", WaitingOver, tell_waited_in_vain)
    outbox.subscribe("notify", CheckedIn, tell_checked_in)
    outbox.subscribe("notify", TicketCalled, tell_called)
    outbox.subscribe("notify", TicketMissed, tell_missed)
    outbox.subscribe("notify", TicketFinished, tell_finished)
    outbox.subscribe("notify", ResultReady, tell_ready)
    outbox.subscribe("notify", ResultHandedOver, tell_handed_over)
    outbox.subscribe("notify", CitizenRestricted, tell_restricted)
    outbox.subscribe("notify", MobileRelinked, tell_relinked)


BOOKING_KINDS: dict[type[BookingEvent], str] = {
    SlotBooked: "booked",
    BookingCancelled: "cancelled",
    BookingRescheduled: "rescheduled",
    BookingMoved: "moved",
    BookingCancelledByHall: "closed",
}


class _booking_teller:
    """The subscriber of one kind of booking event."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    async def __call__(self, event: BookingEvent) -> None:
        key = f"{self._kind}:{event.booking_number}:{event.occurred_at.isoformat()}"
        await _tell_of_booking(event, kind=self._kind, key=key)


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


async def tell_checked_in(event: CheckedIn) -> None:
    await _tell_of_ticket(event, kind="checked_in", key=f"checked_in:{event.ticket_code}", ahead=str(event.ahead))


async def tell_called(event: TicketCalled) -> None:
    key = f"called:{event.ticket_code}:{event.calls}"
    counter = (await halls.counter(event.counter_code)).no
    await _tell_of_ticket(event, kind="called", key=key, life=CALL_STALE_AFTER, counter=counter)


async def tell_missed(event: TicketMissed) -> None:
    await _tell_of_ticket(event, kind="missed", key=f"missed:{event.ticket_code}:{event.calls}")


async def tell_finished(event: TicketFinished) -> None:
    await _tell_of_ticket(event, kind="finished", key=f"finished:{event.ticket_code}")


async def _tell_of_ticket(
    event: TicketEvent, *, kind: str, key: str, life: timedelta | None = None, **values: str
) -> None:
    if event.citizen_id is None:
        return
    named = {"ticket": event.ticket_number, "matter": await _matter_name(event.matter_code), **values}
    page = f"/h5/bookings/{event.booking_number}" if event.booking_number else "/h5/messages"
    expires_at = event.occurred_at + life if life else None
    await tell(
        key=key, citizen_id=event.citizen_id, kind=kind, values=named, page=page, now=event.occurred_at,
        expires_at=expires_at,
    )  # fmt: skip


async def tell_ready(event: ResultReady) -> None:
    await _tell_of_pickup(event, kind="result_ready", until=shown_day(event.until_on))


async def tell_handed_over(event: ResultHandedOver) -> None:
    await _tell_of_pickup(event, kind="handed_over", when=shown(event.occurred_at))


async def _tell_of_pickup(event: PickupEvent, *, kind: str, **values: str) -> None:
    if event.citizen_id is None:
        return
    hall = (await halls.hall(event.hall_code)).name
    named = {"matter": await _matter_name(event.matter_code), "hall": hall, **values}
    key, page = f"{kind}:{event.pickup_code}", f"/h5/pickups/{event.pickup_code}"
    await tell(key=key, citizen_id=event.citizen_id, kind=kind, values=named, page=page, now=event.occurred_at)


async def tell_restricted(event: CitizenRestricted) -> None:
    if event.citizen_id is not None:
        key, values = f"restricted:{event.restriction_code}", {"until": shown(event.until)}
        page = "/h5/bookings"
        await tell(
            key=key, citizen_id=event.citizen_id, kind="restricted", values=values, page=page, now=event.occurred_at
        )


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
    return "、".join(names.get(code, code) for code in codes)


async def _matter_name(code: str) -> str:
    return (await matters.names([code])).get(code, code)


def shown(moment: datetime) -> str:
    """2026年11月26日 09:15, which WeChat's time fields take."""
    local = moment.astimezone(CHINA)
    return f"{shown_day(local.date())} {local:%H:%M}"


def shown_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
