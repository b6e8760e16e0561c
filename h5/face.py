"""The citizens' pages: their templates, and what every one of them shows."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from sanic import HTTPResponse

from app.clock import CHINA, duration
from app.http.context import AppRequest
from app.http.pages import Face
from app.http.qr import qr_svg as qr_svg

face = Face(folder=Path(__file__).parent, prefix="/h5", kind="citizen", sign_in="/h5/sign-in")

ELDER = "zb_elder"
LOOKS = {
    "zb_size": {"": "标准", "big": "大", "huge": "特大"},
    "zb_tone": {"": "跟随手机", "light": "浅色", "dark": "深色"},
}
_WEEKDAYS = "一二三四五六日"


def render(request: AppRequest, template: str, *, status: int = 200, **view: Any) -> HTTPResponse:
    """Render a citizen page in the look the citizen chose: 长辈版, size of text and tone are cookies."""
    here = request.path + (f"?{request.query_string}" if request.method == "GET" and request.query_string else "")
    elder = request.cookies.get(ELDER) == "1"
    chosen = [request.cookies.get(name, "") for name, values in LOOKS.items()]
    known = [value for value, values in zip(chosen, LOOKS.values(), strict=True) if value in values]
    look = " ".join(filter(None, ["elder" if elder else "", *known]))
    return face.render(request, template, status=status, elder=elder, look=look, here=here, **view)


def draw(template: str, **view: Any) -> str:
    """A part of a page that is the same for all, without a request."""
    return face.environment.get_template(template).render(**view)


def day(moment: date) -> str:
    """11月25日 周三, of a moment or of a day."""
    local = moment.astimezone(CHINA) if isinstance(moment, datetime) else moment
    return f"{local.month}月{local.day}日 {weekday(local)}"


def weekday(on: date) -> str:
    """周三."""
    return f"周{_WEEKDAYS[on.weekday()]}"


def clock_time(moment: datetime) -> str:
    """09:15."""
    return moment.astimezone(CHINA).strftime("%H:%M")


def seconds(moment: datetime) -> str:
    """09:15:30."""
    return moment.astimezone(CHINA).strftime("%H:%M:%S")


def yuan(fen: int) -> str:
    """20 元, 20.50 元."""
    return f"{fen // 100} 元" if fen % 100 == 0 else f"{fen / 100:.2f} 元"


face.environment.filters.update(
    {"day": day, "weekday": weekday, "clock": clock_time, "seconds": seconds, "yuan": yuan, "duration": duration}
)
