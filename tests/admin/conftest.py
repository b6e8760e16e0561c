from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.admin.console import Browser, console
from tests.queue.day import make_hall
from tests.staff.people import make_staff


@pytest.fixture
async def browser(db: str, tmp_path: Path) -> AsyncIterator[Browser]:
    """Nobody signed in; no staff yet."""
    async with console(files_folder=tmp_path / "files") as fresh:
        yield fresh


@pytest.fixture
async def clerk(browser: Browser) -> Browser:
    """胡敏, a clerk of HALL-SZ, at counter B01."""
    await make_hall(opened_by=None)
    await make_staff()
    await browser.sign_in()
    await browser.sit_down()
    return browser
