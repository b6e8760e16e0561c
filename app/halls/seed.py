"""Halls, groups and counters of a city, from `halls.json` in its folder."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from app.directory.upsert import upsert
from app.halls.models import COUNTER, Counter, CounterGroup, Hall

# Staff change these in the console; loading the seed again leaves them alone.
HALL_KEEPS = frozenset(
    {"weekly", "hours_text", "phone", "phone_note", "has_booking", "has_tickets", "note", "latitude", "longitude"}
)
COUNTER_KEEPS = frozenset({"is_in_use", "elder_priority", "group_code", "name"})


async def load_seed(*, folder: Path, now: datetime) -> int:
    """Load or correct the city's halls. Returns how many rows were written."""
    raw = json.loads((folder / "halls.json").read_text(encoding="utf-8"))
    known = {group["code"]: group for group in raw["meta"]["groups"]}
    halls: list[dict[str, Any]] = raw["items"]
    written = await upsert(model=Hall, rows=[_hall(n, hall) for n, hall in enumerate(halls)], keep=HALL_KEEPS)
    written += await upsert(model=CounterGroup, rows=[row for hall in halls for row in _groups(hall, known)])
    counters = [row for hall in halls for row in _counters(hall)]
    return written + await upsert(model=Counter, rows=counters, keep=COUNTER_KEEPS)


def _hall(position: int, raw: dict[str, Any]) -> dict[str, Any]:
    geo = raw["geo"] or {}
    plain = {name: raw[name] for name in ("code", "name", "region_code", "level", "kind", "address", "facilities")}
    return plain | {
        "phone": raw["phone"]["value"],
        "phone_note": raw["phone"]["note"] or "",
        "latitude": geo.get("lat"),
        "longitude": geo.get("lon"),
        "hours_text": raw["hours"]["text"],
        "weekly": raw["hours"]["weekly"],
        "has_booking": raw["appointment"],
        "has_tickets": raw["ticketing"],
        "note": raw["note"] or "",
        "position": position,
    }


def _groups(hall: dict[str, Any], known: dict[str, dict[str, str]]) -> Iterator[dict[str, Any]]:
    for code in hall["groups"]:
        group, key = known[code], f"{hall['code']}.{code}"
        kind = group.get("kind", COUNTER)
        yield {"key": key, "hall_code": hall["code"], "group_code": code, "name": group["name"], "kind": kind}


def _counters(hall: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for zone in hall["zones"]:
        for counter in zone["counters"]:
            yield {
                "code": counter["code"],
                "hall_code": hall["code"],
                "no": counter["no"],
                "group_code": counter["group"],
                "name": counter["name"],
                "floor": zone["floor"],
                "zone": zone["zone"],
                "zone_name": zone["name"],
                "elder_priority": counter["elder_priority"],
            }
