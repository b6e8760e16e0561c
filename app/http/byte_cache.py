"""Answers kept as ready bytes for a moment, so that a rush on one page costs one query."""

from collections import OrderedDict
from dataclasses import dataclass

MAX_ENTRIES = 2000


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer: plain and gzipped body, entity tag, and when (monotonic seconds) it stops being true enough."""

    plain: bytes
    packed: bytes | None
    etag: str
    until: float


class ByteCache:
    """Least recently used first out. Keys come from strangers, so the size is bounded."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()

    def get(self, key: bytes, now: float) -> Kept | None:
        kept = self._kept.get(key)
        if kept is None or kept.until <= now:
            return None
        return kept

    def put(self, key: bytes, kept: Kept) -> None:
        self._kept[key] = kept
        self._kept.move_to_end(key)
        if len(self._kept) > MAX_ENTRIES:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        self._kept.clear()
