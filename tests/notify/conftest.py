"""The stand-ins, as the platform clients' own tests have them."""

from tests.platforms.conftest import platforms

__all__ = ["platforms"]
