"""How fast the search answers over 20 000 matters, in one process. `python -m bench.search` prints it."""

import json
import random
import resource
import statistics
import time
from pathlib import Path

import app.cities.huainan
from app.matters.search.entry import Entry
from app.matters.search.index import Index
from app.matters.search.synonyms import Synonyms, parse

FOLDER = Path(app.cities.huainan.__file__).parent
QUERIES = Path(__file__).parent.parent / "tests" / "matters" / "queries.json"
SCENES = ("", "(新办)", "(变更)", "(延续)", "(补发)", "(注销)", "(年审)", "(首次)")


def entries(count: int) -> list[Entry]:
    """The city's matters, then variants of them by place and scene until there are `count`."""
    matters = json.loads((FOLDER / "matters.json").read_text(encoding="utf-8"))["items"]
    places = [""] + [region["name"] for region in json.loads((FOLDER / "regions.json").read_text())["items"]]
    found: list[Entry] = []
    for scene in SCENES:
        for place in places:
            found += [_entry(matter, place, scene, len(found) + step) for step, matter in enumerate(matters)]
            if len(found) >= count:
                return found[:count]
    raise ValueError(f"at most {len(found)}")


def _entry(matter: dict, place: str, scene: str, number: int) -> Entry:
    return Entry(
        code=matter["code"] if not place + scene else f"{matter['code']}-{number}",
        name=place + matter["name"] + scene,
        short_name=place + matter["short_name"] + scene,
        department=place + matter["dept_name"],
        aliases=[place + alias + scene for alias in matter["aliases"]],
        keywords=matter["keywords"],
        result=matter["result"]["name"],
        pinyin={},
        hot_rank=matter["hot_rank"] if not place + scene else None,
        themes=matter["nav_themes"],
        bookable=number % 3 > 0,
    )


def typed(index: Index, count: int, seed: int = 7) -> list[str]:
    """What people type: the evaluation set, whole names, beginnings of names, and names with a slip."""
    chance = random.Random(seed)
    texts = [query["text"] for query in json.loads(QUERIES.read_text(encoding="utf-8"))]
    while len(texts) < count:
        name = chance.choice(index.entries).short_name
        place = chance.randrange(len(name))
        texts += [name, name[: max(2, place)], name[:place] + name[place + 1 :]]
    return texts[:count]


def measure(*, count: int = 20_000, queries: int = 1000) -> dict[str, float]:
    """Milliseconds per query, seconds to build, and the share of the evaluation set found in the top three."""
    words = parse((FOLDER / "synonyms.txt").read_text(encoding="utf-8").splitlines())
    started = time.perf_counter()
    index = Index(entries(count), Synonyms(words))
    built = time.perf_counter() - started
    times = []
    for text in typed(index, queries):
        started = time.perf_counter()
        index.search(text)
        times.append((time.perf_counter() - started) * 1000)
    cuts = statistics.quantiles(times, n=100)
    return {
        "matters": len(index),
        "queries": len(times),
        "build_s": round(built, 2),
        "p50_ms": round(cuts[49], 2),
        "p95_ms": round(cuts[94], 2),
        "p99_ms": round(cuts[98], 2),
        "max_ms": round(max(times), 2),
        "top3": round(_share(index), 3),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _share(index: Index) -> float:
    asked = json.loads(QUERIES.read_text(encoding="utf-8"))
    hits = 0
    for query in asked:
        found = [hit.entry.code for hit in index.search(query["text"], limit=3).hits]
        hits += bool(set(query["codes"]) & set(found))
    return hits / len(asked)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
