"""Makers of rows for tests: async functions with plain defaults."""

from datetime import datetime

from app.citizens import consenting, personal
from app.citizens.consents import CURRENT
from app.citizens.models import Citizen
from app.clock import CHINA

# A Tuesday, a working day, the hall is open.
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=CHINA)


async def agree(citizen_id: int) -> None:
    """The citizen agrees to the privacy text as it reads now."""
    version = CURRENT["privacy"].version
    await consenting.agree(citizen_id=citizen_id, name="privacy", version=version, channel="wechat", now=NOW)


async def make_citizen(code: str, *, now: datetime = NOW, name: str = "张三", mobile: str = "13800000001") -> Citizen:
    """A citizen who may book: has agreed, told a name, and proven a mobile."""
    row = await Citizen.create(
        code=code,
        created_at=now,
        name_sealed=personal.sealed_name(code, name),
        mobile_sealed=personal.sealed_mobile(code, mobile),
        mobile_index=personal.mobile_index(mobile),
    )
    await agree(row.id)
    return row
