"""The bot of this process: read once, in a thread; whoever asks meanwhile waits for it."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.city import city_of, folder_of
from app.together import Together
from app.workdays import queries as workdays
from app.workdays.queries import Workdays
from chatbot import loading
from chatbot.engine.answering import Brain
from chatbot.hours import Hours, opens_at

log = logging.getLogger(__name__)
_brains: dict[str, Brain] = {}


@dataclass(frozen=True, slots=True)
class Service:
    """What a question is answered with: the bot, and when people are at the desk."""

    brain: Brain
    hours: Hours
    workdays: Workdays

    @property
    def matters(self) -> Mapping[str, str]:
        """Names by code."""
        return self.brain.matters


async def service(city: str) -> Service:
    """For each question anew, outside of a transaction. Only the first one waits, for about two seconds."""
    return Service(await brain(city), city_of(city).chat.hours, await workdays.shown())


async def opens(city: str, now: datetime) -> datetime:
    """When people answer: now, or when they begin next."""
    return opens_at(now, hours=city_of(city).chat.hours, workdays=await workdays.shown())


async def brain(city: str) -> Brain:
    return _brains.get(city) or await _reading.get(city)


async def prepare(city: str) -> None:
    """Read it before anybody asks. A city without its files starts all the same, and whoever asks is told."""
    try:
        await brain(city)
    except OSError as exc:
        log.warning("the bot has nothing to answer with", extra={"file": exc.filename})


async def _read(city: str) -> Brain:
    if city not in _brains:
        _brains[city] = await asyncio.to_thread(_from_files, city)
    return _brains[city]


def _from_files(city: str) -> Brain:
    folder = folder_of(city)
    return loading.brain(folder, loading.language(folder))


_reading = Together(_read)
