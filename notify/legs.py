"""The order in which channels are tried for a notice, and what each of them is given to say. Pure."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notify.models import Dispatch, Notice
from notify.policy import ENOUGH
from notify.templates import MUST_ARRIVE, TEMPLATES, Template, said_on

TEXT = "sms"
ORDER = ("wechat", "alipay", "wechat_oa", TEXT)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a sending ended, in `state` and `reason` of its row."""

    dispatch: Dispatch
    state: str
    reason: str = ""

    @property
    def went_out(self) -> bool:
        return self.state not in ("failed", "skipped")


@dataclass(frozen=True, slots=True)
class Leg:
    """One sending to come. `if_unread`: only for who has not read the notice by then."""

    channel: str
    rank: int
    data: dict[str, str]
    at: datetime
    if_unread: bool = False


def first(template: Template, values: dict[str, str], *, at: datetime) -> Leg | None:
    """None for what stands in the inbox only."""
    return _from(0, ORDER, template, values, at=at, if_unread=False)


def after(
    ending: Ending, notice: Notice, *, channels: Container[str], now: datetime, unread_at: datetime
) -> Leg | None:
    """What follows when a sending has ended.

    A failed or skipped one is followed by the next channel at once, unless the citizen need not hear any more; of what
    must arrive, one that went out is followed by a text message if nobody has read the notice by `unread_at`.

    Args:
        channels: those there are.
    """
    dispatch, template = ending.dispatch, TEMPLATES.get(notice.words)
    if template is None or (not ending.went_out and ending.reason in ENOUGH):
        return None
    if not ending.went_out:
        return _from(dispatch.rank + 1, channels, template, notice.values, at=now, if_unread=dispatch.if_unread)
    if template.consent in MUST_ARRIVE and not dispatch.if_unread and dispatch.channel != TEXT:
        return _from(ORDER.index(TEXT), channels, template, notice.values, at=unread_at, if_unread=True)
    return None


def _from(
    rank: int, channels: Container[str], template: Template, values: dict[str, str], *, at: datetime, if_unread: bool
) -> Leg | None:
    for place, channel in enumerate(ORDER[rank:], rank):
        if channel in channels and (data := said_on(channel, template, values)):
            return Leg(channel, place, data, at, if_unread)
    return None


def rows_of(dispatch: Dispatch, leg: Leg) -> dict[str, Any]:
    """The columns of the sending that follows another."""
    return {
        "notice_id": dispatch.notice_id, "channel": leg.channel, "citizen_id": dispatch.citizen_id,
        "kind": dispatch.kind, "data": leg.data, "rank": leg.rank, "if_unread": leg.if_unread,
        "is_urgent": dispatch.is_urgent, "can_wait": dispatch.can_wait, "next_try_at": leg.at,
        "expires_at": dispatch.expires_at,
    }  # fmt: skip
