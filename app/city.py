"""What the product must know of its city: names on pages and in texts, and which hall stands for it."""

import re
from datetime import time
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

CITIES = Path(__file__).parent / "cities"


class Bounds(BaseModel):
    """The rectangle in degrees that holds the city, rounded outwards: what lies beyond is a slip of the pen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    west: float
    south: float
    east: float
    north: float


class Chat(BaseModel):
    """What the city decides about its consulting service.

    Attributes:
        hours: when people answer on working days, as pairs of times in order.
        questions: asked often; shown to who has not asked anything yet.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: Annotated[tuple[tuple[time, time], ...], Field(min_length=1)]
    questions: tuple[str, ...]


class MatterCodes(BaseModel):
    """Patterns that the whole of a matter's codes must match, as regular expressions.

    Attributes:
        matter: its own code. They come from the authorities in several lengths (24, 31, 33, 36), so that only what
            would break an address is refused.
        basic: basic code, GB/T 39554.1: 00 for the nation or the province, type, department, item, sub-item.
        implementation: implementation code. Where the pattern has groups `subject`, `level` and `basic`, what stands
            there is compared with the rest of the guide.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    matter: str = r"[0-9A-Za-z](?:[0-9A-Za-z._\-]{1,62}[0-9A-Za-z])"
    basic: str = r"[0-9]{12}"
    implementation: str = r"(?P<subject>[0-9A-HJ-NPQRTUWXY]{18})(?P<level>[1-6])(?P<basic>[0-9]{12})"

    @field_validator("*")
    @classmethod
    def is_pattern(cls, text: str) -> str:
        try:
            re.compile(text)
        except re.error as exc:
            raise ValueError(f"no regular expression: {exc}") from None
        return text


class City(BaseModel):
    """`city.json` in the city's folder. Every item is needed but `matter_codes`, an unknown one is a mistake.

    Attributes:
        name: short, beside the product's own: 掌办 · 淮南.
        full_name: 淮南市.
        service: the service as citizens know it, also the usual signature of text messages.
        organiser: who answers for the site, in the foot of each page.
        filing: the site's registration, as the law wants it shown.
        main_hall: code of the hall on the first page.
        bounds: within which a hall of the city lies.
        chat: of the consulting service.
        matter_codes: what the codes of matters look like; without it as the national standard has them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    full_name: str
    service: str
    organiser: str
    filing: str
    main_hall: str
    bounds: Bounds
    chat: Chat
    matter_codes: MatterCodes = MatterCodes()


def folder_of(code: str) -> Path:
    """Where the city's data are."""
    return CITIES / code


@cache
def city_of(code: str) -> City:
    """Raises ValueError (pydantic's) for what is wrong in the file, OSError when there is none."""
    return City.model_validate_json((folder_of(code) / "city.json").read_text(encoding="utf-8"))
