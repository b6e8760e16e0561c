"""A reply as text for a terminal, with its trace."""

import json
from collections.abc import Iterator

from chatbot.engine.replies import Reply


def shown(question: str, reply: Reply) -> str:
    return "\n".join(_lines(question, reply))


def _lines(question: str, reply: Reply) -> Iterator[str]:
    yield f"问：{question}"
    yield f"答：{reply.text}"
    if reply.source or reply.date:
        yield f"　　来源：{reply.source or '未注明'}　日期：{reply.date or '未注明'}"
    for number, choice in enumerate(reply.choices, start=1):
        yield f"　　{number}. {choice.question}"
    if reply.buttons:
        yield "　　" + " ".join(f"[{button.label}]" for button in reply.buttons)
    yield "为什么这样回答："
    for step in reply.trace:
        yield f"　　{step.name}：{step.outcome}"
        for name, value in step.figures.items():
            yield f"　　　　{name} = {json.dumps(value, ensure_ascii=False)}"
    yield ""
