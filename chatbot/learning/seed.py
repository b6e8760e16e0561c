"""The city's FAQs, from its folder."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from chatbot.learning.models import PUBLISHED, TO_BE_CHECKED, Faq, FaqVersion
from chatbot.learning.rules import Content
from chatbot.learning.writing import Write, content_from, write

SEED = "seed"  # who wrote a version: staff's own versions are never overwritten by another seed


async def load_seed(*, folder: Path, now: datetime) -> int:
    """Load or correct FAQs. Returns how many were written; a second time none."""
    items = await asyncio.to_thread(_read, folder)
    known = {row.code: row for row in await Faq.all()}
    ours = set(await FaqVersion.filter(by=SEED).values_list("faq_code", "version"))
    writes = [
        Write(code=item["id"], content=content, seen_version=row.version if row else 0, what="初始数据")
        for item in items
        if _is_due(row := known.get(item["id"]), content := seeded(item), ours)
    ]
    if writes:
        await write(writes, by=SEED, now=now)
    return len(writes)


def _read(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "faqs.json").read_text(encoding="utf-8"))["items"]
    return found


def _is_due(row: Faq | None, content: Content, ours: set[Any]) -> bool:
    return row is None or ((row.code, row.version) in ours and content_from(row) != content)


def seeded(item: Mapping[str, Any]) -> Content:
    """From the city's file, whose `valid_from` says as of when its texts stand: no FAQ of it waits for that day."""
    return Content(
        question=item["question"],
        answer=item["answer"],
        similar=tuple(item["similar_questions"]),
        keywords=tuple(item["keywords"]),
        matter_code=item["matter_code"] or "",
        dept_code=item["dept_code"] or "",
        is_guide=bool(item.get("generated")),
        status=TO_BE_CHECKED if item["status"] == "to_be_checked" else PUBLISHED,
        valid_to=item["valid_to"],
        dated=item["valid_from"],
    )
