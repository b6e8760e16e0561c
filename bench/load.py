"""Send prepared requests and time them: `python -m bench.load PORT FILE CONNECTIONS`. Prints JSON.

FILE holds one request on each line, as the JSON of its text. Each connection is kept alive and sends the next request
as soon as it has its answer.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import uvloop


class Client(asyncio.Protocol):
    """One connection that takes requests until there are none left."""

    def __init__(self, requests: list[bytes], statuses: Counter[str], done: asyncio.Future[None]) -> None:
        self._requests, self._statuses, self._done = requests, statuses, done
        self._heard = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, found, body = self._heard.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head):
            self._statuses[head[9:12].decode()] += 1
            self._heard = b""
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server closed the connection"))

    def _next(self) -> None:
        if self._requests:
            self._transport.write(self._requests.pop())
        else:
            self._done.set_result(None)
            self._transport.close()


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


async def send(port: int, requests: list[bytes], connections: int) -> dict[str, object]:
    """Returns seconds for all, and how many answers had each status."""
    loop, statuses, count = asyncio.get_running_loop(), Counter[str](), len(requests)
    requests.reverse()
    ends = [loop.create_future() for _ in range(connections)]
    started = time.perf_counter()
    for end in ends:
        await loop.create_connection(lambda end=end: Client(requests, statuses, end), "127.0.0.1", port)
    await asyncio.gather(*ends)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "per_second": count / seconds, "statuses": statuses}


if __name__ == "__main__":
    lines = Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line).encode() for line in lines]
    print(json.dumps(uvloop.run(send(int(sys.argv[1]), texts, int(sys.argv[3])))))
