"""Which slots a day has: patterns, breaks, closures and holidays. Pure; no database, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from app.booking.rules import CHINA
from app.halls.models import Weekly
from app.halls.rules import Span, at, spans_of

Moments = tuple[datetime, datetime]


@dataclass(frozen=True)
class Pattern:
    """A rule of opening, of additional hours or of a break; see `OpeningPattern`.

    `weeks_of_month`: 1 to 5, -1 for the last.
    """

    group_code: str
    kind: str
    layer: int
    weekdays: frozenset[int]
    span: Span
    every_weeks: int
    weeks_of_month: frozenset[int]
    on_holidays: bool
    valid_from: date
    valid_until: date | None

    def is_valid(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)

    def applies(self, day: date, weekday: int | None) -> bool:
        """Whether it counts on a valid day. `weekday`: whose hours are kept that day, None on a holiday. Breaks hold on
        holidays too, for the few who work on them.
        """
        if weekday is None and not self.on_holidays and self.kind != "break":
            return False
        kept = day.isoweekday() if weekday is None else weekday
        return kept in self.weekdays and self._in_week(day) and self._in_month(day)

    def _in_week(self, day: date) -> bool:
        monday, first = (d - timedelta(days=d.weekday()) for d in (day, self.valid_from))
        return ((monday - first).days // 7) % self.every_weeks == 0

    def _in_month(self, day: date) -> bool:
        if not self.weeks_of_month:
            return True
        is_last = (day + timedelta(days=7)).month != day.month
        return (day.day - 1) // 7 + 1 in self.weeks_of_month or (is_last and -1 in self.weeks_of_month)


@dataclass(frozen=True)
class Closing:
    """From `starts_at` to `ends_at` nothing is offered, in the whole hall when `group_code` is empty."""

    group_code: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Opening:
    """All that decides when one hall takes bookings."""

    weekly: Weekly
    patterns: tuple[Pattern, ...] = ()
    closings: tuple[Closing, ...] = ()

    def with_more(self, *, patterns: Iterable[Pattern] = (), closings: Iterable[Closing] = ()) -> "Opening":
        return replace(self, patterns=(*self.patterns, *patterns), closings=(*self.closings, *closings))

    def starts(self, *, group_code: str, day: date, weekday: int | None, minutes: int) -> list[datetime]:
        """When slots of `minutes` begin on a day, in order; each lies wholly within the hours.

        Additional hours never shift the slots of the usual ones: they only fill what those leave free.
        """
        shut = [*self._breaks(group_code, day, weekday), *self._closed(group_code)]
        usual = _slots(day, self._open_spans(group_code, day, weekday), minutes)
        more = _slots(day, self._extra_spans(group_code, day, weekday), minutes)
        found = [slot for slot in usual if not _meets(slot, shut)]
        found += [slot for slot in more if not _meets(slot, shut) and not _meets(slot, usual)]
        return sorted(start for start, _ in found)

    def hours(self, *, group_code: str, day: date, weekday: int | None) -> list[Moments]:
        """From when to when the group is open on a day, in order: its hours without breaks and closures. The hall's own
        hours for an empty `group_code`.
        """
        usual, more = (spans(group_code, day, weekday) for spans in (self._open_spans, self._extra_spans))
        spans = [(at(day, start), at(day, end)) for start, end in _merged([*usual, *more])]
        for shut in [*self._breaks(group_code, day, weekday), *self._closed(group_code)]:
            spans = [part for span in spans for part in _without(span, shut)]
        return spans

    def _open_spans(self, group_code: str, day: date, weekday: int | None) -> list[Span]:
        for owner in (group_code, ""):
            valid = [p for p in self.patterns if p.kind == "open" and p.group_code == owner and p.is_valid(day)]
            if valid:
                top = max(pattern.layer for pattern in valid)
                return _merged(p.span for p in valid if p.layer == top and p.applies(day, weekday))
        return [] if weekday is None else _merged(spans_of(self.weekly.get(str(weekday), [])))

    def _extra_spans(self, group_code: str, day: date, weekday: int | None) -> list[Span]:
        return _merged(
            pattern.span
            for pattern in self.patterns
            if pattern.kind == "extra"
            and pattern.group_code in ("", group_code)
            and pattern.is_valid(day)
            and pattern.applies(day, weekday)
        )

    def _breaks(self, group_code: str, day: date, weekday: int | None) -> list[Moments]:
        return [
            (at(day, pattern.span[0]), at(day, pattern.span[1]))
            for pattern in self.patterns
            if pattern.kind == "break"
            and pattern.group_code in ("", group_code)
            and pattern.is_valid(day)
            and pattern.applies(day, weekday)
        ]

    def _closed(self, group_code: str) -> list[Moments]:
        return [(c.starts_at, c.ends_at) for c in self.closings if c.group_code in ("", group_code)]


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _without(span: Moments, shut: Moments) -> list[Moments]:
    """What is left of a span before and after a time in which nothing is open."""
    parts = [(span[0], min(span[1], shut[0])), (max(span[0], shut[1]), span[1])]
    return [part for part in parts if part[0] < part[1]]


def _slots(day: date, spans: Iterable[Span], minutes: int) -> list[Moments]:
    length = timedelta(minutes=minutes)
    return [(start, start + length) for span in spans for start in _cut(day, span, length)]


def _cut(day: date, span: Span, length: timedelta) -> list[datetime]:
    first, last = at(day, span[0]), at(day, span[1])
    return [first + length * n for n in range(int((last - first) / length))]


def _meets(slot: Moments, others: Iterable[Moments]) -> bool:
    return any(first < slot[1] and slot[0] < last for first, last in others)


def weekly_patterns(
    weekly: Weekly, *, group_codes: Sequence[str], layer: int, valid_from: date, valid_until: date | None
) -> list[Pattern]:
    """New weekly hours as patterns. A week without any hours becomes one pattern that never applies."""
    rows = [(int(day), span) for day, pairs in sorted(weekly.items()) for span in spans_of(pairs)]
    days = [(frozenset({day}), span) for day, span in rows] or [(frozenset[int](), (time(0), time(0, 1)))]
    return [
        Pattern(group, "open", layer, weekdays, span, 1, frozenset(), False, valid_from, valid_until)
        for group in (group_codes or ("",))
        for weekdays, span in days
    ]


def whole_days(first: date, last: date) -> tuple[datetime, datetime]:
    """The span of some whole days, both included."""
    return at(first, time(0)).astimezone(CHINA), at(last + timedelta(days=1), time(0)).astimezone(CHINA)
