"""Recorded days of a hall: who came, how they queued, when they were called and how long it took.

Made by a seeded simulation in which people and counters behave as in a hall, and the product's own rules say who is
called: bookings and walk-ins, some of them early, late or not at all; a rush in the morning and a dip at noon; times
at the counter that are log-normal; clerks who begin late, close a counter for an hour, take a break; people who do not
come when called, or are set aside for a copy.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from app.clock import CHINA
from app.queue import rules
from app.queue.arrivals import lane_of
from app.queue.order import Lane, Place, ranked
from app.queue.rules import Arrival, QueuePolicy

POLICY = QueuePolicy()
TICK = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)
MORNING, NOON, AFTERNOON, EVENING = time(8, 30), time(12), time(14), time(17, 30)


@dataclass(frozen=True)
class Group:
    """One kind of counters.

    Attributes:
        minutes, spread: median and sigma of the log-normal time at the counter.
        booked: bookings for each quarter of an hour.
        walk_ins: people an hour who come without.
        at_noon: counters that stay open at noon; 0 closes the hall from 12 to 14.
    """

    name: str
    counters: int
    minutes: float
    spread: float
    booked: int
    walk_ins: float
    at_noon: int


GROUPS = (
    Group("户政", counters=5, minutes=7.0, spread=0.55, booked=5, walk_ins=9, at_noon=2),
    Group("社保", counters=3, minutes=11.0, spread=0.7, booked=2, walk_ins=3.5, at_noon=0),
    Group("不动产", counters=8, minutes=18.0, spread=0.6, booked=5, walk_ins=4, at_noon=0),
    Group("出入境", counters=2, minutes=6.0, spread=0.4, booked=3, walk_ins=3.5, at_noon=1),
)


@dataclass
class Visit:
    """One person of a day, as the tables of the queue know them afterwards. `free_at`: when the counter was free."""

    id: int
    lane: Lane
    booked_at: datetime | None
    arrived_at: datetime
    order_at: datetime
    due_at: datetime | None
    counter: str = ""
    called_at: datetime | None = None
    free_at: datetime | None = None
    ended_at: datetime | None = None
    gave_up_at: datetime | None = None

    def waits(self, at: datetime) -> bool:
        gone = self.called_at or self.gave_up_at
        return self.arrived_at <= at and (gone is None or gone > at)

    @property
    def place(self) -> Place:
        return Place(self.id, self.lane, self.due_at)


@dataclass(frozen=True)
class Day:
    """A recorded day. `bookings`: every booked time with when its person came, if ever."""

    group: Group
    on: date
    visits: list[Visit]
    bookings: list[tuple[datetime, datetime | None]]

    @property
    def spans(self) -> list[tuple[datetime, datetime]]:
        if self.group.at_noon:
            return [(at(self.on, MORNING), at(self.on, EVENING))]
        return [(at(self.on, MORNING), at(self.on, NOON)), (at(self.on, AFTERNOON), at(self.on, EVENING))]


def at(on: date, moment: time) -> datetime:
    return datetime.combine(on, moment, CHINA)


def record(group: Group, on: date, *, seed: int) -> Day:
    """One day of a group; the same for the same seed."""
    chance = random.Random(f"{group.name} {on} {seed}")
    bookings = list(_booked(group, on, chance))
    coming = sorted(_arrivals(group, on, bookings, chance), key=lambda visit: visit.arrived_at)
    for number, visit in enumerate(coming):
        visit.id = number + 1
    _Hall(group, on, coming, chance).run()
    return Day(group, on, coming, bookings)


def _booked(group: Group, on: date, chance: random.Random) -> Iterator[tuple[datetime, datetime | None]]:
    moment = at(on, MORNING)
    while moment < at(on, time(17)):
        is_open = group.at_noon or not NOON <= moment.time() < AFTERNOON
        for _ in range(group.booked if is_open else 0):
            if chance.random() < 0.8:  # not every place is taken
                comes = chance.random() < 0.86
                yield moment, moment + chance.gauss(-8, 9) * MINUTE if comes else None
        moment += 15 * MINUTE


def _arrivals(
    group: Group, on: date, bookings: list[tuple[datetime, datetime | None]], chance: random.Random
) -> Iterator[Visit]:
    for booked_at, comes_at in bookings:
        if comes_at is not None:
            yield _visit(max(comes_at, at(on, time(8, 10))), booked_at, chance)
    moment = at(on, time(8, 15))
    while moment < at(on, time(16, 45)):
        moment += chance.expovariate(group.walk_ins * _rush(moment) / 60) * MINUTE
        yield _visit(moment, None, chance)


def _rush(moment: datetime) -> float:
    """How many more or fewer come than on average."""
    hour = moment.hour + moment.minute / 60
    return 1.7 if hour < 10.5 else 1.1 if hour < 12 else 0.3 if hour < 13.5 else 1.2 if hour < 15.5 else 0.7


def _visit(arrived_at: datetime, booked_at: datetime | None, chance: random.Random) -> Visit:
    kind = Arrival.WALK_IN if booked_at is None else rules.arrival(POLICY, booked_at=booked_at, now=arrived_at)
    return Visit(
        id=0,
        lane=lane_of(kind, "elder" if chance.random() < 0.07 else ""),
        booked_at=booked_at,
        arrived_at=arrived_at,
        order_at=rules.order_at(kind, booked_at=booked_at, now=arrived_at),
        due_at=rules.due_at(kind, POLICY, booked_at=booked_at),
        gave_up_at=arrived_at + chance.uniform(10, 60) * MINUTE if chance.random() < 0.03 else None,
    )


@dataclass
class _Hall:
    """The counters of a group at work."""

    group: Group
    on: date
    coming: list[Visit]
    chance: random.Random
    free_from: dict[str, datetime] = field(default_factory=dict)
    lanes: list[str] = field(default_factory=list)
    shut: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def run(self) -> None:
        for n in range(self.group.counters):
            name = f"{n + 1:02}"
            self.free_from[name] = at(self.on, MORNING) + self.chance.uniform(-3, 12) * MINUTE
            if self.chance.random() < 0.4:  # closed for a while: a meeting, an errand
                begins = at(self.on, MORNING) + self.chance.uniform(30, 420) * MINUTE
                self.shut[name] = begins, begins + self.chance.uniform(20, 70) * MINUTE
        moment = at(self.on, MORNING)
        while moment < at(self.on, time(19)):
            self._tick(moment)
            moment += TICK

    def _tick(self, now: datetime) -> None:
        for counter in self._ready(now):
            waiting = [visit for visit in self.coming if visit.waits(now)]
            waiting.sort(key=lambda visit: (visit.order_at, visit.arrived_at, visit.id))
            line = ranked([v.place for v in waiting], now=now, policy=POLICY, called_before=self.lanes[:3])
            if not line:
                return
            self._call(next(v for v in waiting if v.id == line[0].ticket_id), counter, now)

    def _ready(self, now: datetime) -> list[str]:
        ready = [name for name, moment in self.free_from.items() if moment <= now and not self._is_shut(name, now)]
        if not NOON <= now.time() < AFTERNOON:
            return ready
        return [name for name in ready if int(name) <= self.group.at_noon]

    def _is_shut(self, counter: str, now: datetime) -> bool:
        begins, ends = self.shut.get(counter, (now, now))
        return begins <= now < ends

    def _call(self, visit: Visit, counter: str, now: datetime) -> None:
        self.lanes.insert(0, visit.lane)
        visit.counter, visit.called_at = counter, now
        if self.chance.random() < 0.06:  # nobody comes; called again, then passed over
            visit.free_at = visit.ended_at = now + self.chance.uniform(2, 5) * MINUTE
        else:
            walking = self.chance.uniform(0.3, 1.5)
            minutes = self.group.minutes * self.chance.lognormvariate(0, self.group.spread)
            visit.free_at = visit.ended_at = now + (walking + minutes) * MINUTE
            if self.chance.random() < 0.03:  # set aside: the counter is free, the person comes back much later
                visit.ended_at = visit.free_at + self.chance.uniform(20, 90) * MINUTE
        self.free_from[counter] = visit.free_at + self.chance.uniform(0.1, 1.2) * MINUTE
