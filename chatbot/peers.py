"""Whose conversation it is, and where they write from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """`key`: see `Conversation.peer`. `account` and `openid`: of WeChat; empty for who writes on a page."""

    key: str
    citizen_id: int | None = None
    account: str = ""
    openid: str = ""


def citizen(citizen_id: int) -> Peer:
    return Peer(f"c{citizen_id}", citizen_id)


def guest(guest_hash: str) -> Peer:
    """Somebody without an account, by the hash of the secret in their browser."""
    return Peer(f"g{guest_hash}")


def wechat(account: str, openid: str, citizen_id: int | None) -> Peer:
    """Somebody who writes from WeChat; whoever has signed in with it has one conversation here and on the page."""
    key = f"o{account}:{openid}" if citizen_id is None else f"c{citizen_id}"
    return Peer(key, citizen_id, account, openid)
