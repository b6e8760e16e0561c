"""How fast the bot's engine answers over 10,000 FAQs, what it costs to build, and how right it is on the shipped set.

`python -m bench.chatbot` prints it.
"""

import gc
import json
import random
import statistics
import time
from dataclasses import replace
from pathlib import Path

from app.city import folder_of
from chatbot import datasets, loading, measuring
from chatbot.engine import index
from chatbot.engine.index import Faq
from chatbot.engine.reading import Language
from chatbot.protocol import results

CITY = folder_of("huainan")
SET = Path(__file__).parent.parent / "tests" / "chatbot" / "authored"
PAGE_MB = 4096 / 2**20


def faqs(count: int) -> list[Faq]:
    """The city's FAQs and the shipped set's, then the same asked of each place, until there are `count`."""
    regions = json.loads((CITY / "regions.json").read_text(encoding="utf-8"))["items"]
    places = ["", *(region["name"] for region in regions)]
    own = [*loading.faqs(CITY), *datasets.load(SET)[0].faqs]
    found = [_of_place(faq, place) for place in places for faq in own]
    return found[:count]


def _of_place(faq: Faq, place: str) -> Faq:
    similar = tuple(place + text for text in faq.similar)
    return replace(faq, id=place + faq.id, question=place + faq.question, similar=similar)


def asked(count: int, seed: int = 7) -> list[str]:
    """What people ask: the shipped set, stories and small talk among it, in an order that is always the same."""
    (source,) = datasets.load(SET)
    texts = [query.text for query in source.queries] + [other.text for other in source.others]
    chance = random.Random(seed)
    return [chance.choice(texts) for _ in range(count)]


def measure(*, count: int = 10_000, questions: int = 2000) -> dict[str, float]:
    """Milliseconds per question, seconds to build, megabytes that the index adds to the process."""
    language, weights, many = loading.language(CITY), loading.fitted(), faqs(count)
    results("身份证", index.build(many[:10], language), weights)
    gc.collect()
    before = _resident_mb()
    started = time.perf_counter()
    prepared = index.build(many, language)
    built = time.perf_counter() - started
    gc.collect()
    added = _resident_mb() - before
    times = []
    for text in asked(questions):
        begun = time.perf_counter()
        results(text, prepared, weights)
        times.append((time.perf_counter() - begun) * 1000)
    cuts = statistics.quantiles(times, n=100)
    return {
        "faqs": len(many),
        "questions": len(times),
        "build_s": round(built, 2),
        "p50_ms": round(cuts[49], 2),
        "p99_ms": round(cuts[98], 2),
        "added_mb": round(added),
        **_rightness(language),
    }


def _rightness(language: Language) -> dict[str, float]:
    (source,) = datasets.load(SET)
    found = measuring.measure(source, language, loading.fitted())
    return {
        "r1_pct": round(100 * found.r1, 1),
        "r3_pct": round(100 * found.r3, 1),
        "right_pct": round(100 * (found.right or 0), 1),
        "far_answered_pct": round(100 * (found.far_answered or 0), 1),
    }


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_MB


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
