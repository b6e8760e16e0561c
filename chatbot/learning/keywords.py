"""Keyword rules in the database: seeded, changed by staff, each change a version."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tortoise.exceptions import IntegrityError

from app.db import transactional
from app.errors import InvalidInput, NotFound
from app.ids import new_code
from app.staff.auditing import audit
from app.staff.by import By
from chatbot.engine import rules
from chatbot.engine.rules import PATTERN, PatternRefused
from chatbot.engine.text import plain
from chatbot.learning.errors import NothingToUndo, RuleChanged
from chatbot.learning.marks import next_version
from chatbot.learning.models import Rule, RuleVersion

SEED = "seed"
MATCHES = {"exact": "整句相同", "contains": "包含", PATTERN: "正则表达式"}
ACTIONS = {
    "reply": "回复文字", "menu": "给出菜单", "link": "打开页面", "transfer_human": "转人工", "clarify": "反问",
    "dynamic": "实时信息", "lookup": "查询", "mask_warn": "隐私提醒", "fallback": "兜底",
}  # fmt: skip
MAX_PATTERNS, MAX_PATTERN, HIGHEST = 100, 200, 120
_NAMES = ("name", "match", "patterns", "priority", "action", "reply", "menu", "target", "dynamic", "enabled", "channel")

Content = dict[str, Any]


async def items() -> list[Content]:
    """For the engine; empty while there are none in the table."""
    return [{"id": row.code, **row.content} for row in await Rule.all().order_by("code")]


def faults_of(content: Content) -> dict[str, str]:
    """By field, each with what to do."""
    faults = {}
    if not content["name"].strip():
        faults["name"] = "请给规则起个名字，例如“查办件进度”"
    if content["action"] != "fallback" and not content["reply"].strip():
        faults["reply"] = "请填写群众看到的回复"
    if not 0 <= content["priority"] <= HIGHEST:
        faults["priority"] = f"优先级应为 0 至 {HIGHEST}"
    if fault := _pattern_fault(content):
        faults["patterns"] = fault
    return faults


def _pattern_fault(content: Content) -> str:
    patterns = content["patterns"]
    if not patterns or len(patterns) > MAX_PATTERNS or any(len(each) > MAX_PATTERN for each in patterns):
        return f"请填写 1 至 {MAX_PATTERNS} 个词或正则，一行一个，每个最多 {MAX_PATTERN} 个字"
    if content["match"] != PATTERN:
        empty = next((each for each in patterns if not plain(each)), "")
        return f"“{empty}”只有标点，匹配不到任何话，请删除" if empty else ""
    try:
        rules.prepared([{"id": "", **content, "enabled": True}])
    except PatternRefused as exc:
        return str(exc)
    return ""


@transactional
async def save(*, code: str, content: Content, seen_version: int, by: By, now: datetime) -> str:
    """A new rule (`code` empty) or a new version; its code is returned.

    Raises:
        InvalidInput: names every fault; a pattern that the linear-time engine does not run is one.
        RuleChanged: `seen_version` is not the rule's version any more.
    """
    if faults := faults_of(content):
        raise InvalidInput(faults)
    own = code or f"KR-{new_code(6)}"
    await _write(own, content, seen_version if code else 0, "修改" if code else "新增", by.name, now)
    await audit(by=by, action="rules.save", subject=f"rule:{own}", now=now)
    return own


@transactional
async def switch(*, code: str, enabled: bool, seen_version: int, by: By, now: datetime) -> None:
    """Let it speak, or not. Raises NotFound, NothingToUndo, RuleChanged."""
    row = await rule(code)
    if row.content["enabled"] == enabled:
        raise NothingToUndo()
    what = "启用" if enabled else "停用"
    await _write(code, {**row.content, "enabled": enabled}, seen_version, what, by.name, now)
    await audit(by=by, action="rules.switch", subject=f"rule:{code}", details={"after": what}, now=now)


@transactional
async def restore(*, code: str, version: int, seen_version: int, by: By, now: datetime) -> None:
    """Let it be again as it was then. Raises NotFound, RuleChanged."""
    then = await RuleVersion.get_or_none(rule_code=code, version=version)
    if then is None:
        raise NotFound()
    await _write(code, then.content, seen_version, f"恢复到第 {version} 版", by.name, now)
    await audit(by=by, action="rules.restore", subject=f"rule:{code}", details={"版本": version}, now=now)


async def rule(code: str) -> Rule:
    """Raises NotFound."""
    row = await Rule.get_or_none(code=code)
    if row is None:
        raise NotFound()
    return row


async def history(code: str) -> list[RuleVersion]:
    """Newest first."""
    return await RuleVersion.filter(rule_code=code).order_by("-version")


async def _write(code: str, content: Content, seen_version: int, what: str, by: str, now: datetime) -> None:
    await next_version()
    row: dict[str, Any] = {"content": content, "version": seen_version + 1, "updated_at": now}
    if not seen_version:
        try:
            await Rule.create(code=code, **row)
        except IntegrityError:
            raise RuleChanged() from None
    elif not await Rule.filter(code=code, version=seen_version).update(**row):
        raise RuleChanged()
    await RuleVersion.create(rule_code=code, version=seen_version + 1, content=content, what=what, by=by, at=now)


async def load_seed(*, folder: Path, now: datetime) -> int:
    """Load or correct the city's rules; those that staff changed stay. Returns how many were written."""
    found = await asyncio.to_thread(_read, folder)
    return await _seed(found, now)


@transactional
async def _seed(found: Mapping[str, Content], now: datetime) -> int:
    known = {row.code: row for row in await Rule.all()}
    ours = set(await RuleVersion.filter(by=SEED).values_list("rule_code", "version"))
    due = {code: content for code, content in found.items() if _is_due(code, content, known.get(code), ours)}
    for code, content in due.items():
        await _write(code, content, known[code].version if code in known else 0, "初始数据", SEED, now)
    return len(due)


def _is_due(code: str, content: Content, row: Rule | None, ours: set[Any]) -> bool:
    return row is None or ((code, row.version) in ours and row.content != content)


def _read(folder: Path) -> dict[str, Content]:
    raw = json.loads((folder / "keyword_rules.json").read_text(encoding="utf-8"))["items"]
    return {item["id"]: {name: item[name] for name in _NAMES} for item in raw}
