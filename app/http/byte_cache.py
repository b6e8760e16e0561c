"""Answers kept as ready bytes for a moment, so that a rush on one page costs one query."""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from sanic import HTTPResponse

MAX_ENTRIES = 2000
WORTH_PACKING = 1024  # bytes

Ready = tuple[tuple[bytes, bytes], ...]


class KeptResponse(HTTPResponse):
    """An answer whose own headers are bytes already; what is set on it later is added to them."""

    __slots__ = ("ready",)

    def __init__(self, body: bytes, ready: Ready) -> None:
        super().__init__(body)
        self.ready = ready

    @property
    def processed_headers(self) -> Iterator[tuple[bytes, bytes]]:
        clean = self._sanitize_header_value
        return chain(self.ready, [(name.encode(), clean(str(value)).encode()) for name, value in self.headers.items()])


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer: plain and gzipped body with their headers; `until` (monotonic seconds) it is true enough."""

    plain: bytes
    packed: bytes | None
    headers: dict[str, str]
    ready: Ready
    ready_packed: Ready
    until: float

    @classmethod
    def of(cls, content: bytes, *, content_type: str, headers: Mapping[str, str], until: float) -> "Kept":
        """Tag, pack and keep a body. `headers`: what this answer carries besides."""
        etag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
        own = {**headers, "cache-control": "no-cache", "etag": etag, "vary": "Accept-Encoding"}
        packed = gzip.compress(content, 6) if len(content) > WORTH_PACKING else None
        ready = _ready({**own, "content-type": content_type})
        return cls(content, packed, own, ready, (*ready, (b"content-encoding", b"gzip")), until)

    def answer(self, *, takes_gzip: bool, known: str | None) -> HTTPResponse:
        """The answer to somebody who takes this encoding and has the version with this tag already."""
        if known == self.headers["etag"]:
            return HTTPResponse(status=304, headers=self.headers)
        if self.packed is not None and takes_gzip:
            return KeptResponse(self.packed, self.ready_packed)
        return KeptResponse(self.plain, self.ready)


def _ready(headers: Mapping[str, str]) -> Ready:
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


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
