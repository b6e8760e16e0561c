"""What the product must know of its city: names on pages and in texts, and which hall stands for it."""

from datetime import time
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

CITIES = Path(__file__).parent / "cities"


class Chat(BaseModel):
    """What the city decides about its consulting service.

    Attributes:
        hours: when people answer on working days, as pairs of times in order.
        questions: asked often; shown to who has not asked anything yet.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: Annotated[tuple[tuple[time, time], ...], Field(min_length=1)]
    questions: tuple[str, ...]


class City(BaseModel):
    """`city.json` in the city's folder. Every item is needed, an unknown one is a mistake.

    Attributes:
        name: short, beside the product's own: 掌办 · 淮南.
        full_name: 淮南市.
        service: the service as citizens know it, also the usual signature of text messages.
        organiser: who answers for the site, in the foot of each page.
        filing: the site's registration, as the law wants it shown.
        main_hall: code of the hall on the first page.
        chat: of the consulting service.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    full_name: str
    service: str
    organiser: str
    filing: str
    main_hall: str
    chat: Chat


def folder_of(code: str) -> Path:
    """Where the city's data are."""
    return CITIES / code


@cache
def city_of(code: str) -> City:
    """Raises ValueError (pydantic's) for what is wrong in the file, OSError when there is none."""
    return City.model_validate_json((folder_of(code) / "city.json").read_text(encoding="utf-8"))
