"""Reads what the engine needs from files: the general words, the city's words, its FAQs, matters and rules."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jieba

import app.cities.huainan
from app.matters.search.synonyms import parse as parse_synonyms
from chatbot.engine import lexicon, situations, weights
from chatbot.engine.acceptance import Weights
from chatbot.engine.index import Faq
from chatbot.engine.matching import Lengths
from chatbot.engine.reading import Language, city_words

CITY = Path(app.cities.huainan.__file__).parent
_DATA = Path(__file__).parent / "engine" / "data"


def language(city: Path | None = CITY) -> Language:
    """General words and the city's; without a city the general ones alone. Takes a second: the dictionary is big."""
    words, sizes = _city(city)
    return Language(
        lexicon=lexicon.parse(_lines("lexicon.txt")),
        situations=situations.parse(_lines("situations.txt")),
        city=words,
        city_sizes=sizes,
        segment=_segmenter(city),
        chatter=_chatter(_lines("smalltalk.txt")),
    )


@cache
def fitted() -> Weights:
    return weights.from_json(json.loads((_DATA / "weights.json").read_text(encoding="utf-8")))


def faqs(city: Path = CITY) -> list[Faq]:
    """The city's FAQs and, as further ones, the guides of its matters."""
    items = json.loads((city / "faqs.json").read_text(encoding="utf-8"))["items"]
    matters = json.loads((city / "matters.json").read_text(encoding="utf-8"))["items"]
    departments = {matter["dept_code"]: matter["dept_name"] for matter in matters}
    return [_faq(item, departments) for item in items] + [_guide(matter) for matter in matters]


def from_line(item: Mapping[str, Any]) -> Faq:
    """From one line of a data set in the measuring script's format."""
    category = item.get("category") or ""
    return Faq(
        id=str(item["id"]),
        question=item.get("question") or "",
        answer=item.get("answer") or "",
        similar=tuple(item.get("similar") or ()),
        category="" if category == item.get("source") else category,
        source=item.get("source") or "",
    )


def rules(city: Path = CITY) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((city / "keyword_rules.json").read_text(encoding="utf-8"))["items"]
    return found


def _faq(item: Mapping[str, Any], departments: Mapping[str, str]) -> Faq:
    return Faq(
        id=item["id"],
        question=item["question"],
        answer=item["answer"],
        similar=tuple(item["similar_questions"]),
        category=" ".join(item["keywords"]),
        matter_code=item["matter_code"] or "",
        source=departments.get(item["dept_code"], ""),
        date=item["valid_from"],
    )


def _guide(matter: Mapping[str, Any]) -> Faq:
    materials = "、".join(material["name"] for material in matter["materials"])
    return Faq(
        id=matter["code"],
        question=f"{matter['short_name']}怎么办理",
        answer=f"“{matter['name']}”需要的材料：{materials}。条件、时限和收费请看办事指南。",
        similar=(matter["name"], *matter["aliases"]),
        category=" ".join(matter["keywords"]),
        matter_code=matter["code"],
        source=matter["dept_name"],
        date=matter["effective_from"],
    )


def _lines(name: str) -> list[str]:
    return (_DATA / name).read_text(encoding="utf-8").splitlines()


def _chatter(lines: Iterable[str]) -> Sequence[str]:
    return [said for line in lines if not line.startswith("#") for said in line.partition("\t")[2].split(",")]


def _city(city: Path | None) -> tuple[Mapping[str, frozenset[str]], Lengths]:
    if city is None:
        return {}, {}
    return city_words(parse_synonyms((city / "synonyms.txt").read_text(encoding="utf-8").splitlines()))


def _segmenter(city: Path | None) -> Any:
    """jieba with the city's dictionary. For search: of a long word its parts, too, or 身份证 would be lost in
    居民身份证. Without guesses at unknown words, so that a text is cut the same way everywhere.
    """
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    if city is not None:
        tokenizer.load_userdict(str(city / "jieba_userdict.txt"))
    tokenizer.initialize()
    return lambda text: tokenizer.cut_for_search(text, HMM=False)
