"""What the index is told about one matter, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One matter as search knows it.

    Attributes:
        pinyin: normalised text to its syllables, computed when the matter was written; what is missing is read
            from the character table.
        result: what one holds in hand at the end, such as 营业执照; several are joined by 、.
        hot_rank: 1 is asked for most; None is unranked.
    """

    code: str
    name: str
    short_name: str
    department: str
    aliases: Sequence[str] = ()
    keywords: Sequence[str] = ()
    result: str = ""
    pinyin: Mapping[str, str]
    hot_rank: int | None = None
    themes: Sequence[str] = ()
    level_code: str = ""
    project_type: str = ""
    is_suspended: bool = False
    bookable: bool = False
    payable: bool = False
    couriable: bool = False
    online: bool = False
    natural: bool = False
    legal: bool = False
    windows: Sequence[Mapping[str, str]] = ()

    def is_in(self, hall_code: str) -> bool:
        """Whether the hall handles it."""
        return any(window["hall_code"] == hall_code for window in self.windows)

    def is_at(self, hall_code: str, group_code: str) -> bool:
        """Whether this group of counters handles it."""
        return any(w["hall_code"] == hall_code and w["group"] == group_code for w in self.windows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which matters may appear; None asks for nothing."""

    theme: str | None = None
    level: str | None = None
    department: str | None = None
    audience: str | None = None  # natural or legal
    bookable: bool | None = None
    payable: bool | None = None
    courier: bool | None = None
    online: bool | None = None

    def admits(self, entry: Entry) -> bool:
        return all(
            (
                self.theme is None or self.theme in entry.themes,
                self.level is None or self.level == entry.level_code,
                self.department is None or self.department == entry.department,
                self.audience is None or getattr(entry, self.audience, False),
                self.bookable is None or self.bookable == entry.bookable,
                self.payable is None or self.payable == entry.payable,
                self.courier is None or self.courier == entry.couriable,
                self.online is None or self.online == entry.online,
            )
        )


ANY = Filter()


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer.

    Attributes:
        matched: the alias or colloquial word that was recognised, None when it was the name or short name itself.
        marks: stretches of the name to mark, as (start, end) in characters, end excluded.
        matched_marks: likewise for `matched`.
    """

    entry: Entry
    score: float
    matched: str | None = None
    marks: tuple[tuple[int, int], ...] = ()
    matched_marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    hits: list[Hit]
    total: int
