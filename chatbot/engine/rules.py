"""Keyword rules of the city: a word, a whole sentence or a pattern, and what is done about it."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import SchemaError, SchemaValidator, core_schema

from chatbot.engine.text import plain

EXACT, PATTERN = "exact", "regex"  # beside "contains"
MAX_TEXT = 2000  # characters a pattern is tried on

# By priority. From `ALWAYS` on a rule speaks before anything else (a person, an emergency). From `FIRM` on it gives way
# to an answer that is sure; below that also to choices (身份证在哪里 is about 身份证). Up to `ASKS_BACK` it only
# asks back (多少钱 of what?).
ALWAYS, FIRM, ASKS_BACK = 100, 50, 10


class PatternRefused(ValueError):
    """A pattern that cannot be used. The text is for the staff member who wrote it."""

    def __init__(self, rule: str, pattern: str, reason: str) -> None:
        self.rule, self.pattern, self.reason = rule, pattern, reason
        super().__init__(f"规则“{rule}”的正则“{pattern}”不能使用：{reason}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `action`: what is done (reply, menu, link, lookup, transfer_human …); `target` is where it leads."""

    id: str
    name: str
    match: str
    priority: int
    action: str
    reply: str
    menu: tuple[str, ...]
    target: str
    dynamic: str
    channels: frozenset[str]
    checks: tuple["Check", ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One word or pattern of a rule, as it was written and prepared: `bare` for words, `pattern` for expressions."""

    written: str
    bare: str = ""
    pattern: SchemaValidator | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    rule: Rule
    by: str


def prepared(items: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """The enabled rules, the highest priority first; among equals as they stand.

    Raises:
        PatternRefused: for a pattern that the linear-time engine does not know (it has no look-around and no
            back-references) or that would grow too big.
    """
    return sorted((_rule(item) for item in items if item["enabled"]), key=lambda rule: -rule.priority)


def first(text: str, rules: Sequence[Rule], channel: str | None = None) -> Matched | None:
    """The first rule that matches, of those for the channel."""
    bare, whole = plain(text), unicodedata.normalize("NFKC", text[:MAX_TEXT]).strip()
    for rule in rules:
        if channel is None or channel in rule.channels:
            for check in rule.checks:
                if _matches(rule.match, check, bare, whole):
                    return Matched(rule, check.written)
    return None


def _matches(kind: str, check: Check, bare: str, whole: str) -> bool:
    if check.pattern is not None:
        return check.pattern.isinstance_python(whole)
    return bool(check.bare) and (check.bare == bare if kind == EXACT else check.bare in bare)


def _rule(item: Mapping[str, Any]) -> Rule:
    return Rule(
        id=item["id"],
        name=item["name"],
        match=item["match"],
        priority=item["priority"],
        action=item["action"],
        reply=item["reply"],
        menu=tuple(item["menu"]),
        target=item["target"] or "",
        dynamic=item["dynamic"] or "",
        channels=frozenset(item["channel"]),
        checks=tuple(_check(item, pattern) for pattern in item["patterns"]),
    )


def _check(item: Mapping[str, Any], pattern: str) -> Check:
    if item["match"] != PATTERN:
        return Check(pattern, bare=plain(pattern))
    return Check(pattern, pattern=compiled(item["name"], pattern))


def compiled(rule: str, pattern: str) -> SchemaValidator:
    """Runs on the regular expressions of Rust that pydantic carries: in time linear in the text, whatever was written.

    Raises:
        PatternRefused: see `prepared`.
    """
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError as exc:
        raise PatternRefused(rule, pattern, _reason(str(exc))) from exc


def _reason(message: str) -> str:
    if "look-around" in message:
        return "不支持前后查找 (?=…) (?<!…)，请改用 (^|\\D) 之类的写法"
    if "backreferences" in message:
        return "不支持反向引用 \\1，请改写"
    if "size limit" in message:
        return "展开后过大，请减少重复次数"
    return "语法有误：" + re.sub(r"\s+", " ", message.rpartition("error:")[2]).strip()
