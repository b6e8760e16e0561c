"""A conversation as bubbles: who speaks, and where the buttons of an answer lead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from app.matters import queries as matters
from app.ratings.rules import GRADES
from chatbot import queries
from chatbot.attachments import Shown
from chatbot.engine.replies import ANSWER, BOOK, GUIDE, HUMAN, PROGRESS
from chatbot.queries import Said, Transcript
from chatbot.states import State

WHO = {"citizen": "我", "bot": "智能客服", "staff": "人工客服", "system": "系统消息"}

# Our page for each page that a rule of the bot names; a rule's other pages are not there.
PAGES = {
    "page:appointment": "/h5/search?bookable=1",
    "page:my_appointment": "/h5/bookings",
    "page:ticket": "/h5/me",
    "page:my_cases": "/h5/me",
    "page:review": "/h5/me",
    "page:elder_mode": "/h5/look?elder=1&next=/h5/chat",
}


@dataclass(frozen=True, slots=True)
class Bubble:
    """`links`: words and address; `questions`: asked by a tap, of the last answer only."""

    id: int
    who: str
    author: str
    at: datetime
    text: str
    origin: str
    links: tuple[tuple[str, str], ...]
    questions: tuple[str, ...]
    file: Shown | None


@dataclass(frozen=True, slots=True)
class ChatView:
    code: str
    state: str
    state_name: str
    bubbles: tuple[Bubble, ...]
    place: int
    promised: str
    expected: str
    grade: str
    is_typing: bool

    @property
    def is_open(self) -> bool:
        return self.state != State.CLOSED

    @property
    def newest(self) -> int:
        """The last message of the citizen, else the last of all; 0 without any."""
        own = [bubble.id for bubble in self.bubbles if bubble.author == "citizen"]
        return max(own or [bubble.id for bubble in self.bubbles], default=0)

    @property
    def is_live(self) -> bool:
        """Whether a person may answer at any moment."""
        return self.state in (State.WAITING, State.PERSON)


async def chat_view(conversation_id: int, now: datetime) -> ChatView:
    seen = await queries.transcript(conversation_id, now=now)
    codes = {button["matter_code"] for said in seen.messages for button in said.answer.get("buttons", ())}
    bookable = await matters.bookable(codes)
    return ChatView(
        code=seen.code,
        state=seen.state,
        state_name=seen.state_name,
        bubbles=tuple(_bubbles(seen, bookable)),
        place=seen.place,
        promised=seen.promised,
        expected=seen.expected,
        grade=GRADES.get(seen.grade or 0, ""),
        is_typing=seen.is_typing,
    )


def _bubbles(seen: Transcript, bookable: set[str]) -> Iterable[Bubble]:
    for said in seen.messages:
        is_last = said is seen.messages[-1] and seen.state == State.BOT
        yield Bubble(
            id=said.id,
            who=WHO[said.author],
            author=said.author,
            at=said.at,
            text=said.text,
            origin=_origin(said),
            links=tuple(_links(said, bookable)),
            questions=tuple(_questions(said)) if is_last else (),
            file=said.file,
        )


def _origin(said: Said) -> str:
    """来源：淮南市公安局 · 2026-12-01, of a text that staff wrote."""
    parts = [said.answer.get("source") or "", said.answer.get("date") or ""]
    return "来源：" + " · ".join(filter(None, parts)) if any(parts) and said.author == "bot" else ""


def _links(said: Said, bookable: set[str]) -> Iterable[tuple[str, str]]:
    if said.author == "bot":
        for button in said.answer.get("buttons", ()):
            if address := _address(button, bookable):
                yield button["label"], address


def _address(button: Mapping[str, Any], bookable: set[str]) -> str:
    kind, code = button["kind"], button["matter_code"]
    if kind == GUIDE:
        return f"/h5/matters/{quote(code, safe='')}"
    if kind == BOOK:
        return f"/h5/booking?matter={quote(code, safe='')}" if code in bookable else ""
    return "/h5/me" if kind == PROGRESS else PAGES.get(button["target"], "")


def _questions(said: Said) -> Iterable[str]:
    """Near questions, and what a menu offers that is no page: tapped, they are asked."""
    for choice in said.answer.get("choices", ()):
        yield choice["question"]
    for button in said.answer.get("buttons", ()):
        if not (button["kind"] == HUMAN or button["matter_code"] or button["target"]):
            yield button["label"]
    if said.kind == ANSWER:
        yield "没有帮助"  # counted by the learning loop
