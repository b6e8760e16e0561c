"""The bot of this process, kept up with the knowledge base; whoever asks is answered by the one that is there.

What is published is looked at every two seconds, and at once when this process or Redis tells of a change. A new bot is
built in a thread, and until it is ready everyone is answered by the old one. Without FAQs in the database it is made
from the city's files.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from tortoise.exceptions import BaseORMException

from app import clock, live
from app.city import city_of, folder_of
from app.errors import AppError
from app.together import Together
from app.workdays import queries as workdays
from app.workdays.queries import Workdays
from chatbot import loading
from chatbot.engine.answering import Brain
from chatbot.engine.reading import Language
from chatbot.hours import Hours, opens_at
from chatbot.learning import keywords, knowledge, marks
from chatbot.learning.knowledge import Edition

log = logging.getLogger(__name__)

LOOKS_EVERY_S, LONGEST_PAUSE_S = 2.0, 60.0
_kept: dict[str, "Kept"] = {}


@dataclass(frozen=True, slots=True)
class Kept:
    """A bot, and what it was made from; None: from the city's files."""

    brain: Brain
    edition: Edition | None


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
    kept = _kept.get(city) or await refresh(city)
    return kept.brain


async def refresh(city: str) -> Kept:
    """The bot with everything that is published now."""
    return await _reading.get(city)


class Following:
    """Keeps the bot of this process up to date between `start` and `stop`; it is ready before anybody asks."""

    def __init__(self, city: str) -> None:
        self._city = city
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(follow(self._city), name="the bot", context=Context())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])


async def follow(city: str) -> None:
    """Until cancelled."""
    rung, pause = asyncio.Event(), LOOKS_EVERY_S
    live.add_bell(marks.TOPIC, rung.set)
    try:
        while True:
            pause = LOOKS_EVERY_S if await _look(city) else min(2 * pause, LONGEST_PAUSE_S)
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), pause)
            rung.clear()
    finally:
        live.remove_bell(marks.TOPIC, rung.set)


async def _look(city: str) -> bool:
    """Whether that went well. Otherwise the old bot goes on answering; without one whoever asks is told."""
    try:
        await refresh(city)
    except (AppError, BaseORMException, OSError) as exc:
        log.warning("the bot is not up to date", extra={"error": str(exc)})
        return False
    except Exception:
        log.exception("the bot is not up to date")
        return False
    return True


async def _read(city: str) -> Kept:
    edition, kept = await knowledge.edition(clock.now()), _kept.get(city)
    if kept is None or kept.edition != edition:
        made = await (_from_files(city) if edition is None else _from_tables(city, edition))
        _kept[city] = Kept(made, edition)
    return _kept[city]


async def _from_tables(city: str, edition: Edition) -> Brain:
    """What is written meanwhile makes another edition, which the next look sees."""
    named = await knowledge.names()
    known, own, folder = await knowledge.contents(), await keywords.items(), folder_of(city)

    def build() -> Brain:
        faqs = knowledge.faqs_of(known, named, edition.day) if known else loading.faqs(folder)
        return loading.brain_of(faqs, own or loading.rule_items(folder), named.matters, _language(folder))

    return await asyncio.to_thread(build)


async def _from_files(city: str) -> Brain:
    folder = folder_of(city)
    return await asyncio.to_thread(lambda: loading.brain(folder, _language(folder)))


@cache
def _language(folder: Path) -> Language:
    return loading.language(folder)


_reading = Together(_read)
