"""Data sets in the measuring script's format: `faqs.jsonl`, `queries.jsonl`, `oos.jsonl`, one source or several."""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chatbot.engine.index import Faq
from chatbot.loading import from_line

NEAR = "near"
_OURS = {"complaint", "handoff"}  # out of the FAQs' scope, but a city hall's business


@dataclass(frozen=True)
class Query:
    text: str
    relevant: tuple[str, ...]


@dataclass(frozen=True)
class Other:
    """A question that no FAQ answers; `near` when it is about the same subjects."""

    text: str
    near: bool


@dataclass(frozen=True)
class Source:
    name: str
    faqs: Sequence[Faq]
    queries: Sequence[Query]
    others: Sequence[Other]


def load(folder: Path) -> list[Source]:
    """A folder need not have questions out of scope. FileNotFoundError when it lacks one of the others."""
    faqs, queries = _by_source(folder / "faqs.jsonl"), _by_source(folder / "queries.jsonl")
    strangers = folder / "oos.jsonl"
    others = _lines(strangers) if strangers.exists() else []
    return [
        Source(
            name,
            [from_line(item) for item in faqs[name]],
            [Query(item["query"], tuple(item["relevant_ids"])) for item in queries[name]],
            [
                Other(item["query"], item["kind"] == NEAR)
                for item in others
                if name in item["applies_to"] and item["kind"] not in _OURS
            ],
        )
        for name in queries
    ]


def of_faqs(name: str, faqs: Sequence[Faq]) -> Source:
    """A source from FAQs that have similar questions: the last one of each is asked, the others stay with it."""
    asked = [faq for faq in faqs if len(faq.similar) > 1]
    return Source(
        name,
        [replace(faq, similar=faq.similar[:-1]) for faq in asked],
        [Query(faq.similar[-1], (faq.id,)) for faq in asked],
        [],
    )


def with_similar(source: Source, count: int, *, seed: int = 0) -> Source:
    """Gives so many of each FAQ's questions to it as similar ones and keeps the rest for asking, as the script does."""
    if not count:
        return source
    asked: dict[str, list[int]] = {}
    for number, query in enumerate(source.queries):
        asked.setdefault(query.relevant[0], []).append(number)
    given: dict[str, list[int]] = {}
    for faq_id, numbers in asked.items():
        random.Random(faq_id + str(seed)).shuffle(numbers)
        given[faq_id] = numbers[: min(count, max(0, len(numbers) - 1))]
    used = {number for numbers in given.values() for number in numbers}
    return replace(
        source,
        faqs=[
            replace(faq, similar=tuple(source.queries[number].text for number in given.get(faq.id, ())))
            for faq in source.faqs
        ],
        queries=[query for number, query in enumerate(source.queries) if number not in used],
    )


def _by_source(path: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for item in _lines(path):
        found.setdefault(item["source"], []).append(item)
    return found


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
