"""What others hear of ratings; never who it was."""

from typing import ClassVar

from app.outbox import Event


class VisitRated(Event):
    """`is_bad`: somebody has to look into it."""

    name: ClassVar[str] = "ratings.visit_rated"
    rating_code: str
    hall_code: str
    group_code: str
    counter_code: str | None
    grade: int
    is_bad: bool
