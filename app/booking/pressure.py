"""Who tries suspiciously often, and which days are under a rush: counted by the way, looked at for nothing.

Counts are kept in the process and written to a table in steps of a quarter of the limit, so that somebody who tries
once or twice costs no statement, and any number of processes know of each other but for the last steps. What went over
its limit is marked; the marks, few or none, are read once a second. Nothing here runs in the transaction of a booking:
a refused attempt counts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app.booking.models import Pressure
from app.db import transactional
from app.recent import Recent, on_forget
from app.sealing import blind_index
from app.settings import PressureSettings

STEPS = 4  # writes until a limit is reached
MAX_KEPT = 20_000  # counters in one process


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that is counted: `what` by `who`, suspicious from `limit` times in a window on."""

    what: str
    who: str
    limit: int
    window_s: int

    def key(self, stamp: float) -> str:
        """Of its counter in the window in which a moment lies."""
        return f"{self.what}:{self.who}@{int(stamp // self.window_s)}"


def account(citizen_id: int) -> str:
    return f"a{citizen_id}"


def source(network: str) -> str:
    """The network a request came from; only its keyed hash is ever stored."""
    return f"s{blind_index('source', network)[:32]}"


def day(slot_id: str) -> str:
    """The day of one group of counters: "HALL-SZ.HZ.20261125"."""
    return f"d{slot_id[:-4][:48]}"


def of_booking(settings: PressureSettings, *, citizen_id: int, network: str, slot_id: str) -> list[Signal]:
    window = settings.window_minutes * 60
    return [
        Signal("book", account(citizen_id), settings.account_bookings, window),
        Signal("book", source(network), settings.source_bookings, window),
        Signal("rush", day(slot_id), settings.rush_a_minute, 60),
    ]


def of_search(settings: PressureSettings, *, network: str, citizen_id: int | None = None) -> list[Signal]:
    window = settings.window_minutes * 60
    known = [] if citizen_id is None else [Signal("search", account(citizen_id), settings.account_searches, window)]
    return [*known, Signal("search", source(network), settings.source_searches, window)]


@dataclass(slots=True)
class _Counter:
    """What this process has counted, how much of it is in the table, and what others had there when it looked."""

    own: int = 0
    written: int = 0
    others: int = 0


_counters: dict[str, _Counter] = {}
on_forget(_counters.clear)


async def note(signals: list[Signal], *, settings: PressureSettings, now: datetime) -> bool:
    """Count once more; whoever reaches a limit is under suspicion for a while. Returns whether one is reached."""
    if len(_counters) >= MAX_KEPT:
        _counters.clear()
    stamp, is_over = now.timestamp(), False
    for signal in signals:
        key = signal.key(stamp)
        counter = _counters.get(key)
        if counter is None:
            counter = _counters[key] = _Counter()
        counter.own += 1
        is_over |= counter.own + counter.others >= signal.limit  # before any waiting: this try's own place in the row
        if counter.own - counter.written >= max(1, signal.limit // STEPS):
            is_over |= await _write(signal, key, counter, settings, now)
    return is_over


async def _write(signal: Signal, key: str, counter: _Counter, settings: PressureSettings, now: datetime) -> bool:
    """Put what is new into the table, and see what others have there. Returns whether the limit is reached."""
    fresh = counter.own - counter.written
    counter.written += fresh
    total = await _add(key, fresh, now + timedelta(seconds=signal.window_s))
    counter.others = max(0, total - counter.written)
    if total < signal.limit:
        return False
    await _mark(signal.who, now + timedelta(minutes=settings.suspicion_minutes))
    return True


@transactional
async def _add(key: str, step: int, until: datetime) -> int:
    counted = Pressure.filter(key=key)
    if not await counted.update(count=F("count") + step):
        try:
            await _first(key, step, until)
        except IntegrityError:
            await counted.update(count=F("count") + step)
    return int((await Pressure.get(key=key)).count)


@transactional
async def _first(key: str, count: int, until: datetime) -> None:
    await Pressure.create(key=key, count=count, until=until)


async def _mark(who: str, until: datetime) -> None:
    await _put_mark(who, until)
    _marks.forget("")


@transactional
async def _put_mark(who: str, until: datetime) -> None:
    if await Pressure.filter(key=who).update(until=until):
        return
    try:
        await _first(who, 0, until)
    except IntegrityError:
        return  # another process has just marked them, for as long


async def _load(_: str) -> dict[str, datetime]:
    return dict(await Pressure.filter(count=0).values_list("key", "until"))


_marks = Recent(_load)


async def is_on(signals: list[Signal], *, now: datetime) -> bool:
    """Whether anybody of these is under suspicion, or anything under a rush."""
    marks = await _marks.get("")
    return bool(marks) and any(marks.get(signal.who, now) > now for signal in signals)


async def purge(*, now: datetime) -> int:
    """Forget counts and marks whose time is over. Returns how many."""
    return await Pressure.filter(until__lt=now).delete()
