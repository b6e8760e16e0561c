"""The calendar file (C17): read back by icalendar, folded at 75 octets, one UID for ever."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from app.booking import calendar_file as ics
from app.booking.models import Booking
from tests.booking.town import NOW, at

PLAIN = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=200)


def file(**values: object) -> bytes:
    plain = {"number": "7KQ2M8XA4B5C6D7E", "version": 0, "state": "booked", "starts_at": at("09:00")}
    booking = Booking(**plain | {"ends_at": at("09:15")} | values)
    return ics.calendar_file(
        booking,
        summary="办理居民身份证；换领",
        place="淮南市政务服务中心, 一层 B 区",
        description="请带：原证;\n提前到",
        now=NOW,
    )


def event(content: bytes):
    calendar = Calendar.from_ical(content)
    return calendar, calendar.walk("VEVENT")[0]


def test_a_booking_is_read_back_as_it_was():
    calendar, entry = event(file())
    assert calendar["METHOD"] == "PUBLISH"
    assert (entry["UID"], entry["SEQUENCE"], entry["STATUS"]) == ("7KQ2M8XA4B5C6D7E@zhangban", 0, "CONFIRMED")
    assert entry.start == at("09:00") and entry.end == at("09:15")
    assert str(entry["SUMMARY"]) == "办理居民身份证；换领"
    assert str(entry["LOCATION"]) == "淮南市政务服务中心, 一层 B 区"
    assert str(entry["DESCRIPTION"]) == "请带：原证;\n提前到"


def test_a_change_keeps_the_uid_and_counts_up():
    _, entry = event(file(version=2, starts_at=at("10:00"), ends_at=at("10:15")))
    assert (entry["UID"], entry["SEQUENCE"], entry.start) == ("7KQ2M8XA4B5C6D7E@zhangban", 2, at("10:00"))


def test_a_cancelled_booking_says_so():
    calendar, entry = event(file(state="cancelled", version=3))
    assert (calendar["METHOD"], entry["STATUS"]) == ("PUBLISH", "CANCELLED")
    assert calendar.walk("VALARM") == []


def test_the_phone_reminds_two_hours_before():
    calendar, _ = event(file())
    assert calendar.walk("VALARM")[0]["TRIGGER"].dt == timedelta(hours=-2)


@given(PLAIN, PLAIN)
def test_any_text_survives_and_no_line_is_longer_than_75_octets(summary: str, place: str):
    booking = Booking(number="N", version=0, state="booked", starts_at=at("09:00"), ends_at=at("09:15"))
    content = ics.calendar_file(booking, summary=summary, place=place, description="", now=NOW)
    assert content.endswith(b"\r\n") and all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    _, entry = event(content)
    assert (str(entry["SUMMARY"]), str(entry["LOCATION"])) == (summary, place)
