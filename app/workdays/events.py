from datetime import date
from typing import ClassVar

from app.outbox import Event


class CalendarChanged(Event):
    """Days were imported, edited, or put back: whoever promised a date from the first of them on counts again.

    Attributes:
        change_code: which change it was; empty for those recorded by earlier versions.
        is_undo: it was taken back.
    """

    name: ClassVar[str] = "workdays.calendar_changed"
    first_on: date
    last_on: date
    by: str
    change_code: str = ""
    is_undo: bool = False
