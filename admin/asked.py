"""What a request of the console asks, read in one place: days and numbers in addresses, kinds of form field."""

from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from app import clock
from app.clock import CHINA
from app.http.context import AppRequest

FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)  # a day outside of these was typed by mistake


def today() -> date:
    return clock.now().astimezone(CHINA).date()


def day(request: AppRequest, name: str, default: date | None = None) -> date:
    """The day in the address; the default, or today, when there is none or it is none."""
    try:
        asked = date.fromisoformat(request.args.get(name) or "")
    except ValueError:
        asked = date.min
    return asked if FIRST <= asked <= LAST else default or today()


def midnight(on: date) -> datetime:
    """When the day begins."""
    return datetime.combine(on, time(), CHINA)


def number(request: AppRequest, name: str, *, default: int, lowest: int, highest: int) -> int:
    """The whole number in the address; the default when there is none or it is out of bounds."""
    text = request.args.get(name) or ""
    asked = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else lowest - 1
    return asked if lowest <= asked <= highest else default


def page(request: AppRequest) -> int:
    """Which page of a list, from 1 on."""
    return number(request, "page", default=1, lowest=1, highest=10_000)


def _blank_is_none(value: Any) -> Any:
    return None if value == "" else value


def _local(value: time) -> time:
    if value.tzinfo is not None:
        raise PydanticCustomError("time", "请填写北京时间，写作 08:30")
    return value


Moment = Annotated[AwareDatetime, Field(ge=midnight(FIRST), le=midnight(LAST))]
Day = Annotated[date, Field(ge=FIRST, le=LAST)]
LocalTime = Annotated[time, AfterValidator(_local)]
OptionalDay = Annotated[Day | None, BeforeValidator(_blank_is_none)]
OptionalTime = Annotated[LocalTime | None, BeforeValidator(_blank_is_none)]
OptionalNumber = Annotated[int | None, BeforeValidator(_blank_is_none)]
