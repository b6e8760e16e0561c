"""Makers of rows for tests: async functions with plain defaults."""

from datetime import datetime

from app.clock import CHINA

# A Tuesday, a working day, the hall is open.
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=CHINA)
