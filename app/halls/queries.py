"""Reading halls and counters."""

from collections.abc import Iterable
from datetime import date, datetime

from app.errors import NotFound
from app.halls import rules
from app.halls.models import MACHINE, Counter, CounterGroup, Hall
from app.halls.rules import Span
from app.workdays.queries import Workdays


async def halls(*, bookable: bool | None = None, codes: Iterable[str] | None = None) -> list[Hall]:
    """All halls in the city's order; only those with (or without) booking, or with these codes, when asked."""
    rows = Hall.all()
    if bookable is not None:
        rows = rows.filter(has_booking=bookable)
    if codes is not None:
        rows = rows.filter(code__in=list(codes))
    return await rows.order_by("position", "code")


async def hall(code: str) -> Hall:
    """Raises NotFound."""
    row = await Hall.get_or_none(code=code)
    if row is None:
        raise NotFound()
    return row


async def without_place(codes: Iterable[str]) -> list[Hall]:
    """Those of these halls that people go to and of which nobody has said where they are."""
    rows = Hall.filter(code__in=list(codes), latitude=None).exclude(kind="virtual")
    return await rows.order_by("position", "code")


async def groups(hall_code: str) -> list[CounterGroup]:
    return await CounterGroup.filter(hall_code=hall_code).order_by("group_code")


async def group_name(hall_code: str, group_code: str) -> str:
    """The group's name, or its code when there is no such group."""
    names = await CounterGroup.filter(key=f"{hall_code}.{group_code}").values_list("name", flat=True)
    return str(names[0]) if names else group_code


async def group_names(keys: list[str]) -> dict[str, str]:
    """Names of groups by their keys, such as "HALL-SZ.HZ"."""
    rows = await CounterGroup.filter(key__in=keys).values_list("key", "name")
    return {str(key): str(name) for key, name in rows}


async def group_kinds(keys: list[str]) -> dict[str, str]:
    """Kinds of groups by their keys: counter, video or phone."""
    rows = await CounterGroup.filter(key__in=keys).values_list("key", "kind")
    return {str(key): str(kind) for key, kind in rows}


async def halls_with(kind: str, hall_codes: Iterable[str]) -> list[str]:
    """Those of these halls that have counters in use for visits of this kind."""
    groups = CounterGroup.filter(hall_code__in=list(hall_codes), kind=kind)
    pairs = {(str(hall), str(group)) for hall, group in await groups.values_list("hall_code", "group_code")}
    numbers = await counter_numbers({hall for hall, _ in pairs})
    return sorted({hall for hall, group in pairs if numbers.get((hall, group))})


async def is_of_machines(hall_code: str, group_code: str) -> bool:
    """Whether only machines stand there, so that nobody is called."""
    return MACHINE in (await group_kinds([f"{hall_code}.{group_code}"])).values()


async def counters(hall_code: str, *, group_code: str | None = None) -> list[Counter]:
    rows = Counter.filter(hall_code=hall_code, is_in_use=True)
    if group_code is not None:
        rows = rows.filter(group_code=group_code)
    return await rows.order_by("no")


async def counter(code: str) -> Counter:
    """Raises NotFound."""
    row = await Counter.get_or_none(code=code)
    if row is None:
        raise NotFound()
    return row


async def counters_by_code(codes: Iterable[str]) -> dict[str, Counter]:
    """Counters by their code, for lists that say where."""
    wanted = list(codes)
    return {row.code: row for row in await Counter.filter(code__in=wanted)} if wanted else {}


async def counter_numbers(hall_codes: Iterable[str]) -> dict[tuple[str, str], int]:
    """How many counters each (hall, group) has in use."""
    numbers: dict[tuple[str, str], int] = {}
    pairs = await Counter.filter(hall_code__in=list(hall_codes), is_in_use=True).values_list("hall_code", "group_code")
    for hall_code, group_code in pairs:
        numbers[hall_code, group_code] = numbers.get((hall_code, group_code), 0) + 1
    return numbers


def spans_on(hall: Hall, workdays: Workdays, day: date) -> list[Span]:
    """The hall's own weekly hours on a day, holidays and make-up days considered; closures are booking's."""
    weekday = workdays.pattern_weekday(day)
    return [] if weekday is None else rules.spans_of(hall.weekly.get(str(weekday), []))


def open_state(hall: Hall, workdays: Workdays, now: datetime) -> str:
    """A text such as 营业中，17:30 结束."""
    return rules.state_text(spans_on(hall, workdays, now.astimezone(rules.CHINA).date()), now)
