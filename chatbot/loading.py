"""Reads what the engine needs from files: the general words, and from the city's folder its words, FAQs and rules."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jieba

from app.matters.search.synonyms import parse as parse_synonyms
from chatbot.engine import index, lexicon, rules, situations, weights
from chatbot.engine.acceptance import Weights
from chatbot.engine.answering import Brain
from chatbot.engine.index import Faq
from chatbot.engine.reading import Language, city_words

_DATA = Path(__file__).parent / "engine" / "data"


def brain(city: Path, language: Language) -> Brain:
    """The city's FAQs, guides and rules."""
    names = {matter["code"]: matter["short_name"] for matter in _items(city / "matters.json")}
    return brain_of(faqs(city), rule_items(city), names, language)


def brain_of(
    known: Sequence[Faq], items: Sequence[Mapping[str, Any]], matters: Mapping[str, str], language: Language
) -> Brain:
    """These FAQs and rules. `matters`: codes to names. Seconds for 10,000 FAQs: in a thread."""
    return Brain(index.build(known, language), fitted(), rules.prepared(items), matters)


def language(city: Path) -> Language:
    """General words and the city's. Takes a second: the dictionary is big."""
    synonyms = (city / "synonyms.txt").read_text(encoding="utf-8")
    words, sizes = city_words(parse_synonyms(synonyms.splitlines()))
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


def faqs(city: Path) -> list[Faq]:
    """The city's FAQs. Those made from a matter's record are its guide, found by its name and its aliases as well."""
    items = _items(city / "faqs.json")
    matters = {matter["code"]: matter for matter in _items(city / "matters.json")}
    departments = {matter["dept_code"]: matter["dept_name"] for matter in matters.values()}
    return [_faq(item, matters, departments) for item in items]


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


def rule_items(city: Path) -> list[dict[str, Any]]:
    return _items(city / "keyword_rules.json")


def _faq(item: Mapping[str, Any], matters: Mapping[str, Mapping[str, Any]], departments: Mapping[str, str]) -> Faq:
    matter = matters.get(item["matter_code"] or "")
    names = (matter["name"], *matter["aliases"]) if matter is not None and item.get("generated") else ()
    to_be_checked = "（内容待主管部门核对）" if item["status"] == "to_be_checked" else ""
    return Faq(
        id=item["id"],
        question=item["question"],
        answer=item["answer"],
        similar=(*item["similar_questions"], *names),
        category=" ".join(item["keywords"]),
        matter_code=item["matter_code"] or "",
        source=departments.get(item["dept_code"], "") + to_be_checked,
        date=item["valid_from"],
        is_guide=bool(names),
    )


def _items(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["items"]
    return found


def _lines(name: str) -> list[str]:
    return (_DATA / name).read_text(encoding="utf-8").splitlines()


def _chatter(lines: Iterable[str]) -> Sequence[str]:
    return [said for line in lines if not line.startswith("#") for said in line.partition("\t")[2].split(",")]


def _segmenter(city: Path) -> Callable[[str], Iterable[str]]:
    """jieba with the city's dictionary. For search: of a long word its parts, too, or 身份证 would be lost in
    居民身份证. Without guesses at unknown words, so that a text is cut the same way everywhere. The dictionary is read
    here and not by `initialize`, which trusts a cache in the temporary folder, where anybody may have put one.
    """
    tokenizer = jieba.Tokenizer()
    with tokenizer.get_dict_file() as words:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(words)
    tokenizer.initialized = True
    with (city / "jieba_userdict.txt").open("rb") as own:
        tokenizer.load_userdict(own)

    def cut(text: str) -> Iterable[str]:
        found: Iterable[str] = tokenizer.cut_for_search(text, HMM=False)
        return found

    return cut
