"""How the workbook of FAQs is laid out; export and import read the same table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from app.matters.importing import cells
from app.matters.importing.cells import Read, Value
from chatbot.learning.rules import MAX_ANSWER, MAX_QUESTION, STATUS_NAMES

SHEET, NOTES = "问答", "填表说明"
CODE, QUESTION, SIMILAR, DEPARTMENT, MATTER = "编码", "标准问题", "相似问法", "责任部门", "事项编码"
_STATUSES = {name: status for status, name in STATUS_NAMES.items()}
EXPLANATIONS = (
    "1. 带*号为必填。新增的问答请把编码留空，系统会编号；已有问答的编码请不要改动。",
    "2. 相似问法一行一种（在单元格内按 Alt+Enter 换行）；关键词用顿号隔开。",
    "3. 责任部门填机构目录中的全称；日期写作 2026-12-01；状态填“已发布”“待核对”或“已停用”。",
    "4. 修改后可直接上传导入，先预览再执行；没有改动的问答保持不变，留空的单元格不会清除原有内容。",
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, the field it fills, its reader, and its width in the export."""

    title: str
    key: str
    read: Callable[[Value], Read]
    required: bool = False
    width: int = 14


def _text(limit: int) -> Callable[[Value], Read]:
    return partial(cells.text, limit=limit)


COLUMNS = (
    Column(CODE, "code", _text(32), width=16),
    Column(QUESTION, "question", _text(MAX_QUESTION), required=True, width=36),
    Column("答案", "answer", _text(MAX_ANSWER), required=True, width=60),
    Column(SIMILAR, "similar", _text(20_000), width=40),
    Column("关键词", "keywords", _text(600), width=20),
    Column(MATTER, "matter_code", _text(64), width=16),
    Column(DEPARTMENT, "dept_code", _text(64), width=22),
    Column("生效日期", "valid_from", cells.day),
    Column("失效日期", "valid_to", cells.day),
    Column("状态", "status", partial(cells.one_of, choices=_STATUSES, field="状态")),
)
