"""A small knowledge base in the database, and the bot that is made of it."""

from collections.abc import AsyncIterator

import pytest

from chatbot import keeper
from chatbot.engine.reading import Language
from tests.chatbot.learning.school import make_faqs


@pytest.fixture(autouse=True)
def own_bot(language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the bot learns here, other tests' does not know; the dictionary is read once for all."""
    monkeypatch.setattr(keeper, "_kept", {})
    monkeypatch.setattr(keeper, "_language", lambda folder: language)


@pytest.fixture
async def faqs(db: str) -> AsyncIterator[None]:
    await make_faqs()
    yield
