"""The console, as its own tests have it."""

from tests.admin.conftest import browser, clerk

__all__ = ["browser", "clerk"]
