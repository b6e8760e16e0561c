import pytest

from app.recent import forget_all


@pytest.fixture(autouse=True)
def fresh_figures() -> None:
    """What is remembered for a second belongs to the test before."""
    forget_all()
