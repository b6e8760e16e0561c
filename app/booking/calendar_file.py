"""A booking as a calendar entry (RFC 5545), made by hand: one event, one file."""

from datetime import UTC, datetime

from app.booking import rules
from app.booking.models import Booking

FOLD_AT = 75  # octets of a line, without its end (section 3.1)


def calendar_file(booking: Booking, *, summary: str, place: str, description: str, now: datetime) -> bytes:
    """The file: the same UID for ever, a SEQUENCE that grows with every change, CANCELLED once it is over."""
    is_off = booking.state in (rules.CANCELLED, rules.EXPIRED)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Zhangban//Booking//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{booking.number}@zhangban",
        f"SEQUENCE:{booking.version}",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(booking.starts_at)}",
        f"DTEND:{_utc(booking.ends_at)}",
        f"SUMMARY:{_escaped(summary)}",
        f"LOCATION:{_escaped(place)}",
        f"DESCRIPTION:{_escaped(description)}",
        f"STATUS:{'CANCELLED' if is_off else 'CONFIRMED'}",
        *([] if is_off else _alarm(summary)),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _alarm(summary: str) -> list[str]:
    return ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_escaped(summary)}", "TRIGGER:-PT2H", "END:VALARM"]


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for char, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "")):
        text = text.replace(char, escaped)
    return text


def _folded(line: str) -> bytes:
    """Lines of at most 75 octets; a character is never cut in two. The blank of a continuation counts."""
    parts, current = [], b""
    for char in line:
        encoded = char.encode()
        if len(current) + len(encoded) > FOLD_AT:
            parts.append(current)
            current = b" "
        current += encoded
    return b"\r\n".join([*parts, current]) + b"\r\n"
