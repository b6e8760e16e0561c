"""Hold event streams open and time what comes: `python -m bench.readers PORT PATH COUNT`.

Prints a JSON line for each snapshot once every reader has it: its id and when each had it, by the monotonic clock.
"""

import asyncio
import json
import sys
import time
from collections import defaultdict
from typing import Any

import uvloop

ID = b"\nid: "
DIGITS = 16


class Reader(asyncio.Protocol):
    """One open stream."""

    def __init__(self, request: bytes, had: dict[bytes, list[float]], count: int) -> None:
        self._request, self._had, self._count = request, had, count
        self._last = b""

    def connection_made(self, transport: Any) -> None:
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        heard = self._last + data
        start = heard.find(ID)
        while start >= 0 and len(heard) >= start + len(ID) + DIGITS:
            self._note(heard[start + len(ID) : start + len(ID) + DIGITS])
            heard = heard[start + len(ID) + DIGITS :]
            start = heard.find(ID)
        self._last = heard[-len(ID) - DIGITS :]

    def _note(self, event: bytes) -> None:
        times = self._had[event]
        times.append(time.monotonic())
        if len(times) == self._count:
            print(json.dumps({"id": event.decode(), "times": self._had.pop(event)}), flush=True)


async def hold(port: int, path: str, count: int) -> None:
    """Until this process is ended."""
    loop, had = asyncio.get_running_loop(), defaultdict[bytes, list[float]](list)
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    for _ in range(count):
        await loop.create_connection(lambda: Reader(request, had, count), "127.0.0.1", port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(hold(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
