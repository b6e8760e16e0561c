"""Keyword rules in the database: the bot follows them, what the engine cannot run is refused, each change is undone."""

import asyncio

import pytest

from app.city import folder_of
from app.errors import AppError, InvalidInput
from app.staff.models import AuditRow
from chatbot.learning import keywords
from chatbot.learning.models import Rule, RuleVersion
from tests.chatbot.learning.school import CITY, LI, WU, reply
from tests.factories import NOW
from tests.marks import on_both


def make_rule(**changed) -> dict:
    plain = {
        "name": "停车", "match": "contains", "patterns": ["停车"], "priority": 90, "action": "reply",
        "reply": "大厅地下停车场免费 2 小时。", "menu": [], "target": None, "dynamic": None, "enabled": True,
        "channel": ["h5"],
    }  # fmt: skip
    return {**plain, **changed}


async def save(content: dict, *, code: str = "", seen: int = 0, by=LI) -> str:
    return await keywords.save(code=code, content=content, seen_version=seen, by=by, now=NOW)


async def test_the_seed_brings_the_citys_rules_once_and_leaves_alone_what_staff_changed(faqs: None) -> None:
    folder = folder_of(CITY)
    first = await keywords.load_seed(folder=folder, now=NOW)
    assert (first, await keywords.load_seed(folder=folder, now=NOW)) == (47, 0)
    row = await keywords.rule("KR-001")
    await save({**row.content, "reply": "请稍候。"}, code="KR-001", seen=1)
    assert await keywords.load_seed(folder=folder, now=NOW) == 0
    assert (await reply("转人工")).text == "请稍候。"


async def test_a_rule_speaks_until_it_is_switched_off_and_is_restored(faqs: None) -> None:
    await keywords.load_seed(folder=folder_of(CITY), now=NOW)
    code = await save(make_rule())
    assert ((await reply("大厅停车收费吗")).text, await Rule.all().count()) == ("大厅地下停车场免费 2 小时。", 48)
    await save(make_rule(reply="请停到广场。"), code=code, seen=1)
    assert (await reply("大厅停车收费吗")).text == "请停到广场。"
    await keywords.switch(code=code, enabled=False, seen_version=2, by=LI, now=NOW)
    assert (await reply("大厅停车收费吗")).answer_id != code
    await keywords.restore(code=code, version=1, seen_version=3, by=LI, now=NOW)
    assert (await reply("大厅停车收费吗")).text == "大厅地下停车场免费 2 小时。"
    assert [row.what for row in await keywords.history(code)] == ["恢复到第 1 版", "停用", "修改", "新增"]
    assert await AuditRow.filter(action__startswith="rules.").count() == 4


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"match": "regex", "patterns": [r"(\d)\1"]}, "patterns", "不支持反向引用"),
        ({"match": "regex", "patterns": ["a{900}{900}{900}"]}, "patterns", "展开后过大"),
        ({"patterns": []}, "patterns", "请填写 1 至 100 个词或正则"),
        ({"patterns": ["？！"]}, "patterns", "只有标点，匹配不到任何话"),
        ({"priority": 121}, "priority", "优先级应为 0 至 120"),
        ({"reply": " "}, "reply", "请填写群众看到的回复"),
    ],
)
async def test_what_cannot_be_a_rule_is_refused_by_name(faqs: None, changed: dict, field: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await save(make_rule(**changed))
    assert says in caught.value.data["fields"][field]
    assert await Rule.all().count() == 0


@on_both
async def test_of_two_who_save_at_once_the_second_is_told(faqs: None) -> None:
    code = await save(make_rule())
    done = await asyncio.gather(
        save(make_rule(reply="甲。"), code=code, seen=1),
        save(make_rule(reply="乙。"), code=code, seen=1, by=WU),
        return_exceptions=True,
    )
    (refused,) = (each for each in done if isinstance(each, AppError))
    assert refused.text == "这条规则刚刚被他人修改，请刷新后在最新内容上重新修改"
    assert await RuleVersion.filter(rule_code=code).count() == 2
