"""Telling open event streams that something they show has changed."""


def changed(topic: str) -> None:
    """What streams of this topic show may have changed. Never waits, never fails."""
