"""The workbook of FAQs: out and in again, every defect by its cell, duplicates told, applied once, undone."""

import asyncio
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from app.errors import AppError
from app.matters.errors import FileRefused
from chatbot.engine.reading import Language
from chatbot.learning import actions
from chatbot.learning.files import exporting, importing
from chatbot.learning.files.layout import COLUMNS
from chatbot.learning.models import Faq, FaqImport
from tests.chatbot.learning.school import FUND, LI, LOST, TEXTS, WU, content, make_content, reply
from tests.factories import NOW
from tests.marks import on_both

HEADS = [column.title for column in COLUMNS]


def book_of(*lines: list) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = "问答"
    for line in (HEADS, *lines):
        sheet.append(line)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


async def upload(file: bytes, language: Language) -> FaqImport:
    return await importing.preview(content=file, filename="问答.xlsx", language=language, by=LI, now=NOW)


async def apply(kept: FaqImport, by=LI) -> None:
    await importing.apply(code=kept.code, digest=kept.digest, by=by, now=NOW)


def found(kept: FaqImport) -> list[tuple[str, str, str]]:
    return [(each["cell"], each["code"], each["message"]) for each in kept.report["findings"]]


async def test_out_and_in_again_changes_nothing_and_a_changed_cell_one_faq(faqs: None, language: Language) -> None:
    risky = make_content("=1+1 怎么算？", "-减号开头\n第二行", valid_to="2027-01-01")
    await actions.add(code="FAQ-RISKY", content=risky, by=LI, now=NOW)
    file = await exporting.export_xlsx()
    kept = await upload(file, language)
    assert (kept.report["counts"], found(kept)) == ({"new": 0, "changed": 0, "unchanged": 6, "error": 0}, [])
    book = load_workbook(BytesIO(file))
    lines = {row[0].value: row for row in book["问答"].iter_rows(min_row=2)}
    lines[LOST][2].value = "新答案。"
    lines[FUND][3].value = None  # an empty cell clears nothing
    buffer = BytesIO()
    book.save(buffer)
    kept = await upload(buffer.getvalue(), language)
    assert kept.report["counts"] == {"new": 0, "changed": 1, "unchanged": 5, "error": 0}
    await apply(kept)
    found_now = await reply(TEXTS[LOST][0])
    assert (found_now.text, found_now.date) == ("新答案。", "2026-11-24")
    await importing.undo(code=kept.code, by=LI, now=NOW)
    assert (await reply(TEXTS[LOST][0])).text == TEXTS[LOST][1]


async def test_new_ones_are_numbered_to_be_checked_and_retired_by_an_undo(faqs: None, language: Language) -> None:
    line = [None, "无人机要登记吗？", "要。", "飞无人机要备案不\n飞机模型登记", "无人机、登记", None, "淮南市公安局"]
    kept = await upload(book_of(line), language)
    await apply(kept)
    row = await Faq.get(question="无人机要登记吗？")
    assert (row.code.startswith("FAQ-"), row.status, row.dept_code) == (True, "to_be_checked", "HN-GA")
    assert row.similar == ["飞无人机要备案不", "飞机模型登记"]
    await importing.undo(code=kept.code, by=LI, now=NOW)
    assert (await Faq.get(code=row.code)).status == "retired"
    with pytest.raises(AppError, match="not_applied"):
        await importing.undo(code=kept.code, by=LI, now=NOW)


async def test_every_defect_has_its_cell_and_what_to_do(faqs: None, language: Language) -> None:
    kept = await upload(
        book_of(
            [None, "没有答案的？"],
            ["FAQ-NONE", "不存在的编码？", "答。"],
            [None, "部门和事项？", "答。", None, None, "NO-1", "不存在局"],
            [None, "日期和状态？", "答。", None, None, None, None, "昨天", None, "有效"],
            [None, "@SUM(A1)", "答。"],
            [LOST, None, None, None, None, None, None, "2026-12-02", "2026-12-01"],
        ),
        language,
    )
    assert [(cell, code) for cell, code, _ in found(kept)] == [
        ("C2", "REQUIRED_MISSING"), ("A3", "UNKNOWN_CODE"), ("F4", "UNKNOWN_MATTER"), ("G4", "UNKNOWN_DEPARTMENT"),
        ("H5", "BAD_DATE"), ("J5", "BAD_ENUM"), ("B6", "FORMULA_TEXT"), ("I7", "BAD_VALUE"),
    ]  # fmt: skip
    assert all(each["next_step"] and each["sheet"] == "问答" for each in kept.report["findings"])
    assert (kept.report["counts"]["error"], kept.rows) == (6, [])


async def test_duplicates_are_told(faqs: None, language: Language) -> None:
    kept = await upload(
        book_of(
            [None, "身份证丢了怎么补办", "答。"],
            [None, "身份证丢失咋补办？", "答。"],
            [None, "无人机要登记吗？", "答。", "领结婚证需要什么"],
            [None, "无人机要登记吗", "答。"],
            [FUND, None, "甲。"],
            [FUND, None, "乙。"],
        ),
        language,
    )
    assert found(kept) == [
        ("B2", "DUPLICATE_QUESTION", "与问答 FAQ-LOST 的问法相同"),
        ("B3", "NEAR_QUESTION", "与问答 FAQ-LOST “身份证丢了怎么补办？”几乎相同"),
        ("D4", "SHARED_SIMILAR", "“领结婚证需要什么”已是问答 FAQ-MARRIED 的问法"),
        ("B5", "DUPLICATE_QUESTION", "与第 4 行的问法相同"),
        ("A7", "DUPLICATE_CODE", "编码与第 6 行重复"),
    ]


@pytest.mark.parametrize(
    ("file", "says"),
    [(b"x,y", "只能导入 .xlsx"), (b"PK\x03\x04broken", "文件"), (book_of(), "没有问答，请填写后再上传")],
)
async def test_a_file_that_is_none_is_refused(faqs: None, language: Language, file: bytes, says: str) -> None:
    with pytest.raises(FileRefused) as caught:
        await upload(file, language)
    assert says in caught.value.text


@on_both
async def test_two_who_apply_at_once_and_an_edit_between(faqs: None, language: Language) -> None:
    kept = await upload(book_of([LOST, None, "新答案。"]), language)
    done = await asyncio.gather(apply(kept), apply(kept, WU), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["ImportGone", "NoneType"]
    late = await upload(book_of([LOST, None, "更新的答案。"]), language)
    changed = await content(LOST)
    await actions.edit(
        code=LOST, content=make_content(changed.question, "同事的答案。"), seen_version=2, by=WU, now=NOW
    )
    with pytest.raises(AppError, match="changed_meanwhile"):
        await apply(late)
    assert ((await content(LOST)).answer, (await FaqImport.get(code=late.code)).state) == ("同事的答案。", "previewed")
