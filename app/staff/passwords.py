"""Password hashes: Argon2id with 19 MiB and two passes (ASVS 11.4.2), off the event loop, two at a time.

One hash costs some 40 ms of a core; more than two at once would take the whole machine from the citizens.
"""

import asyncio
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from app.ids import new_code

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_turns = asyncio.Semaphore(2)

# Of a random password nobody knows: an unknown account takes as long to refuse as a known one.
NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$yO12IMJb4e1iyjQUNJtMbQ$uJLyIukdezLgZG4rxL90+Dqd8Yz80kDxL3QuXtv4Ql8"


def first_password() -> str:
    """Seventeen random characters that can be read out, such as `k3v9x-2hd07-wqe4r`: 75 bits."""
    return f"{new_code(5)}-{new_code(5)}-{new_code(5)}".lower()


async def hashed(password: str) -> str:
    async with _turns:
        return await asyncio.to_thread(_hasher.hash, password)


async def fits(password_hash: str, password: str) -> bool:
    """Whether the password belongs to the hash. Call it outside transactions."""
    async with _turns:
        return await asyncio.to_thread(_fits, password_hash, password)


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def is_dated(password_hash: str) -> bool:
    """Whether the hash was made with other costs than today's."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def breached() -> frozenset[str]:
    """Widely known passwords of twelve characters and more, in lower case."""
    text = (Path(__file__).parent / "breached.txt").read_text(encoding="ascii")
    return frozenset(line for line in text.split("\n") if line)
