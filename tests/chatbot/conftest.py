"""The city's bot, prepared once: the dictionary takes a second."""

import pytest

from chatbot import loading
from chatbot.engine import index, rules
from chatbot.engine.answering import Brain
from chatbot.engine.reading import Language


@pytest.fixture(scope="session")
def language() -> Language:
    return loading.language()


@pytest.fixture(scope="session")
def brain(language: Language) -> Brain:
    prepared = index.build(loading.faqs(), language)
    return Brain(prepared, loading.fitted(), rules.prepared(loading.rules()), loading.matter_names())
