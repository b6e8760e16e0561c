import pytest

from app.recent import forget_all
from tests.booking.town import make_town


@pytest.fixture(autouse=True)
def fresh_figures():
    """What is remembered for a second belongs to the test before."""
    forget_all()


@pytest.fixture
async def town(db: str) -> str:
    await make_town()
    return db
