"""What a change of FAQs would do, asked by a page before it is published."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from chatbot.engine import rules
from chatbot.engine.answering import Brain
from chatbot.engine.index import Faq
from chatbot.learning import knowledge, trying
from chatbot.learning.rules import Content


async def preview(changed: Mapping[str, Content], brain: Brain, today: date) -> trying.Trial:
    """The knowledge base with these FAQs changed or added, beside the one that is published. Changes nothing."""
    named = await knowledge.names()
    faqs = knowledge.faqs_of({**await knowledge.contents(), **changed}, named, today)
    return await asyncio.to_thread(trying.trial, brain, faqs, await trying.recorded())


async def preview_rules(items: Sequence[Mapping[str, Any]], brain: Brain) -> tuple[int, tuple[trying.Change, ...]]:
    """How many recorded questions were asked, and which would be answered otherwise under these rules."""
    other, asked = replace(brain, rules=rules.prepared(items)), await trying.recorded()
    return len(asked), await asyncio.to_thread(trying.compared, brain, other, asked)


async def as_citizens_see(code: str, content: Content) -> Faq:
    """With its source and date, as the bot would say it."""
    return knowledge.engine_faq(code, content, await knowledge.names())
