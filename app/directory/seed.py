"""Regions, villages and departments of a city, from its folder."""

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from app.directory.models import Department, Region
from app.directory.queries import VILLAGE
from app.directory.upsert import upsert


async def load_seed(*, folder: Path, now: datetime) -> int:
    """Load or correct the city's regions and departments. Returns how many rows were written."""
    written = await upsert(model=Region, rows=map(_region, _items(folder / "regions.json")))
    written += await upsert(model=Department, rows=map(_department, _items(folder / "departments.json")))
    villages = folder / "regions_villages.csv"
    if villages.exists():
        written += await upsert(model=Region, rows=_villages(villages))
    return written


def _items(path: Path) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["items"]
    return items


def _region(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: raw[name] for name in ("code", "name", "level", "parent", "kind")}


def _department(raw: dict[str, Any]) -> dict[str, Any]:
    plain = {name: raw[name] for name in ("code", "name", "short_name", "kind", "parent", "region_code")}
    return plain | {"hotlines": raw["hotline"] or [], "aliases": raw["aliases"] or []}


def _villages(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {
                "code": row["code"],
                "name": row["name"],
                "level": VILLAGE,
                "parent": row["parent_code"],
                "kind": "village",
            }
            for row in csv.DictReader(file)
        ]
