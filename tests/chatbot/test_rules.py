"""Keyword rules: exact, contained, patterns; the admin's patterns cannot stop the process."""

import time

import pytest

from chatbot import loading
from chatbot.engine import rules
from chatbot.engine.rules import PatternRefused, first
from tests.chatbot.conftest import CITY


def rule(**fields: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "id": "R1",
        "name": "试",
        "match": "contains",
        "patterns": ["预约"],
        "priority": 50,
        "action": "reply",
        "reply": "好",
        "menu": [],
        "target": None,
        "dynamic": None,
        "enabled": True,
        "channel": ["h5"],
    }
    return usual | fields


def found(text: str, *items: dict[str, object], channel: str | None = None) -> str | None:
    matched = first(text, rules.prepared(items), channel)
    return matched.rule.id if matched else None


def test_each_way_to_match() -> None:
    assert found("我想预约一下", rule()) == "R1"
    assert found("预约！", rule(match="exact")) == "R1"
    assert found("我想预约", rule(match="exact")) is None
    assert found("编号A123", rule(match="regex", patterns=[r"A\d{3}$"])) == "R1"
    assert found("编号Ａ１２３", rule(match="regex", patterns=[r"A\d{3}$"])) == "R1"


def test_the_highest_priority_speaks_and_among_equals_the_first() -> None:
    assert found("预约", rule(id="low", priority=1), rule(id="high", priority=9), rule(id="also", priority=9)) == "high"


def test_what_is_switched_off_or_of_another_channel_is_silent() -> None:
    assert found("预约", rule(enabled=False)) is None
    assert found("预约", rule(), channel="kiosk") is None


def test_a_word_of_punctuation_alone_matches_nothing() -> None:
    assert found("你好", rule(patterns=["？！"])) is None


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|aa)+$", r"(.*a){12}$", r"(\w+\s?)*$"])
def test_a_pattern_that_would_stop_a_backtracking_engine_takes_no_time(pattern: str) -> None:
    prepared = rules.prepared([rule(match="regex", patterns=[pattern])])
    started = time.thread_time()
    first("a" * 1999 + "！", prepared)
    assert time.thread_time() - started < 0.5


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        (r"(?<!\d)\d{16}", "不支持前后查找"),
        (r"(\d)\1", "不支持反向引用"),
        (r"a{900}{900}{900}", "展开后过大"),
        (r"(预约", "语法有误"),
    ],
)
def test_what_the_engine_does_not_know_is_refused_by_name(pattern: str, told: str) -> None:
    with pytest.raises(PatternRefused, match=told) as refused:
        rules.prepared([rule(name="查件", match="regex", patterns=[pattern])])
    assert "规则“查件”" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我的卡号62220202001122334", "KR-043"),
        ("6222020200112233", "KR-043"),
        ("编号12345678901234567890", "KR-042"),
        ("34040319900101123X", "KR-042"),
        ("编号055476", "KR-046"),
    ],
)
def test_the_citys_rules_warn_of_numbers_that_nobody_should_send(text: str, expected: str) -> None:
    matched = first(text, rules.prepared(loading.rule_items(CITY)))
    assert matched is not None
    assert matched.rule.id == expected


def test_every_rule_of_the_city_is_reached_by_its_own_word() -> None:
    prepared = rules.prepared(loading.rule_items(CITY))
    for item in loading.rule_items(CITY):
        if item["match"] != "regex":
            for pattern in item["patterns"]:
                matched = first(pattern, prepared)
                assert matched is not None
                assert matched.rule.priority >= item["priority"], pattern
