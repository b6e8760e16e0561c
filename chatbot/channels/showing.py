"""A message as WeChat shows it: one text with its source, numbered choices, and links where WeChat makes them. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from chatbot.engine.replies import BOOK, GUIDE, PROGRESS
from chatbot.writing import BOT, STAFF

MOST = 2000  # bytes; WeChat shows an error in place of more than 2,048
_NO_MORE = "…\n（全文请见 {link}）"
_CHOOSE = "回复数字选择；都不是请回复“转人工”。"


def wechat_text(*, author: str, text: str, answer: Mapping[str, Any] | None, url: str) -> str:
    """What is sent for a message.

    Args:
        answer: what `writing.kept` keeps of the bot's reply.
        url: under which citizens reach our pages.
    """
    said = answer or {}
    tail = [*_origin(said), *_choices(said), *_links(said, url)] if author == BOT else []
    body = f"【人工客服】{text}" if author == STAFF else text
    return _fitted(body, "\n".join(tail), f"{url}/h5/chat")


def chosen(text: str, answer: Mapping[str, Any] | None) -> str:
    """The near question that a number stands for, else the text itself."""
    number, offered = number_in(text), [choice["question"] for choice in (answer or {}).get("choices", ())]
    return offered[number - 1] if 1 <= number <= len(offered) else text


def number_in(text: str) -> int:
    """The number from 1 to 9 that was said, and nothing else; 0 for any other text."""
    number = text.strip().rstrip(".")
    return int(number) if len(number) == 1 and "1" <= number <= "9" else 0


def _origin(said: Mapping[str, Any]) -> Iterable[str]:
    parts = [part for part in (said.get("source"), said.get("date")) if part]
    return [f"来源：{' · '.join(parts)}"] if parts else []


def _choices(said: Mapping[str, Any]) -> Iterable[str]:
    offered = [choice["question"] for choice in said.get("choices", ())][:9]
    return ["", *(f"{n}. {question}" for n, question in enumerate(offered, 1)), _CHOOSE] if offered else []


def _links(said: Mapping[str, Any], url: str) -> Iterable[str]:
    links = [
        f'<a href="{url}{path}">{button["label"]}</a>' for button in said.get("buttons", ()) if (path := _path(button))
    ]
    return ["", "  ".join(links)] if links else []


def _path(button: Mapping[str, Any]) -> str:
    code = quote(button["matter_code"], safe="")
    paths = {GUIDE: f"/h5/matters/{code}", BOOK: f"/h5/booking?matter={code}", PROGRESS: "/h5/me"}
    return paths.get(button["kind"], "")


def _fitted(body: str, tail: str, link: str) -> str:
    """Body and tail within WeChat's limit: of a long body the beginning, and where all of it is."""
    whole = f"{body}\n{tail}" if tail else body
    if len(whole.encode()) <= MOST:
        return whole
    more = _NO_MORE.format(link=link) + (f"\n{tail}" if tail else "")
    room = MOST - len(more.encode())
    return body.encode()[:room].decode(errors="ignore") + more
