"""Whether, when and how somebody is told over one channel. Pure: facts in, a verdict out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

from app.clock import CHINA

FOR_GOOD = 1_000_000  # credits of a consent that carries any number of messages (WeChat's 长期订阅)

STALE, READ, NO_ADDRESS, MUTED = "已过时", "已在消息中心读过", "没有该渠道账号", "本人已关闭该渠道"
UNREACHABLE, NO_CONSENT, NO_TEMPLATE, GATHERED = "此前无法送达", "没有订阅授权", "未配置消息模板", "并入汇总消息"
# Of these the citizen needs to hear over no other channel.
ENOUGH = frozenset({STALE, READ, GATHERED})


class What(StrEnum):
    SEND = "send"
    SKIP = "skip"
    LATER = "later"
    GATHER = "gather"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` in words for staff; `until` of what is put off."""

    what: What
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The city's rules.

    Attributes:
        quiet_from, quiet_to: in Chinese time; what can wait does so until the end. Equal: no quiet hours.
        a_day: pushes that one person gets in a day before the rest is gathered, of those that can wait.
        gather: for how long small changes are gathered, from the first one on.
        unread: after which what must arrive and was not read goes out over the next channel as well.
    """

    quiet_from: time = time(22)
    quiet_to: time = time(8)
    a_day: int = 10
    gather: timedelta = timedelta(hours=1)
    unread: timedelta = timedelta(minutes=10)


CITY = Policy()


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of whom we tell.

    Attributes:
        addresses: by channel.
        credits: messages they still allow, by channel and kind.
        muted: channels they have switched off.
        unreachable: channels on which nothing reaches them any more.
        today: pushes they had today, of those that can wait.
    """

    addresses: Mapping[str, str] = field(default_factory=dict)
    credits: Mapping[tuple[str, str], int] = field(default_factory=dict)
    muted: frozenset[str] = frozenset()
    unreachable: frozenset[str] = frozenset()
    today: int = 0

    def is_for_good(self, channel: str, kind: str) -> bool:
        return self.credits.get((channel, kind)) == FOR_GOOD


@dataclass(frozen=True, slots=True)
class Sending:
    """What is to be sent.

    Attributes:
        is_urgent: goes over channels that were switched off as well.
        can_wait: not at night, and not on top of many others.
        is_small: one of many small changes, which are told together.
        if_unread: only if the notice has not been read by then.
        has_credit: a consent is set aside for it already.
    """

    channel: str
    kind: str
    needs_consent: bool = True
    is_urgent: bool = False
    can_wait: bool = False
    is_small: bool = False
    expires_at: datetime | None = None
    if_unread: bool = False
    is_read: bool = False
    has_credit: bool = False


def decide(sending: Sending, person: Person, policy: Policy, now: datetime) -> Verdict:
    """What becomes of a sending at this moment. Reasons not to send come first, for they will not go away."""
    if why := _why_not(sending, person, now):
        return Verdict(What.SKIP, why)
    if not sending.can_wait:
        return Verdict(What.SEND)
    if sending.is_small or person.today >= policy.a_day:
        return Verdict(What.GATHER, GATHERED)
    if until := quiet_until(now, policy):
        return Verdict(What.LATER, "夜间不打扰", until)
    return Verdict(What.SEND)


def _why_not(sending: Sending, person: Person, now: datetime) -> str:
    checks = (
        (sending.expires_at is not None and sending.expires_at <= now, STALE),
        (sending.if_unread and sending.is_read, READ),
        (sending.channel not in person.addresses, NO_ADDRESS),
        (sending.channel in person.muted and not sending.is_urgent, MUTED),
        (sending.channel in person.unreachable, UNREACHABLE),
        (_lacks_consent(sending, person), NO_CONSENT),
    )
    return next((why for is_so, why in checks if is_so), "")


def _lacks_consent(sending: Sending, person: Person) -> bool:
    if not sending.needs_consent or sending.has_credit:
        return False
    return not person.credits.get((sending.channel, sending.kind), 0)


def quiet_until(now: datetime, policy: Policy) -> datetime | None:
    """The end of the quiet hours if these are some."""
    local = now.astimezone(CHINA)
    begins, ends, clock = policy.quiet_from, policy.quiet_to, local.time()
    is_quiet = begins <= clock < ends if begins < ends else clock >= begins or clock < ends
    if begins == ends or not is_quiet:
        return None
    end = datetime.combine(local.date(), ends, CHINA)
    return end if end > local else end + timedelta(days=1)
