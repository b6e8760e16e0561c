"""Outcomes that come at the same moment are written in one transaction; whoever brings one waits until it stands."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from notify.leases import Ended, settle


@dataclass(slots=True)
class _Brought:
    ended: Ended
    is_written: bool = False
    fault: Exception | None = None


class Settling:
    """Writes outcomes one batch after the other: whoever comes first writes for all that wait by then."""

    def __init__(self) -> None:
        self._waiting: list[_Brought] = []
        self._lock = asyncio.Lock()

    async def end(self, ended: Ended, now: datetime) -> None:
        """Returns when it is written. Raises what the writing raises."""
        mine = _Brought(ended)
        self._waiting.append(mine)
        async with self._lock:
            if not mine.is_written and mine.fault is None:
                await self._write(now)
        if mine.fault is not None:
            raise mine.fault

    async def _write(self, now: datetime) -> None:
        batch, self._waiting = self._waiting, []
        try:
            await settle([brought.ended for brought in batch], now)
        except Exception as exc:
            for brought in batch:
                brought.fault = exc
        else:
            for brought in batch:
                brought.is_written = True
