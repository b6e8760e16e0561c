"""Writing notices down, keeping the consent ledger, marking as read. Nothing is sent here."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from app import wake
from app.db import after_commit, transactional
from app.ids import new_code
from app.retention import BATCH
from notify.models import Dispatch, Grant, Notice
from notify.templates import TEMPLATES, filled

FINAL = ("sent", "failed", "skipped")
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
    """Write a notice, once for each key, and its sending over WeChat where the kind has a template there.

    Args:
        values: what the template's texts name.
        expires_at: after this the push would be stale; the inbox keeps it.
        words: the template with what is said, when it is not the kind's own; consents go by the kind.
    """
    template = TEMPLATES[words or kind]
    if await Notice.filter(key=key).exists():
        return
    notice = await Notice.create(
        code=new_code(),
        key=key,
        citizen_id=citizen_id,
        kind=kind,
        title=template.title,
        body=template.body.format(**values)[:300],
        page=page,
        created_at=now,
    )
    if template.fields:
        await Dispatch.create(
            notice_id=notice.id,
            channel="wechat",
            citizen_id=citizen_id,
            kind=template.consent,
            data=filled(template, values),
            next_try_at=now,
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
async def note_answers(*, citizen_id: int, answers: Mapping[str, str]) -> None:
    """Enter what the citizen answered on the subscribe sheet: kind to WeChat's word for it."""
    for kind, answer in sorted(answers.items()):
        await _ensure_row(citizen_id, kind)
        mine = Grant.filter(citizen_id=citizen_id, kind=kind)
        if answer in ACCEPTED:
            await mine.update(credits=F("credits") + 1, is_refused_always=False)
        elif answer == "ban":
            await mine.update(credits=0, is_refused_always=True)


async def _ensure_row(citizen_id: int, kind: str) -> None:
    if not await Grant.filter(citizen_id=citizen_id, kind=kind).exists():
        try:
            await _insert_row(citizen_id=citizen_id, kind=kind)
        except IntegrityError:
            return  # somebody else was first


@transactional
async def _insert_row(*, citizen_id: int, kind: str) -> None:
    await Grant.create(citizen_id=citizen_id, kind=kind)


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
