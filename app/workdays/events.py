from datetime import date
from typing import ClassVar

from app.outbox import Event


class CalendarChanged(Event):
    """Days were imported or edited: whoever promised a date from the first of them on counts again."""

    name: ClassVar[str] = "workdays.calendar_changed"
    first_on: date
    last_on: date
    by: str
