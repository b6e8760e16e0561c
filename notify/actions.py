"""Writing notices down, keeping the consent ledger, marking as read. Nothing is sent here."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app import wake
from app.db import after_commit, transactional
from app.ids import new_code
from app.prepared import Insert
from app.retention import BATCH
from notify import legs
from notify.models import Allowance, Dispatch, Notice
from notify.templates import TEMPLATES

FINAL = ("sent", "arrived", "silent", "failed", "skipped")
_NOTICES, _DISPATCHES = Insert(Notice), Insert(Dispatch)
ACCEPTED = ("accept", "acceptWithAudio", "acceptWithAlert")


@transactional
async def tell(
    *,
    key: str,
    citizen_id: int,
    kind: str,
    values: dict[str, str],
    page: str,
    now: datetime,
    expires_at: datetime | None = None,
    words: str | None = None,
) -> None:
    """Write a notice, once for each key, and its sending over the first channel that brings its kind.

    Args:
        values: what the template's texts name.
        expires_at: after this the push would be stale; the inbox keeps it.
        words: the template with what is said, when it is not the kind's own; consents go by the kind.
    """
    template = TEMPLATES[words or kind]
    if await Notice.filter(key=key).exists():
        return
    notice = await _NOTICES.made(
        code=new_code(),
        key=key,
        citizen_id=citizen_id,
        kind=kind,
        words=words or kind,
        values=values,
        title=template.title,
        body=template.body.format(**values)[:300],
        page=page,
        created_at=now,
    )
    if leg := legs.first(template, values, at=now):
        await _DISPATCHES.one(
            notice_id=notice.id,
            channel=leg.channel,
            citizen_id=citizen_id,
            kind=template.consent,
            data=leg.data,
            rank=leg.rank,
            is_urgent=template.is_urgent,
            can_wait=template.can_wait or template.is_small,
            next_try_at=leg.at,
            expires_at=expires_at,
        )
        after_commit(wake.worker)


@transactional
async def purge(now: datetime, *, keep_days: int) -> int:
    """Forget a batch of old sendings that came to an end, in whichever way; the notices stay. A periodic job."""
    before = now - timedelta(days=keep_days)
    return sum([await _purge(state, before) for state in FINAL])


async def _purge(state: str, before: datetime) -> int:
    # By next_try_at, which the index serves; nothing is final before its last try.
    over = Dispatch.filter(state=state, next_try_at__lt=before, final_at__lt=before).order_by("next_try_at")
    ids = await over.limit(BATCH).values_list("id", flat=True)
    return await Dispatch.filter(id__in=ids).delete() if ids else 0


@transactional
async def note_answers(
    *, citizen_id: int, answers: Mapping[str, str], channel: str = "wechat", for_good: Collection[str] = ()
) -> None:
    """Enter what the citizen answered on the subscribe sheet: kind to WeChat's word for it.

    Args:
        for_good: kinds of which one consent carries any number of messages.
    """
    for kind, answer in sorted(answers.items()):
        await _ensure_row(citizen_id, channel, kind)
        mine = Allowance.filter(citizen_id=citizen_id, channel=channel, kind=kind)
        if answer in ACCEPTED and kind in for_good:
            await mine.update(is_for_good=True, is_refused_always=False)
        elif answer in ACCEPTED:
            await mine.update(credits=F("credits") + 1, is_refused_always=False)
        elif answer == "ban":
            await mine.update(credits=0, is_for_good=False, is_refused_always=True)


@transactional
async def forget_consent(*, citizen_id: int, channel: str, kind: str) -> None:
    """The platform knows of no consent any more."""
    await Allowance.filter(citizen_id=citizen_id, channel=channel, kind=kind).update(credits=0, is_for_good=False)


async def _ensure_row(citizen_id: int, channel: str, kind: str) -> None:
    if not await Allowance.filter(citizen_id=citizen_id, channel=channel, kind=kind).exists():
        try:
            await _insert_row(citizen_id, channel, kind)
        except IntegrityError:
            return  # somebody else was first


@transactional
async def _insert_row(citizen_id: int, channel: str, kind: str) -> None:
    await Allowance.create(citizen_id=citizen_id, channel=channel, kind=kind)


@transactional
async def mark_read(*, citizen_id: int, code: str, now: datetime) -> bool:
    """Mark one message as read. Returns whether it is the citizen's."""
    mine = Notice.filter(citizen_id=citizen_id, code=code)
    await mine.filter(read_at=None).update(read_at=now)
    return await mine.exists()


@transactional
async def mark_all_read(*, citizen_id: int, now: datetime) -> int:
    """Mark all messages as read. Returns how many were not."""
    return await Notice.filter(citizen_id=citizen_id, read_at=None).update(read_at=now)
