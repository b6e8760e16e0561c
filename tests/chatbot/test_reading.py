"""How texts are read: whatever is typed, nothing is raised, and what means the same reads the same."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.engine import lexicon, situations, sounds, text
from chatbot.engine.answering import Brain, answer
from chatbot.engine.reading import Language, read

LEXICON = lexicon.parse(
    ["# 注", "[问法]", "~怎么办理\t咋弄,怎么办", "费用\t多少钱", "[用语]", "丢失\t丢了,掉", "[虚词]", "的\t了,俺"]
)


def meant(said: str) -> str:
    return lexicon.canonical(text.plain(said), LEXICON)


def test_widths_cases_and_punctuation_make_no_difference() -> None:
    assert text.plain(" ＡＢＣ、１２３ 身份证？\n") == "abc123身份证"


def test_long_texts_are_read_to_a_limit() -> None:
    assert len(text.plain("长" * 100_000)) == text.MAX_TEXT


def test_words_that_mean_the_same_become_one_and_empty_ones_none() -> None:
    assert meant("俺身份证丢了咋弄") == meant("身份证丢失，怎么办？")
    assert meant("掉") == "掉"  # a form of one character would be found inside other words


def test_the_longest_word_wins() -> None:
    words = lexicon.parse(["[用语]", "身份证\t居民身份证", "临时证\t临时居民身份证"])
    assert lexicon.canonical("临时居民身份证", words) == "临时证"


def test_a_vague_way_to_ask_counts_only_alone() -> None:
    usual = {kind: name for name, kind in LEXICON.aspects.items()}
    assert lexicon.asked(meant("怎么办，多少钱"), LEXICON) == {usual["费用"]}
    assert lexicon.asked(meant("怎么办"), LEXICON) == {usual["怎么办理"]}


def test_typing_errors_sound_right() -> None:
    assert sounds.sounds("就业见系") == sounds.sounds("就业见习")
    assert sounds.sounds("零时") == sounds.sounds("临时")


def test_a_story_tells_its_situation_without_naming_it() -> None:
    known = situations.parse(["工伤\t骨折,下班路上,老板", "低保\t困难,老板"])
    told = situations.told("下班路上骨折了老板不管", known)
    assert max(told, key=lambda number: told[number]) == 0
    assert situations.told("今天天气", known) == {}
    assert all(value < 1 for value in told.values())


def test_thinning_hides_the_same_words_each_time(language: Language) -> None:
    thin = situations.thinned(language.situations, 45)
    assert thin == situations.thinned(language.situations, 45)
    assert 0.4 < len(thin.words) / len(language.situations.words) < 0.7


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_nothing_that_is_typed_raises(brain: Brain, said: str) -> None:
    reply = answer(said, brain)
    assert 0 <= reply.confidence <= 1
    assert reply.text
    assert reply.trace[-1].name == "结果"


@pytest.mark.parametrize(
    "said",
    [
        "身份证丢了怎么办" * 12_500,
        "\x00\x07\x1b[31m身份证\x7f\u202e",
        "👨\u200d👩\u200d👧🇨🇳🏳️\u200d🌈" * 300,
        "\ud800",
        "﷽" * 50_000,
        "\u0301" * 100_000,
    ],
    ids=["100 kB", "control", "emoji", "surrogate", "expanding", "marks"],
)
def test_hostile_texts_are_answered_soon(brain: Brain, said: str) -> None:
    started = time.thread_time()  # not the clock on the wall: a loaded machine is not a defect
    assert answer(said, brain).text
    assert time.thread_time() - started < 0.5


def test_the_private_characters_of_the_engine_cannot_be_typed(language: Language) -> None:
    assert read("".join(language.lexicon.aspects), language).canonical == ""
