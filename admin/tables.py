"""Tables that leave the console as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence

# What a spreadsheet would take for a formula (OWASP, CSV injection).
RISKY = ("=", "+", "-", "@", "\t", "\r")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a head. Cells that a spreadsheet would run are made plain text by a leading quote."""
    buffer = io.StringIO()
    table = csv.writer(buffer)
    table.writerow(columns)
    table.writerows([[_cell(value) for value in row] for row in rows])
    return buffer.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text
