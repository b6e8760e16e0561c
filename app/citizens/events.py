from typing import ClassVar

from app.outbox import Event


class MobileRelinked(Event):
    """A mobile moved to another citizen, who proved to hold it; the one before must hear of it (security.md A07)."""

    name: ClassVar[str] = "citizens.mobile_relinked"
    from_citizen_id: int
    to_citizen_id: int
