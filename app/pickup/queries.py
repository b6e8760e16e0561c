"""Reading results: a citizen's own, and a hall's shelf."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app import codes
from app.codes import Code, Purpose
from app.errors import NotFound
from app.pickup import digits
from app.pickup.errors import NotReady
from app.pickup.models import Pickup
from app.pickup.refusals import already_handed_over
from app.pickup.rules import CODE_LIFE
from app.pickup.states import State

SHOWN_AFTER = timedelta(days=180)  # a citizen sees what was handed over for half a year


@dataclass(frozen=True, slots=True)
class ShownCode:
    """For the citizen's screen. `text` is for the QR and dies at `expires_at`; `digits` last until the hand-over."""

    text: str
    expires_at: datetime
    digits: str


async def pickups_of(citizen_id: int, *, now: datetime) -> list[Pickup]:
    """A citizen's results, the ones to come for first."""
    rows = await Pickup.filter(citizen_id=citizen_id, expected_at__gt=now - SHOWN_AFTER).order_by("-id").limit(100)
    order = {State.READY: 0, State.EXPECTED: 1, State.HANDED_OVER: 2}
    return sorted(rows, key=lambda row: order[State(row.state)])


async def pickup(code: str, *, citizen_id: int) -> Pickup:
    """A citizen's own result. Raises `NotFound`, also for somebody else's."""
    row = await Pickup.get_or_none(code=code, citizen_id=citizen_id)
    if row is None:
        raise NotFound()
    return row


async def show_code(*, code: str, citizen_id: int, now: datetime) -> ShownCode:
    """A fresh code for the citizen's own result. Raises `NotFound`, `NotReady` or `AlreadyHandedOver`."""
    row = await pickup(code, citizen_id=citizen_id)
    if row.state == State.HANDED_OVER:
        raise await already_handed_over(row)
    if row.state != State.READY:
        raise NotReady()
    expires_at = now + CODE_LIFE
    text = codes.issue(Code(Purpose.PICKUP, row.code, row.nonce, expires_at))
    return ShownCode(text=text, expires_at=expires_at, digits=digits.of(row))


async def shelf(hall_code: str, *, state: State, limit: int = 50) -> tuple[list[Pickup], int]:
    """The hall's results in this state, the longest-waiting first (the latest first once handed over), and how many."""
    rows = Pickup.filter(hall_code=hall_code, state=state)
    order = {State.EXPECTED: "expected_at", State.READY: "ready_at", State.HANDED_OVER: "-handed_at"}[state]
    return await rows.order_by(order, "id").limit(limit), await rows.count()


async def in_hall(code: str) -> Pickup:
    """Any result, for staff, who check the hall. Raises `NotFound`."""
    row = await Pickup.get_or_none(code=code)
    if row is None:
        raise NotFound()
    return row
