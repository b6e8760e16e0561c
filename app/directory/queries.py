"""Looking up places and departments."""

from app.directory.models import Department, Region
from app.errors import NotFound

COUNTY = 3
VILLAGE = 5


async def regions(*, parent: str | None = None) -> list[Region]:
    """The regions directly under `parent`, or all down to the townships, in order of their codes."""
    rows = Region.filter(parent=parent) if parent else Region.filter(level__lt=VILLAGE)
    return await rows.order_by("code")


async def departments() -> list[Department]:
    return await Department.all().order_by("code")


async def department(code: str) -> Department:
    """Raises NotFound."""
    row = await Department.get_or_none(code=code)
    if row is None:
        raise NotFound()
    return row


async def names_of_departments() -> dict[str, str]:
    """Code to short name."""
    return dict(await Department.all().values_list("code", "short_name"))
