"""What other rooms may hear of matters."""

from typing import ClassVar

from app.outbox import Event


class MatterChanged(Event):
    """A guide or its state changed; whoever shows or indexes it reads it again."""

    name: ClassVar[str] = "matters.matter_changed"
    matter_code: str
    version: int
    status: str


class MattersImported(Event):
    """A file was imported; one event for all its matters, which may be thousands."""

    name: ClassVar[str] = "matters.imported"
    import_code: str
    new: int
    changed: int
