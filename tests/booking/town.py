"""A small town for booking tests: one hall with two groups of counters, a few matters, and a day of slots."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from app.booking import actions, openings
from app.booking.change import Change
from app.booking.contact import Contact
from app.booking.models import Booking, Claim, ReturningPlace, Slot, Waiting
from app.booking.opening import whole_days
from app.clock import CHINA
from app.halls.models import Counter, CounterGroup, Hall
from app.matters.models import Matter
from app.outbox import RecordedEvent
from app.server import make_outbox
from app.staff.by import By
from app.staff.rules import Role
from tests.factories import NOW, agree

HALL, OTHER = "HALL-SZ", "HALL-0402"
WEEKLY = {str(day): [["08:30", "12:00"], ["14:00", "17:30"]] for day in range(1, 6)} | {"6": [], "7": []}
TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)
NINE = f"{HALL}.HZ.202611250900"
BY = By(
    staff_id=1, name="赵敏", roles=frozenset({Role.MANAGER}), hall_codes=frozenset({HALL}), source="", request_id=""
)


def at(text: str, on: date = TOMORROW) -> datetime:
    """A time of a day in China: at("09:00")."""
    return datetime.combine(on, time.fromisoformat(text), CHINA)


def slot(text: str, on: date = TOMORROW, group: str = "HZ") -> str:
    return f"{HALL}.{group}.{on:%Y%m%d}{text.replace(':', '')}"


def closure_of_days(hall_code: str, *, first: date, last: date, reason: str, group_codes: Sequence[str] = ()) -> Change:
    """A closure of whole days, both included."""
    starts_at, ends_at = whole_days(first, last)
    return Change(
        hall_code=hall_code, reason=reason, group_codes=tuple(group_codes), starts_at=starts_at, ends_at=ends_at
    )


async def make_hall(code: str = HALL, *, groups: dict[str, int] | None = None, **values: Any) -> Hall:
    """A hall with this many counters in each group."""
    plain = {"name": "淮南市政务服务中心", "region_code": "340400", "level": "市级", "kind": "comprehensive"}
    plain |= {"hours_text": "工作日", "weekly": WEEKLY, "has_booking": True, "has_tickets": True}
    hall = await Hall.create(code=code, **plain | values)
    for group, count in (groups or {"HZ": 3, "SB": 2}).items():
        await CounterGroup.create(key=f"{code}.{group}", hall_code=code, group_code=group, name=group)
        for n in range(count):
            await Counter.create(
                code=f"{code}-{group}{n}", hall_code=code, no=f"{group}{n}", group_code=group, name="窗口",
                floor=1, zone="A",
            )  # fmt: skip
    return hall


async def make_matter(code: str, *windows: tuple[str, str], minutes: int = 15, **values: Any) -> Matter:
    plain = {"name": f"事项{code}", "short_name": f"事项{code}", "dept_code": "D", "dept_name": "部门"}
    plain |= {"level_code": "3", "type_code": "07", "project_type": "承诺件", "guide": {}, "updated_at": NOW}
    flags = dict.fromkeys(("booking_required", "payable", "couriable", "online", "natural", "legal"), False)
    shown = [{"hall_code": hall, "group": group} for hall, group in windows or ((HALL, "HZ"),)]
    made = plain | flags | {"bookable": True, "visits": 1, "duration_min": minutes, "windows": shown}
    return await Matter.create(code=code, **made | values)


async def make_town(*, days: int = 2, counters: int = 3) -> None:
    """Hall with HZ and SB, matters ID (15 min), PASS (20 min) at HZ, PENSION at SB; slots of some days."""
    await make_hall(groups={"HZ": counters, "SB": 2})
    await make_matter("ID")
    await make_matter("PASS", minutes=20)
    await make_matter("PENSION", (HALL, "SB"))
    await openings.open_days(first=TODAY, last=TODAY + timedelta(days=days - 1))


ZHANG = Contact(name="张三", mobile="13800000001")


async def book(citizen_id: int = 1, slot_id: str = NINE, *matters: str, now: datetime = NOW, **values: Any) -> Booking:
    """By a citizen who has agreed; for 张三 unless told."""
    await agree(citizen_id)
    return await actions.book(
        citizen_id=citizen_id, slot_id=slot_id, matter_codes=matters or ("ID",), now=now, **{"contact": ZHANG} | values
    )


async def hold(citizen_id: int = 1, slot_id: str = NINE, *, is_elder: bool = False) -> Booking:
    await agree(citizen_id)
    return await actions.hold(citizen_id=citizen_id, slot_id=slot_id, matter_codes=["ID"], is_elder=is_elder, now=NOW)


async def hear() -> None:
    """The worker, a moment later: every event reaches whoever listens, and so does what they say."""
    outbox = make_outbox()
    while await outbox.relay(NOW):
        pass


async def left(slot_id: str = NINE) -> int:
    return (await Slot.get(id=slot_id)).left


async def returning(slot_id: str = NINE) -> int:
    """Places of the slot that were given up and are not on offer yet."""
    return await ReturningPlace.filter(slot_id=slot_id).count()


async def events(name: str | None = None) -> list[str]:
    rows = RecordedEvent.all() if name is None else RecordedEvent.filter(name=name)
    return [row.name for row in await rows.order_by("id")]


async def trace() -> dict[str, Any]:
    """Everything a booking writes: equal before and after means that nothing was left behind."""
    slots = await Slot.all().order_by("id").values_list("id", "left", "staff_left", "is_closed")
    bookings = await Booking.all().order_by("id").values_list("number", "state", "version", "slot_ids", "starts_at")
    claims = await Claim.all().order_by("key").values_list("key", "booking_number")
    back = await ReturningPlace.all().order_by("id").values_list("slot_id", "due_at")
    waiting = await Waiting.all().order_by("id").values_list("code", "state")
    return {
        "back": back,
        "waiting": waiting,
        "slots": slots,
        "bookings": bookings,
        "claims": claims,
        "events": await events(),
    }
