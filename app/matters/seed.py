"""The city's matters, themes and colloquial words, from its folder."""

import asyncio
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.directory.upsert import upsert
from app.matters.actions import Write, next_stamp, same_guide, write_guides
from app.matters.models import LifeEvent, Matter, Revision, Synonym, Theme
from app.matters.readings import readings_of
from app.matters.search.synonyms import parse

SEED = "seed"  # who wrote a revision: staff's own versions are never overwritten by another seed


async def load_seed(*, folder: Path, now: datetime) -> int:
    """Load or correct matters, themes and synonyms. Returns how many rows were written; a second time none."""
    themes, matters, words = await asyncio.to_thread(_read, folder)
    written = await upsert(model=Theme, rows=[_theme(place, raw) for place, raw in enumerate(themes["nav"])])
    written += await upsert(
        model=LifeEvent, rows=[_life_event(place, raw) for place, raw in enumerate(themes["life_events"])]
    )
    forms = await upsert(model=Synonym, rows=[{"official": word, "forms": said} for word, said in words.items()])
    if forms:
        await next_stamp()
    return written + forms + await _load_matters(matters, now)


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, list[str]]]:
    def load(name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((folder / name).read_text(encoding="utf-8"))
        return content

    words = parse((folder / "synonyms.txt").read_text(encoding="utf-8").splitlines())
    return load("themes.json"), load("matters.json"), words


async def _load_matters(content: dict[str, Any], now: datetime) -> int:
    known = {row.code: row for row in await Matter.all()}
    ours = set(await Revision.filter(by=SEED).values_list("matter_code", "version"))
    guides = [guide for guide in content["items"] if _is_due(guide, known.get(guide["code"]), ours)]
    if guides:
        checked_on = date.fromisoformat(content["meta"]["as_of"])
        pinyin = await asyncio.to_thread(lambda: [readings_of(guide) for guide in guides])
        writes = [
            Write(guide=guide, pinyin=read, seen_version=_version(known.get(guide["code"])), checked_on=checked_on)
            for guide, read in zip(guides, pinyin, strict=True)
        ]
        await write_guides(writes, by=SEED, now=now)
    return len(guides)


def _is_due(guide: dict[str, Any], row: Matter | None, ours: set[Any]) -> bool:
    return row is None or ((row.code, row.version) in ours and not same_guide(row.guide, guide))


def _version(row: Matter | None) -> int:
    return row.version if row else 0


def _theme(place: int, raw: dict[str, Any]) -> dict[str, Any]:
    plain = {name: raw[name] for name in ("code", "name", "audience", "national_code")}
    return plain | {"position": place}


def _life_event(place: int, raw: dict[str, Any]) -> dict[str, Any]:
    plain = {name: raw[name] for name in ("code", "name", "audience", "matter_codes")}
    return plain | {"review": raw["status"], "position": place}
