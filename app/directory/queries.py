"""Looking up places."""

from collections.abc import Collection

from app.directory.models import Department, Region

COUNTY = 3
VILLAGE = 5


async def regions(*, parent: str | None = None) -> list[Region]:
    """The regions directly under `parent`, or all down to the townships, in order of their codes."""
    rows = Region.filter(parent=parent) if parent else Region.filter(level__lt=VILLAGE)
    return await rows.order_by("code")


async def region_names(codes: Collection[str]) -> dict[str, str]:
    """Code to name, in order of the codes."""
    rows = Region.filter(code__in=list(codes)).order_by("code")
    return {str(code): str(name) for code, name in await rows.values_list("code", "name")}


async def departments() -> dict[str, str]:
    """Code to name, in order of the codes."""
    return {str(code): str(name) for code, name in await Department.all().order_by("code").values_list("code", "name")}
