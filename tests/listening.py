"""A reader of server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True)
class Sent:
    """`kind`: message, alive or over. `id` is empty where there is none."""

    kind: str
    data: str
    id: str


class Reader:
    """One open stream."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self, *, within: float = 5) -> Sent | None:
        """The next event; None when the server has ended the stream."""
        async with asyncio.timeout(within):
            while True:
                fields = await self._block()
                if fields is None:
                    return None
                if "data" in fields:
                    return Sent(fields.get("event", "message"), fields["data"], fields.get("id", ""))

    async def message(self, *, within: float = 5) -> str:
        """The next snapshot."""
        async with asyncio.timeout(within):
            while sent := await self.next(within=within):
                if sent.kind == "message":
                    return sent.data
        raise AssertionError("the stream has ended")

    async def until_shows(self, text: str, *, within: float = 5) -> None:
        """Until a snapshot has this text."""
        async with asyncio.timeout(within):
            while text not in await self.message(within=within):
                pass

    async def end(self, *, within: float = 5) -> list[str]:
        """The kinds of event until the server ends the stream."""
        kinds = []
        async with asyncio.timeout(within):
            while sent := await self.next(within=within):
                kinds.append(sent.kind)
        return kinds

    async def _block(self) -> dict[str, str] | None:
        fields: dict[str, str] = {}
        while line := (await self.answer.content.readline()).decode():
            if line == "\n":
                return fields
            name, _, value = line.rstrip("\n").partition(": ")
            fields[name] = f"{fields[name]}\n{value}" if name in fields else value
        return None


@asynccontextmanager
async def listening(url: str, **headers: str) -> AsyncIterator[Reader]:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None), read_bufsize=2**20) as http,
        http.get(url, headers=headers) as answer,
    ):
        yield Reader(answer)
