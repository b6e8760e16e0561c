"""Words that staff should not send without thinking twice; the city's own list, which managers change."""

import unicodedata
from datetime import datetime

from tortoise.exceptions import IntegrityError

from app.db import transactional
from app.errors import InvalidInput, NotFound
from app.ids import hashed, new_code
from app.staff.auditing import audit
from app.staff.by import By
from chatbot.errors import Unfitting
from chatbot.models import SafeWord
from chatbot.texts import cleaned

LONGEST, MOST = 20, 500


def plain(text: str) -> str:
    """One form for what looks alike: width, case, and blanks and dots put between the letters are left out."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def stamp(text: str) -> str:
    """What confirms this text and no other."""
    return hashed(text.strip())[:24]


async def words() -> list[SafeWord]:
    return await SafeWord.all().order_by("word")


async def hits(text: str) -> list[SafeWord]:
    """The words of the list that the text contains; each is looked for once, so the time grows with the text alone."""
    known = plain(text)
    return [row for row in await words() if plain(row.word) in known]


async def ensure_fitting(text: str, *, confirmed: str) -> list[str]:
    """Raises `Unfitting` for a text with such words that was not confirmed as it is. Returns the words sent anyhow.

    Args:
        confirmed: the `stamp` of the text that whoever sends it has confirmed.
    """
    found = await hits(text)
    if found and confirmed != stamp(text):
        said = "；".join(f"“{row.word}”" + (f"（建议：{row.advice}）" if row.advice else "") for row in found)
        raise Unfitting(words=said, stamp=stamp(text))
    return [row.word for row in found]


@transactional
async def add(*, word: str, advice: str, by: By, now: datetime) -> str:
    """Raises InvalidInput."""
    new = cleaned(word, field="word")
    if not plain(new) or len(new) > LONGEST:
        raise InvalidInput({"word": f"请填写 {LONGEST} 个字以内的词"})
    if len(advice) > 60:
        raise InvalidInput({"advice": "建议最多 60 个字"})
    if await SafeWord.all().count() >= MOST:
        raise InvalidInput({"word": f"最多 {MOST} 个词，请先删除不用的"})
    try:
        row = await SafeWord.create(code=new_code(), word=new, advice=advice.strip())
    except IntegrityError:
        raise InvalidInput({"word": "这个词已在表中"}) from None
    await audit(by=by, action="chat.add_word", subject=f"word:{row.code}", details={"name": new}, now=now)
    return row.code


@transactional
async def remove(*, code: str, by: By, now: datetime) -> None:
    """Raises NotFound."""
    if not await SafeWord.filter(code=code).delete():
        raise NotFound()
    await audit(by=by, action="chat.remove_word", subject=f"word:{code}", now=now)
