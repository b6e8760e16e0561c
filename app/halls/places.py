"""Where a hall is. Managers set it in the coordinates of Chinese maps; it is kept as phones tell theirs (`gcj.py`)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from app.city import Bounds
from app.db import transactional
from app.errors import InvalidInput
from app.halls import queries
from app.halls.gcj import to_map, to_world
from app.halls.models import Hall
from app.halls.rules import Point
from app.staff.auditing import audit
from app.staff.by import By
from app.staff.models import AuditRow

NUMBER = re.compile(r"[0-9]{1,3}\.[0-9]+", re.ASCII)
PAIR = re.compile(rf"({NUMBER.pattern})[^0-9]{{1,12}}({NUMBER.pattern})", re.ASCII)  # 117.0,32.6 or lat=32.6&lng=117.0
LEAST_DECIMALS = 4  # some ten metres
CHINA_LON = 73.0  # every longitude in China is larger, every latitude smaller
LABELS = {"lon": "经度", "lat": "纬度"}


@dataclass(frozen=True, slots=True)
class MapPlace:
    """As a map shows it (GCJ-02), in the words it was typed in."""

    lon: str
    lat: str

    @property
    def text(self) -> str:
        """As the coordinate pickers of maps copy it."""
        return f"{self.lon},{self.lat}"


def on_map(hall: Hall) -> MapPlace | None:
    """Where the hall is, as a map shows it; None as long as nobody has said."""
    if hall.latitude is None or hall.longitude is None:
        return None
    lat, lon = to_map((hall.latitude, hall.longitude))
    return MapPlace(f"{lon:.6f}", f"{lat:.6f}")


def pasted(text: str) -> MapPlace:
    """From a coordinate or a link of Tencent's or Amap's map, in whichever order. Raises `InvalidInput`."""
    if "baidu" in text:
        raise InvalidInput({"paste": "百度地图的坐标与微信、支付宝相差几百米，请用腾讯地图或高德地图"})
    found = PAIR.search(unicodedata.normalize("NFKC", unquote(text)))
    if found is None:
        raise InvalidInput({"paste": "没有读到坐标（短链接里没有），请在坐标拾取页面复制，如 117.000000,32.600000"})
    one, other = found.groups()
    return MapPlace(one, other) if float(one) > float(other) else MapPlace(other, one)


def point_in(place: MapPlace, bounds: Bounds) -> Point:
    """The place as phones tell theirs. Raises `InvalidInput` for what cannot be a hall of this city."""
    typed = {"lon": place.lon, "lat": place.lat}
    plain = {name: unicodedata.normalize("NFKC", text).strip() for name, text in typed.items()}
    if faults := {name: fault for name, text in plain.items() if (fault := _no_number(name, text))}:
        raise InvalidInput(faults)
    lon, lat = float(plain["lon"]), float(plain["lat"])
    if lon < CHINA_LON < lat:
        raise InvalidInput({"lon": "经度和纬度填反了，请对调"})
    ends = {"lon": (lon, bounds.west, bounds.east), "lat": (lat, bounds.south, bounds.north)}
    outside = {name: each for name, each in ends.items() if not each[1] <= each[0] <= each[2]}
    if outside:
        raise InvalidInput({name: _outside(name, low, high) for name, (_, low, high) in outside.items()})
    return to_world((lat, lon))


def _no_number(name: str, text: str) -> str:
    if not NUMBER.fullmatch(text):
        return f"请填写{LABELS[name]}，如 {'117.000000' if name == 'lon' else '32.600000'}"
    decimals = len(text.partition(".")[2])
    return "" if decimals >= LEAST_DECIMALS else f"请至少保留 {LEAST_DECIMALS} 位小数，否则相差上百米"


def _outside(name: str, low: float, high: float) -> str:
    return f"不在本市范围内（{LABELS[name]} {low} 至 {high}），请在地图上核对"


@transactional
async def set_place(*, by: By, hall_code: str, place: MapPlace | None, bounds: Bounds, now: datetime) -> None:
    """Say where a hall is, or with None that it is not known. Raises `InvalidInput`, `HallNotYours`, `NotFound`."""
    by.ensure_sees(hall_code)
    hall = await queries.hall(hall_code)
    before, point = on_map(hall), point_in(place, bounds) if place else (None, None)
    await Hall.filter(code=hall_code).update(latitude=point[0], longitude=point[1])
    after = on_map(await queries.hall(hall_code))
    details = {"before": before.text if before else "", "after": after.text if after else ""}
    await audit(
        by=by, action="halls.set_place", subject=f"hall:{hall_code}", hall_code=hall_code, details=details, now=now
    )


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """The last change, and the place before it: None when there was none."""

    at: datetime
    by: str
    before: MapPlace | None


async def last_change(hall_code: str) -> PlaceChange | None:
    row = await AuditRow.filter(action="halls.set_place", hall_code=hall_code).order_by("-id").first()
    if row is None:
        return None
    text = str((row.details or {}).get("before", ""))
    return PlaceChange(row.at, row.staff_name, pasted(text) if text else None)
