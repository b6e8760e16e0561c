"""Correcting by hand what people read most of a guide; everything else is changed by import."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import InvalidInput, NotFound
from app.matters.actions import Write, same_guide
from app.matters.errors import ChangedMeanwhile
from app.matters.guide import LONGEST_VISIT
from app.matters.models import CANCELLED, Matter
from app.matters.readings import readings_of
from app.matters.rules import MAX_WORDS

MAX_ALIAS = 60
MAX_NAME = 200
_PHONE = re.compile(r"[0-9+()()\-转]{3,24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What can be corrected. `minutes`: of a visit; None: as long as most. `materials`: their names, in the guide's
    order.
    """

    short_name: str
    aliases: Sequence[str]
    notes: str
    phones: Sequence[str]
    minutes: int | None
    materials: Sequence[str]


def texts_of(guide: Mapping[str, Any]) -> Texts:
    """These texts as a guide has them."""
    return Texts(
        short_name=guide.get("short_name") or "",
        aliases=guide.get("aliases") or [],
        notes=guide.get("notes") or "",
        phones=guide.get("consult", {}).get("phones") or [],
        minutes=guide.get("duration_min"),
        materials=[material["name"] for material in guide.get("materials") or ()],
    )


def with_texts(guide: Mapping[str, Any], texts: Texts) -> dict[str, Any]:
    """The guide with these texts, the rest as it was. Pure."""
    known = guide.get("materials") or []
    minutes = {} if texts.minutes == guide.get("duration_min") else {"duration_min": texts.minutes}
    return {
        **guide,
        "short_name": texts.short_name,
        "aliases": list(texts.aliases),
        "notes": texts.notes or None,
        **minutes,
        "consult": {**guide.get("consult", {}), "phones": list(texts.phones)},
        "materials": [{**material, "name": name} for material, name in zip(known, texts.materials, strict=True)],
    }


async def corrected(*, code: str, texts: Texts, seen_version: int) -> Write | None:
    """The new version to be saved with `actions.save`; None when nothing differs. Not a check of the whole guide.

    Raises:
        NotFound: no such matter, or a cancelled one.
        ChangedMeanwhile: `seen_version` is not the matter's version any more.
        InvalidInput: names every text that is at fault.
    """
    matter = await Matter.get_or_none(code=code)
    if matter is None or matter.status == CANCELLED:
        raise NotFound()
    if matter.version != seen_version:
        raise ChangedMeanwhile()
    if texts == texts_of(matter.guide):
        return None
    if faults := _faults(texts, materials=len(matter.guide.get("materials") or ())):
        raise InvalidInput(faults)
    guide = with_texts(matter.guide, texts)
    if same_guide(guide, matter.guide):
        return None
    pinyin = await asyncio.to_thread(readings_of, guide)
    return Write(
        guide=guide, pinyin=pinyin, seen_version=seen_version, status=matter.status, checked_on=matter.checked_on
    )


def _faults(texts: Texts, *, materials: int) -> dict[str, str]:
    wrong = [phone for phone in texts.phones if not _PHONE.fullmatch(phone)]
    checks = {
        "aliases": (
            len(texts.aliases) > MAX_WORDS or any(len(alias) > MAX_ALIAS for alias in texts.aliases),
            f"别名最多 {MAX_WORDS} 个，每个最多 {MAX_ALIAS} 个字",
        ),
        "phones": (
            not texts.phones or bool(wrong),
            f"请填写正确的电话：{'、'.join(wrong)}" if wrong else "请至少填写一个咨询电话",
        ),
        "minutes": (
            texts.minutes is not None and not 1 <= texts.minutes <= LONGEST_VISIT,
            f"办理分钟数请填 1 至 {LONGEST_VISIT} 的整数分钟，或留空",
        ),
        "materials": (
            len(texts.materials) != materials or not all(0 < len(name) <= MAX_NAME for name in texts.materials),
            f"材料名称不能为空，最多 {MAX_NAME} 个字；增减材料请用导入",
        ),
    }
    return {field: sentence for field, (is_wrong, sentence) in checks.items() if is_wrong}
