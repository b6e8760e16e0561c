"""Search: an evaluation set of what people type, and the single promises."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matters.readings import readings_of
from app.matters.search import pinyin
from app.matters.search.entry import Entry, Filter
from app.matters.search.index import Index
from app.matters.search.synonyms import Synonyms, parse
from app.matters.search.text import core, normalise
from tests.matters.conftest import FOLDER

QUERIES = json.loads(Path(__file__).with_name("queries.json").read_text(encoding="utf-8"))


def entry_of(guide: dict) -> Entry:
    return Entry(
        code=guide["code"],
        name=guide["name"],
        short_name=guide["short_name"],
        department=guide["dept_name"],
        aliases=guide["aliases"],
        keywords=guide["keywords"],
        result=guide["result"]["name"],
        pinyin=readings_of(guide),
        hot_rank=guide["hot_rank"],
        themes=guide["nav_themes"],
        bookable=guide["appointment"]["supported"],
        online=guide["online"]["is_online"],
        natural="natural" in guide["service_objects"],
        legal="legal" in guide["service_objects"],
    )


@pytest.fixture(scope="module")
def index() -> Index:
    guides = json.loads((FOLDER / "matters.json").read_text(encoding="utf-8"))["items"]
    words = parse((FOLDER / "synonyms.txt").read_text(encoding="utf-8").splitlines())
    return Index([entry_of(guide) for guide in guides], Synonyms(words))


def codes(index: Index, text: str, limit: int = 3, **chosen: object) -> list[str]:
    return [hit.entry.code for hit in index.search(text, limit=limit, where=Filter(**chosen)).hits]


def test_what_people_type_is_found_among_the_first_three(index: Index) -> None:
    missed = [query["text"] for query in QUERIES if not set(query["codes"]) & set(codes(index, query["text"]))]
    first = [query for query in QUERIES if codes(index, query["text"], 1)[:1] and codes(index, query["text"], 1)[0] in
             query["codes"]]  # fmt: skip
    assert missed == ["美容院开店"]
    assert len(first) / len(QUERIES) >= 0.95


def test_the_evaluation_set_covers_every_way_of_typing() -> None:
    kinds = Counter(query["kind"] for query in QUERIES)
    assert len(QUERIES) == 170
    assert min(kinds.values()) >= 3


@pytest.mark.parametrize("text", ["办社保卡", "sbk", "SBK", "ＳＢＫ", "  sbk ", "sb k", "社保卡!", "shè bǎo kǎ"])
def test_the_social_security_card_comes_first(index: Index, text: str) -> None:
    assert codes(index, text, 1) == ["HN-RS-001"]


@pytest.mark.parametrize("text", ["量子计算机", "火箭发射", "asdfgh", "你好", "?!", "%", "'; DROP TABLE", "🚀"])
def test_nonsense_has_no_answer(index: Index, text: str) -> None:
    assert index.search(text).total == 0


def test_nothing_typed_lists_everything_the_most_asked_for_first(index: Index) -> None:
    found = index.search("", limit=2)
    assert (found.total, [hit.entry.name for hit in found.hits]) == (103, ["居民身份证换领", "居民身份证丢失补领"])


def test_the_bookable_filter_returns_only_bookable_matters(index: Index) -> None:
    found = index.browse(where=Filter(bookable=True), limit=200)
    assert found.total == 102
    assert all(hit.entry.bookable for hit in found.hits)
    assert index.browse(where=Filter(bookable=False)).total == 1


def test_filters_narrow_a_search(index: Index) -> None:
    assert codes(index, "公积金", audience="legal") == ["HN-GJ-007"]
    assert codes(index, "公积金", theme="P-TX") == ["HN-GJ-003"]
    assert codes(index, "公积金", theme="nowhere") == []


def test_pages_follow_each_other_without_overlap(index: Index) -> None:
    everything = [hit.entry.code for hit in index.search("公积金", limit=7).hits]
    pages = [[hit.entry.code for hit in index.search("公积金", offset=start, limit=3).hits] for start in (0, 3, 6)]
    assert [code for page in pages for code in page] == everything
    assert len(set(everything)) == 7


def test_the_words_that_were_typed_are_marked_in_the_name(index: Index) -> None:
    hit = index.search("公积金贷款").hits[0]
    assert [hit.entry.name[start:end] for start, end in hit.marks] == ["公积金贷款"]


def test_pinyin_marks_the_characters_it_stands_for(index: Index) -> None:
    hit = index.search("huzhao").hits[0]
    assert [hit.entry.name[start:end] for start, end in hit.marks] == ["护照"]


def test_a_match_by_an_alias_says_which_and_marks_it(index: Index) -> None:
    hit = index.search("开饭店").hits[0]
    assert (hit.entry.code, hit.matched, hit.matched_marks) == ("HN-SJ-005", "开饭店", ((0, 3),))


def test_what_one_wants_to_hold_in_hand_is_found_by_its_name_after_matters_called_so(index: Index) -> None:
    hits = {hit.entry.code: hit for hit in index.search("营业执照", limit=10).hits}
    assert {"HN-SJ-001", "HN-SJ-002", "HN-SJ-003"} <= hits.keys()
    assert (hits["HN-SJ-002"].matched, hits["HN-SJ-002"].matched_marks) == ("营业执照", ((0, 4),))
    named = Entry(code="A", name="换领行驶证", short_name="换领行驶证", department="", pinyin={})
    held = Entry(code="B", name="新车上牌", short_name="上牌", department="", pinyin={}, result="号牌、行驶证")
    assert [hit.entry.code for hit in Index([held, named], Synonyms({})).search("行驶证").hits] == ["A", "B"]


def test_a_suspended_matter_comes_after_those_that_can_be_handled(index: Index) -> None:
    def matter(code: str, **more: object) -> Entry:
        return Entry(code=code, name="渔业捕捞许可", short_name="捕捞", department="", pinyin={}, **more)

    small = Index([matter("A", is_suspended=True, hot_rank=1), matter("B")], Synonyms({}))
    assert [hit.entry.code for hit in small.browse().hits] == ["B", "A"]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80) | st.text(alphabet="社保卡身份证abcsbk 0", max_size=80))
def test_whatever_is_typed_the_search_answers(index: Index, text: str) -> None:
    found = index.search(text, limit=5)
    assert len(found.hits) == min(5, found.total)
    for hit in found.hits:
        assert all(0 <= start < end <= len(hit.entry.name) for start, end in hit.marks)


def test_an_empty_city_answers_nothing() -> None:
    empty = Index([], Synonyms({}))
    assert (empty.search("社保卡").total, empty.browse().total) == (0, 0)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("我想办社保卡", "社保卡"),
        ("请问身份证丢了怎么补办", "身份证丢补办"),
        ("怎么办理", "怎么办理"),
        ("办护照", "护照"),
    ],
)
def test_filler_words_are_left_out_unless_nothing_else_is_left(typed: str, kept: str) -> None:
    assert core(normalise(typed)) == kept


def test_a_colloquial_word_of_two_meanings_brings_in_neither_official_word() -> None:
    words = Synonyms({"机动车转让登记": ["过户", "卖车"], "不动产转移登记": ["过户"]})
    assert words.variants("二手房过户") == []
    assert words.variants("机动车转让登记") == ["过户", "卖车"]
    assert words.variants("我要卖车") == ["机动车转让登记", "我要机动车转让登记", "过户", "我要过户"]


@pytest.mark.parametrize(
    ("letters", "reading"),
    [("shebaoka", ("she", "bao", "ka")), ("xianggang", ("xiang", "gang")), ("sbk", ("s", "b", "k"))],
)
def test_letters_are_read_as_syllables(letters: str, reading: tuple[str, ...]) -> None:
    assert pinyin.splits(letters)[0] == reading
