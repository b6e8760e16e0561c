from pathlib import Path

import pytest

import app.cities.huainan
from app.directory.seed import load_seed as load_directory
from app.matters import live
from app.matters.seed import load_seed
from tests.factories import NOW

FOLDER = Path(app.cities.huainan.__file__).parent
SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.fixture
async def city(db: str) -> None:
    """Huainan's departments and matters, found by the search."""
    await load_directory(folder=FOLDER, now=NOW)
    await load_seed(folder=FOLDER, now=NOW)
    await live.refresh()


@pytest.fixture
def clean() -> bytes:
    return (SAMPLES / "import_clean.xlsx").read_bytes()


@pytest.fixture
def defects() -> bytes:
    return (SAMPLES / "import_defects.xlsx").read_bytes()
