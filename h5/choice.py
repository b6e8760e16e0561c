"""What can be chosen for a booking: halls, days and times of a matter, and what is less busy nearby."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import quote

from app import clock
from app.booking import kinds, line, queries, rules, suggesting
from app.booking.errors import SlotFull
from app.booking.models import Booking
from app.booking.needs import needs_of
from app.booking.queries import DayView, SlotView
from app.booking.suggesting import Suggestion
from app.directory import queries as directory
from app.errors import AppError, NotFound
from app.halls import queries as halls
from app.halls.models import Hall
from app.matters import queries as matters
from app.matters.models import Matter


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the citizen's address or form asks for. `answers` to the questions before a booking, as they travel in
    addresses; `near`: a district; `wanted`: the slot that was refused, and `refusal` why.
    """

    hall: str = ""
    on: date | None = None
    answers: str = ""
    near: str = ""
    wanted: str = ""
    refusal: AppError | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What can be chosen. `back` is the address of this choice, to which hall and day are added. `districts`: where
    there are halls, by code; empty when there are too few to choose from.
    """

    matter: Matter
    places: list[Hall]
    hall_code: str
    days: list[DayView]
    day: date
    slots: list[SlotView]
    back: str
    full_parts: dict[str, str]
    hint: Suggestion
    remote: str  # 视频办理, 电话办理, or empty
    answers: str = ""
    near: str = ""
    districts: dict[str, str] = field(default_factory=dict)
    nearest: list[SlotView] = field(default_factory=list)

    @property
    def next_free(self) -> date | None:
        return queries.next_free_day(self.days)

    @property
    def shown_days(self) -> list[DayView]:
        """The strip of days: it begins beside the chosen one, so that this is in sight without scrolling or script."""
        place = next((n for n, each in enumerate(self.days) if each.on == self.day), 0)
        return self.days[max(0, place - 1) :]

    @property
    def earlier(self) -> date | None:
        """The day to go back to from a strip that does not begin today: about a week before, one that is not closed."""
        hidden = [each for each in self.days if each.on < self.shown_days[0].on and each.state != "closed"]
        week_ago = [each for each in hidden if each.on <= self.day - timedelta(days=7)]
        return next((each.on for each in [*reversed(week_ago), *hidden]), None)


@dataclass(frozen=True, slots=True)
class Visit:
    """How long it takes: the minutes of each matter, for so many people."""

    minutes: tuple[int, ...]
    people: int = 1


ENOUGH_TO_SORT = 3  # halls, from which on it helps to name one's district
Offered = list[tuple[Hall, str]]  # halls that handle a matter, each with its group of counters


async def choice_for(code: str, asked: Asked) -> Choice:
    """A place for a matter. Raises NotFound for a matter that nobody can book, and what `needs_of` does."""
    matter, needs = await matters.matter(code), await needs_of([code])
    windows = dict(place for place in reversed(matter.places) if place in needs.windows)
    known = {hall.code: hall for hall in await halls.halls(bookable=True, codes=windows)}
    places = [known[hall] for hall in reversed(windows) if hall in known]
    if not matter.bookable or not places:
        raise NotFound()
    if asked.near:
        places = suggesting.by_nearness(places, region_code=asked.near)
    carried = "".join(f"&{name}={quote(value)}" for name, value in _carried(asked).items() if value)
    offered = [(hall, windows[hall.code]) for hall in places]
    back = f"/h5/booking?matter={quote(code)}{carried}&hall="
    return await _choice(matter, offered, asked, Visit((matter.duration_min,)), back=back)


def _carried(asked: Asked) -> dict[str, str]:
    return {"answers": asked.answers, "near": asked.near}


async def choice_to_move(booking: Booking, asked: Asked) -> Choice:
    """Another time for a booking, in its hall, as long as the whole visit takes. Raises what `needs_of` does."""
    visit = Visit((await needs_of(booking.matter_codes)).minutes, booking.people)
    matter, hall = await matters.matter(booking.matter_codes[0]), await halls.hall(booking.hall_code)
    back = f"/h5/bookings/{booking.number}/move?hall="
    return await _choice(matter, [(hall, booking.group_code)], asked, visit, back=back)


async def _choice(matter: Matter, offered: Offered, asked: Asked, visit: Visit, *, back: str) -> Choice:
    now = clock.now()
    hall, group = next((place for place in offered if place[0].code == asked.hall), offered[0])
    days = await queries.days(hall_code=hall.code, group_code=group, now=now)
    day = asked.on or queries.next_free_day(days) or now.date()
    slots = await queries.slots_of_day(
        hall_code=hall.code, group_code=group, on=day, now=now, minutes=visit.minutes, people=visit.people
    )
    return Choice(
        matter=matter,
        places=[place for place, _ in offered],
        hall_code=hall.code,
        days=days,
        day=day,
        slots=slots,
        back=back,
        full_parts=line.full_parts(slots),
        hint=await _hint(slots, hall, offered, asked, now),
        remote=kinds.REMOTE.get(await kinds.kind_at(hall.code, group), ""),
        answers=asked.answers,
        near=asked.near,
        districts=await _districts(offered),
        nearest=await _nearest(visit, hall, group, asked, now),
    )


async def _hint(slots: list[SlotView], hall: Hall, offered: Offered, asked: Asked, now: datetime) -> Suggestion:
    """Something less busy than the slot that was wanted, or than the first free one, which most would take."""
    chosen = next((slot for slot in slots if slot.id == asked.wanted or (slot.left and not asked.wanted)), None)
    if chosen is None:
        return Suggestion()
    others = [place for place in offered if place[0].code != hall.code]
    return await suggesting.suggest(slots=slots, chosen=chosen, hall=hall, others=others, now=now)


async def _districts(offered: Offered) -> dict[str, str]:
    codes = {hall.region_code for hall, _ in offered}
    if len(offered) <= ENOUGH_TO_SORT:
        return {}
    return await directory.region_names(codes)


async def _nearest(visit: Visit, hall: Hall, group: str, asked: Asked, now: datetime) -> list[SlotView]:
    """The free slots nearest in time to one that was full."""
    wanted = moment_of(asked.wanted)
    if wanted is None or not isinstance(asked.refusal, SlotFull):
        return []
    return await queries.alternatives(
        hall_code=hall.code, group_code=group, wanted=wanted, now=now, minutes=visit.minutes, people=visit.people
    )


def moment_of(slot_id: str) -> datetime | None:
    """When a slot begins, by its id as a browser sent it."""
    try:
        return rules.start_of(slot_id)
    except ValueError:
        return None


def day_of(slot_id: str) -> date | None:
    moment = moment_of(slot_id)
    return moment.date() if moment else None
