"""A hall day for tests: a hall with three counters, bookings, and staff to serve them."""

from datetime import datetime, timedelta

from app import codes
from app.booking.models import Booking
from app.codes import Code, Purpose
from app.halls.models import Counter, CounterGroup, Hall
from app.ids import new_code
from app.queue.check_in import check_in
from app.queue.models import Desk, Ticket
from app.staff.by import By
from app.staff.rules import Role
from tests.factories import NOW

WEEKLY = {str(day): [["08:30", "12:00"], ["14:00", "17:30"]] for day in range(1, 6)}
CLERK = By(staff_id=7, name="周颖", roles=frozenset({Role.CLERK}), hall_codes=frozenset({"HALL-SZ"}))
ELSEWHERE = By(staff_id=8, name="孙浩", roles=frozenset({Role.CLERK}), hall_codes=frozenset({"HALL-TJA"}))


async def make_hall(code: str = "HALL-SZ", name: str = "淮南市政务服务中心", *, opened_by: By | None = CLERK) -> None:
    """Three counters, opened by this member of staff, or closed."""
    await Hall.create(
        code=code, name=name, region_code="340400", level="市级", kind="comprehensive", hours_text="工作日",
        weekly=WEEKLY, has_booking=True, has_tickets=True,
    )  # fmt: skip
    await CounterGroup.create(key=f"{code}.HZ", hall_code=code, group_code="HZ", name="户政")
    for no in ("B01", "B02", "B03"):
        await Counter.create(
            code=f"{code}-{no}", hall_code=code, no=no, group_code="HZ", name="户政窗口", floor=1, zone="B"
        )
    if opened_by:
        await open_desks(*(f"{code}-{no}" for no in ("B01", "B02", "B03")), by=opened_by)


async def open_desks(*counter_codes: str, by: By = CLERK, now: datetime = NOW) -> None:
    """Sit down at several counters at once, which one person cannot do outside of tests."""
    for code in counter_codes:
        counter = await Counter.get(code=code)
        await Desk.create(
            counter_code=code, hall_code=counter.hall_code, group_code=counter.group_code, staff_id=by.staff_id,
            seat=new_code(), opened_at=now,
        )  # fmt: skip


async def make_booking(
    *,
    starts_at: datetime = NOW,
    state: str = "booked",
    hall_code: str = "HALL-SZ",
    citizen_id: int | None = 1,
) -> Booking:
    return await Booking.create(
        number=new_code(), citizen_id=citizen_id, person=f"c:{citizen_id}", hall_code=hall_code, group_code="HZ",
        matter_codes=["HN-GA-001"], slot_ids=[], pools="", starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=15), state=state, channel="wechat", nonce=new_code(), made_at=NOW,
    )  # fmt: skip


def code_of(booking: Booking, *, nonce: str | None = None, expires_at: datetime = NOW + timedelta(hours=1)) -> str:
    return codes.issue(Code(Purpose.CHECK_IN, booking.number, nonce or booking.nonce, expires_at))


async def make_ticket(*, starts_at: datetime = NOW, now: datetime = NOW, citizen_id: int | None = 1) -> Ticket:
    booking = await make_booking(starts_at=starts_at, citizen_id=citizen_id)
    return (await check_in(text=booking.number, hall_code="HALL-SZ", by=CLERK, now=now)).ticket
