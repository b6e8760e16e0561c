from collections.abc import AsyncIterator

import pytest

from app import clock, recent
from tests.city import Calendar
from tests.h5.arriving.site import Site, open_hall


@pytest.fixture
async def site(db: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The hall at half past nine on a Tuesday."""
    recent.forget_all()
    calendar = Calendar()
    monkeypatch.setattr(clock, "now", calendar.now)
    async with open_hall(calendar) as opened:
        yield opened
