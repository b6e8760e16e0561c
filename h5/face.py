"""The citizens' pages: their templates, and what every one of them shows."""

from datetime import datetime
from pathlib import Path
from typing import Any

from sanic import HTTPResponse

from app.clock import CHINA
from app.http.context import AppRequest
from app.http.pages import Face

face = Face(folder=Path(__file__).parent, prefix="/h5", kind="citizen", sign_in="/h5/sign-in")

ELDER = "zb_elder"
_WEEKDAYS = "一二三四五六日"


def render(request: AppRequest, template: str, *, status: int = 200, **view: Any) -> HTTPResponse:
    """Render a citizen page in the look the citizen chose (长辈版 is a cookie)."""
    here = request.path + (f"?{request.query_string}" if request.method == "GET" and request.query_string else "")
    elder = request.cookies.get(ELDER) == "1"
    return face.render(request, template, status=status, elder=elder, here=here, **view)


def day(moment: datetime) -> str:
    """11月25日 周三."""
    local = moment.astimezone(CHINA)
    return f"{local.month}月{local.day}日 周{_WEEKDAYS[local.weekday()]}"


def clock_time(moment: datetime) -> str:
    """09:15."""
    return moment.astimezone(CHINA).strftime("%H:%M")


def yuan(fen: int) -> str:
    """20 元, 20.50 元."""
    return f"{fen // 100} 元" if fen % 100 == 0 else f"{fen / 100:.2f} 元"


face.environment.filters.update({"day": day, "clock": clock_time, "yuan": yuan})
