"""The city's bot, prepared once: the dictionary takes a second."""

import pytest

from app.city import folder_of
from chatbot import loading
from chatbot.engine.answering import Brain
from chatbot.engine.reading import Language

CITY = folder_of("huainan")


@pytest.fixture(scope="session")
def language() -> Language:
    return loading.language(CITY)


@pytest.fixture(scope="session")
def brain(language: Language) -> Brain:
    return loading.brain(CITY, language)
