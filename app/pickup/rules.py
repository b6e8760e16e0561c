"""What may be put on the shelf and handed over: pure functions."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import InvalidInput
from app.pickup.errors import ItemsDiffer, NotPresented, ProxyExpired, ProxyRevoked, UndoTooLate

CODE_LIFE = timedelta(seconds=60)  # features.md E2: a screenshot fails after 60 s
PRESENTED_FOR = timedelta(minutes=15)  # time to fetch it from the shelf and let the receiver sign
UNDO_WITHIN = timedelta(seconds=60)
PROXY_LIFE = timedelta(days=7)
KEPT_WORKING_DAYS = 15
MOST_ITEMS, MOST_OF_ONE = 20, 99
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    count: int


def ensure_items(items: Sequence[Item]) -> None:
    """Raises `InvalidInput` naming what is wrong with the list."""
    if not 1 <= len(items) <= MOST_ITEMS:
        raise InvalidInput({"items": f"请填写 1 至 {MOST_ITEMS} 种物品"})
    for item in items:
        if not 1 <= item.count <= MOST_OF_ONE:
            raise InvalidInput({"items": f"“{item.name}”的数量应为 1 至 {MOST_OF_ONE}"})
        if not 1 <= len(item.name) <= LONGEST_NAME:
            raise InvalidInput({"items": f"物品名称应为 1 至 {LONGEST_NAME} 个字"})


def ensure_counted(*, expected: int, counted: int) -> None:
    """What is handed over is counted again at the counter. Raises `ItemsDiffer`."""
    if expected != counted:
        raise ItemsDiffer(expected=expected, counted=counted)


def ensure_presented(*, at: datetime | None, by: int | None, staff_id: int, now: datetime) -> None:
    """Whoever hands over has seen the code and the person, a short while ago. Raises `NotPresented`."""
    if at is None or by != staff_id or now - at > PRESENTED_FOR:
        raise NotPresented()


def ensure_may_undo(*, at: datetime | None, by: int | None, staff_id: int, now: datetime) -> None:
    """A hand-over to the wrong person is taken back by the same clerk, at once. Raises `UndoTooLate`."""
    if at is None or by != staff_id or now - at > UNDO_WITHIN:
        raise UndoTooLate()


def ensure_proxy_holds(*, ended_at: datetime | None, expires_at: datetime, at: datetime) -> None:
    """Whether a naming held at a moment, which for a scan without network lies in the past.

    Raises `ProxyRevoked` or `ProxyExpired`.
    """
    if ended_at is not None and ended_at <= at:
        raise ProxyRevoked()
    if at > expires_at:
        raise ProxyExpired()


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one name: blanks and the kind of dot do not matter."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).replace("•", "·").casefold()
