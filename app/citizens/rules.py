"""What is allowed: whom a mobile leads to, how often a code may be asked for, and what others may see. Pure.

Whom a mobile leads to. A mobile is proven by WeChat or by a code in a text message, and carriers give numbers to
new owners, 90 days after the last one at the soonest. So a proof says who holds the number now, not whose old
records those are:

* Signing in by mobile leads to the citizen who proved it within the last 90 days. After that it leads to a new
  citizen, the old one loses the number and is told. Nobody reads a former owner's records.
* A citizen who proves a mobile of another one gets it; the other one loses it and is told (security.md A07). Records
  are never merged here: that takes a real-name check of both, which comes with the provincial sign-in.
* One exception: the other one has no way in but this mobile, and proved it within 90 days. That is almost surely the
  same person, who used a browser before; taking the way in would lock their bookings away. So the mobile becomes
  contact data of the one who proves it now, and keeps leading to the other in a browser.
* A citizen's first way in by a new openid never asks the mobile: openids are joined by `unionid` alone, which only
  WeChat can state.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto

from stdnum.cn import ric

MAY_BE_REASSIGNED_AFTER = timedelta(days=90)

SMS_LIVES = timedelta(minutes=5)
SMS_TRIES = 5
SMS_EVERY = timedelta(minutes=1)
SMS_A_DAY = 10

ELDER_FROM = 60  # years; 老年人权益保障法, article 2

# Family names of two characters.
_DOUBLE = ("欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "东方")


@dataclass(frozen=True)
class Holder:
    """The citizen to whom a mobile leads now."""

    citizen_id: int
    proven_at: datetime
    has_other_ways: bool


class Settled(Enum):
    """What becomes of a way in by mobile."""

    NEW = auto()  # it leads nowhere yet: to the citizen at hand, from now on
    SAME = auto()  # it leads there already
    MOVED = auto()  # it leads to another one, who loses it and is told
    LEFT = auto()  # it keeps leading to another one


def settle_attach(holder: Holder | None, *, citizen_id: int, now: datetime) -> Settled:
    """What becomes of a mobile's way in when a signed-in citizen proves the mobile."""
    if holder is None:
        return Settled.NEW
    if holder.citizen_id == citizen_id:
        return Settled.SAME
    if holder.has_other_ways or may_be_reassigned(holder.proven_at, now=now):
        return Settled.MOVED
    return Settled.LEFT


def settle_sign_in(holder: Holder | None, *, now: datetime) -> Settled:
    """What becomes of it when somebody signs in by the mobile alone. `MOVED` is to a new citizen."""
    if holder is None:
        return Settled.NEW
    return Settled.MOVED if may_be_reassigned(holder.proven_at, now=now) else Settled.SAME


def may_be_reassigned(proven_at: datetime, *, now: datetime) -> bool:
    return now - proven_at > MAY_BE_REASSIGNED_AFTER


def masked_name(name: str) -> str:
    """Keep the family name; parts of a name with a dot keep their first character (standards.md section 9)."""
    if "·" in name:
        first, *others = name.split("·")
        return "·".join([first[0] + "*" * (len(first) - 1), *("*" * len(part) for part in others)])
    kept = 2 if name.startswith(_DOUBLE) and len(name) > 2 else 1
    return "*" if len(name) == 1 else name[:kept] + "*" * (len(name) - kept)


def masked_mobile(mobile: str) -> str:
    return f"{mobile[:3]}****{mobile[-4:]}"


def age_on(id_no: str, day: date) -> int:
    """Years completed on a day, by the birth date in an identity number. Raises stdnum's ValidationError."""
    born: date = ric.get_birth_date(id_no)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_elder_on(id_no: str, day: date) -> bool:
    return age_on(id_no, day) >= ELDER_FROM
