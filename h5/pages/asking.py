"""Questions before a booking, one on a page, answered by links; the answers travel in the address."""

import re
from urllib.parse import quote

from sanic import HTTPResponse

from app.booking import triage
from app.booking.needs import asked_of
from app.booking.triage import Answers
from app.http.context import AppRequest
from app.matters import queries as matters
from app.matters.guide import Ending
from h5.face import render

_ANSWER = re.compile(r"([a-z0-9_]{1,32})\.([yn])")


def read_answers(text: str) -> dict[str, bool]:
    """From "card_lost.n,abroad.y"; what is no answer is passed over."""
    found = (_ANSWER.fullmatch(part) for part in text[:500].split(","))
    return {answer[1]: answer[2] == "y" for answer in found if answer}


def write_answers(answers: Answers) -> str:
    return ",".join(f"{key}.{'y' if answer else 'n'}" for key, answer in answers.items())


async def question_or_ending(request: AppRequest, matter_code: str, answers: Answers) -> HTTPResponse | None:
    """The page with the next question, or with where the answers lead; None once the matter is the right one."""
    asked = await asked_of(matter_code)
    step = triage.next_step(asked, answers)
    if step is None:
        return None
    matter, here = await matters.matter(matter_code), f"/h5/booking?matter={quote(matter_code)}&answers="
    ending = step if isinstance(step, Ending) else None
    return render(
        request,
        "asking.html",
        matter=matter,
        question=None if isinstance(step, Ending) else step,
        ending=ending,
        right=asked.names[ending.matter] if asked and ending and ending.matter else "",
        number=len(answers) + 1,
        yes=here + write_answers({**answers, step.key: True}) if not isinstance(step, Ending) else "",
        no=here + write_answers({**answers, step.key: False}) if not isinstance(step, Ending) else "",
        again=here,
    )
