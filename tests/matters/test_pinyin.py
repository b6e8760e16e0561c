"""The small table that search reads at run time agrees with the library that made it."""

from pypinyin import lazy_pinyin

from app.matters.readings import readings
from app.matters.search import pinyin


def test_the_table_agrees_with_the_library_for_every_character() -> None:
    table = pinyin.readings()
    assert len(table) == 6763
    assert {character: lazy_pinyin(character)[0] for character in table} == table


def test_words_are_read_as_words() -> None:
    assert readings(["行政", "银行", "重大(新办)", ""]) == {
        "行政": "xing zheng",
        "银行": "yin hang",
        "重大新办": "zhong da xin ban",
    }


def test_loose_sounds_make_hurried_spellings_equal() -> None:
    assert pinyin.loose("zheng") == pinyin.loose("zen") == "zen"
    assert pinyin.loose("shuang gong") == "suan gon"
    assert pinyin.initials("she bao ka") == "sbk"
