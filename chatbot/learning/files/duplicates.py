"""FAQs of a file that ask what another one asks: word for word, or nearly. Pure."""

from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz, process

from chatbot.engine import lexicon
from chatbot.engine.reading import Language
from chatbot.engine.text import plain
from chatbot.learning.files.layout import CODE, QUESTION, SIMILAR
from chatbot.learning.files.reading import Row, Sheet
from chatbot.learning.models import RETIRED
from chatbot.learning.rules import Content

NEARLY = 87.0  # of 100, between canonical forms: 身份证丢了怎么补办 and 身份证丢失咋补办 are one


def report(rows: Sequence[Row], known: Mapping[str, Content], sheet: Sheet, language: Language) -> None:
    """Complain about every line that repeats an earlier one, or an FAQ that the file does not change."""
    named = {row.code for row in rows if row.code}
    first: dict[str, Row] = {}
    for row in rows:
        if row.code and first.setdefault(row.code, row) is not row:
            message = f"编码与第 {first[row.code].line} 行重复"
            row.complain("DUPLICATE_CODE", CODE, sheet.cell(row.line, CODE), row.code, message)
    others = {code: each for code, each in known.items() if code not in named and each.status != RETIRED}
    seen = _Seen(others, language)
    for row in rows:
        if row.content is not None and row.content.status != RETIRED and first.get(row.code, row) is row:
            seen.compare(row, row.content, sheet, is_new=known.get(row.code) != row.content)


class _Seen:
    """What has been asked so far, by bare characters and by canonical form, with where."""

    def __init__(self, others: Mapping[str, Content], language: Language) -> None:
        self._language = language
        self._questions: dict[str, str] = {}
        self._similar: dict[str, str] = {}
        self._forms: dict[str, str] = {}
        for code, content in others.items():
            self._enter(content, f"问答 {code} ")

    def compare(self, row: Row, content: Content, sheet: Sheet, *, is_new: bool) -> None:
        """Only what is new is told; all of it is what later lines are compared with."""
        if is_new:
            self._complain(row, content, sheet)
        self._enter(content, f"第 {row.line} 行")

    def _complain(self, row: Row, content: Content, sheet: Sheet) -> None:
        bare, cell = plain(content.question), sheet.cell(row.line, QUESTION)
        if where := self._questions.get(bare) or self._similar.get(bare):
            row.complain("DUPLICATE_QUESTION", QUESTION, cell, content.question, f"与{where}的问法相同")
        elif near := process.extractOne(
            self._form(content.question), self._forms.keys(), scorer=fuzz.ratio, score_cutoff=NEARLY
        ):
            message = f"与{self._forms[near[0]]}几乎相同"
            row.complain("NEAR_QUESTION", QUESTION, cell, content.question, message, is_error=False)
        for text in content.similar:
            if where := self._questions.get(plain(text)) or self._similar.get(plain(text)):
                message = f"“{text}”已是{where}的问法"
                cell = sheet.cell(row.line, SIMILAR)
                row.complain("SHARED_SIMILAR", SIMILAR, cell, text, message, is_error=False)

    def _enter(self, content: Content, where: str) -> None:
        self._questions.setdefault(plain(content.question), where)
        self._forms.setdefault(self._form(content.question), f"{where}“{content.question}”")
        for text in content.similar:
            self._similar.setdefault(plain(text), where)

    def _form(self, text: str) -> str:
        return lexicon.canonical(plain(text), self._language.lexicon)
