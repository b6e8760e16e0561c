"""Whose conversation it is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """`key`: see `Conversation.peer`."""

    key: str
    citizen_id: int | None = None


def citizen(citizen_id: int) -> Peer:
    return Peer(f"c{citizen_id}", citizen_id)


def guest(guest_hash: str) -> Peer:
    """Somebody without an account, by the hash of the secret in their browser."""
    return Peer(f"g{guest_hash}")
