"""Which database a test runs on: whatever races runs on a real MariaDB too."""

import pytest

on_mariadb = pytest.mark.parametrize("db", ["mariadb"], indirect=True)
on_both = pytest.mark.parametrize("db", ["sqlite", "mariadb"], indirect=True)
