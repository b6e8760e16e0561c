"""What one person may have only so often, held by unique keys: an active booking of a matter, bookings of a day,
a matter or slot given up on a day.

A person is `c<citizen id>`, or `m<blind index of the mobile>` for somebody without an account. All functions run
inside the action's transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from tortoise.exceptions import IntegrityError

from app.booking.errors import (
    AlreadyBooked,
    AlreadyWaiting,
    BookingRefused,
    DayLimit,
    RebookLimit,
    Restricted,
    WaitingLimit,
)
from app.booking.models import Claim
from app.booking.rules import CHINA
from app.prepared import Insert, Prepared

TRIES = 3
AT_ONCE = 500


def person_of(citizen_id: int | None, mobile_index: str | None) -> str:
    return f"c{citizen_id}" if citizen_id is not None else f"m{(mobile_index or '')[:32]}"


async def lay(
    *,
    person: str,
    matters: Sequence[str],
    slot_id: str,
    on: date,
    number: str,
    limit: int,
    rebooks: int | None,
    now: datetime,
) -> None:
    """Claim these matters and one of the day's bookings for a booking: one read, one insert.

    Args:
        rebooks: how often what was given up today may be booked again; None: as often as needed.

    Raises Restricted, RebookLimit, AlreadyBooked or DayLimit.
    """
    wanted, days = [_matter(person, code) for code in matters], _days(person, on, limit)
    last = [] if rebooks is None else _given_up(person, (*matters, slot_id), now, rebooks + 1)
    for _ in range(TRIES):
        taken = await _taken([_restriction(person), *wanted, *days, *last])
        _ensure_not_restricted(taken, person, now)
        if any(key in taken for key in last):
            raise RebookLimit(times=rebooks)
        if refusal := _refusal(taken, wanted, days):
            raise refusal
        free_day = next(key for key in days if key not in taken)
        try:
            await _LAY.many([{"key": key, "booking_number": number} for key in [*wanted, free_day]])
        except IntegrityError:
            continue  # somebody else of the same name, at the same moment: look again
        return
    raise AlreadyBooked()


async def move_day(*, person: str, number: str, on: date, limit: int) -> None:
    """Claim a booking of another day instead of the one claimed so far. Raises DayLimit."""
    days = _days(person, on, limit)
    held = await Claim.filter(booking_number=number, key__startswith="d:").values_list("key", flat=True)
    if set(days) & {str(key) for key in held}:
        return
    for _ in range(TRIES):
        taken = await _taken(days)
        free = [key for key in days if key not in taken]
        if not free:
            raise DayLimit(limit=limit)
        try:
            await Claim.create(key=free[0], booking_number=number)
        except IntegrityError:
            continue
        await Claim.filter(key__in=[str(key) for key in held]).delete()
        return
    raise DayLimit(limit=limit)


async def stand(*, person: str, matters: Sequence[str], line: str, code: str, limit: int, now: datetime) -> None:
    """Claim one place in a line, and one of the lines in which a person may stand.

    Raises Restricted, AlreadyBooked, AlreadyWaiting or WaitingLimit.
    """
    lines, here = [f"n:{person}:{n}" for n in range(1, limit + 1)], f"w:{person}:{line}"
    wanted = [_matter(person, matter) for matter in matters]
    for _ in range(TRIES):
        taken = await _taken([_restriction(person), *wanted, *lines, here])
        _ensure_not_restricted(taken, person, now)
        _ensure_may_stand(taken, wanted, lines, here)
        free = next(key for key in lines if key not in taken)
        try:
            await _LAY.many([{"key": key, "booking_number": code} for key in (here, free)])
        except IntegrityError:
            continue
        return
    raise AlreadyWaiting()


def _ensure_may_stand(taken: "Taken", wanted: list[str], lines: list[str], here: str) -> None:
    if any(key in taken for key in wanted):
        raise AlreadyBooked()
    if here in taken:
        raise AlreadyWaiting()
    if all(key in taken for key in lines):
        raise WaitingLimit(limit=len(lines))


async def number_of(*, person: str, matter: str) -> str | None:
    """The booking by which a person has this matter booked, if any."""
    claim = await Claim.get_or_none(key=_matter(person, matter))
    return claim.booking_number if claim else None


async def release(number: str) -> None:
    """A booking, or the waiting for one, is over: what it claimed is free again."""
    await Claim.filter(booking_number=number).delete()


async def give_up(*, person: str, things: Iterable[str], rebooks: int, now: datetime) -> None:
    """Count once more that a person gave these matters and slots up today; no further than `lay` asks."""
    for what in things:
        await _count([_given_up(person, (what,), now, n)[0] for n in range(1, rebooks + 2)], until=_midnight(now))


async def _count(keys: list[str], *, until: datetime) -> None:
    for _ in range(TRIES):
        taken = await _taken(keys)
        free = next((key for key in keys if key not in taken), None)
        if free is None:
            return
        try:
            await Claim.create(key=free, until=until)
        except IntegrityError:
            continue
        return


async def purge(*, now: datetime) -> int:
    """Forget turns and restrictions that are over and what was given up on past days. Returns how many rows.

    A batch of each, found by how their keys begin and deleted by their keys: everybody books in this table meanwhile.
    """
    return sum([await _purge(*letters, now) for letters in (("r", "s"), ("t", "u"), ("x", "y"))])


async def _purge(letter: str, next_letter: str, now: datetime) -> int:
    over = Claim.filter(key__gte=f"{letter}:", key__lt=next_letter, until__lte=now).limit(AT_ONCE)
    keys = [str(key) for key in await over.values_list("key", flat=True)]
    return await Claim.filter(key__in=keys, until__lte=now).delete() if keys else 0


async def take_turn(*, person: str, now: datetime) -> None:
    """Until this transaction ends, whoever else takes a turn for this person waits: what is counted from here on is all
    there is, and stays so.
    """
    key, until = f"t:{person}", now + timedelta(days=1)
    turn = Claim.filter(key=key)
    if not await turn.update(until=until):
        try:
            await Claim.create(key=key, until=until)
        except IntegrityError:  # somebody else's first turn is over, or MariaDB found nothing to change
            await turn.update(until=until)


async def restrict(*, person: str, until: datetime) -> None:
    key = _restriction(person)
    if not await Claim.filter(key=key).update(until=until):
        await Claim.get_or_create(key=key, defaults={"until": until})


async def lift(person: str) -> None:
    await Claim.filter(key=_restriction(person)).delete()


Taken = dict[str, datetime | None]


_TAKEN = Prepared(lambda count: Claim.filter(key__in=[""] * count).values_list("key", "until"))
_LAY = Insert(Claim)
_UNTIL = Claim._meta.fields_map["until"]


async def _taken(keys: Sequence[str]) -> Taken:
    rows = await _TAKEN.rows(keys, count=len(keys))
    return {key: _UNTIL.to_python_value(until) for key, until in rows}


def _ensure_not_restricted(taken: Taken, person: str, now: datetime) -> None:
    until = taken.get(_restriction(person))
    if until is not None and until > now:
        raise Restricted(until=f"{until.astimezone(CHINA):%Y年%-m月%-d日}")


def _refusal(taken: Taken, wanted: list[str], days: list[str]) -> BookingRefused | None:
    if any(key in taken for key in wanted):
        return AlreadyBooked()
    if all(key in taken for key in days):
        return DayLimit(limit=len(days))
    return None


def _matter(person: str, code: str) -> str:
    return f"m:{person}:{code}"


def _restriction(person: str) -> str:
    return f"r:{person}"


def _given_up(person: str, things: Iterable[str], now: datetime, n: int) -> list[str]:
    end = f"{now.astimezone(CHINA):%Y%m%d}:{n}"
    return [f"x:{person}:{what}:{end}" for what in things]


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(CHINA).date() + timedelta(days=1), time(), CHINA)


def _days(person: str, on: date, limit: int) -> list[str]:
    return [f"d:{person}:{on:%Y%m%d}:{n}" for n in range(1, limit + 1)]
