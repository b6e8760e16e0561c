"""What the product must know of its city: names on pages and in texts, and which hall stands for it."""

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

CITIES = Path(__file__).parent / "cities"


class Bounds(BaseModel):
    """The rectangle in degrees that holds the city, rounded outwards: what lies beyond is a slip of the pen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    west: float
    south: float
    east: float
    north: float


class City(BaseModel):
    """`city.json` in the city's folder. Every item is needed, an unknown one is a mistake.

    Attributes:
        name: short, beside the product's own: 掌办 · 淮南.
        full_name: 淮南市.
        service: the service as citizens know it, also the usual signature of text messages.
        organiser: who answers for the site, in the foot of each page.
        filing: the site's registration, as the law wants it shown.
        main_hall: code of the hall on the first page.
        bounds: within which a hall of the city lies.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    full_name: str
    service: str
    organiser: str
    filing: str
    main_hall: str
    bounds: Bounds


def folder_of(code: str) -> Path:
    """Where the city's data are."""
    return CITIES / code


@cache
def city_of(code: str) -> City:
    """Raises ValueError (pydantic's) for what is wrong in the file, OSError when there is none."""
    return City.model_validate_json((folder_of(code) / "city.json").read_text(encoding="utf-8"))
