"""Back into the line without anybody's asking: to the old place, told to the citizen and to the desk."""

from datetime import datetime

from app.db import transactional
from app.staff.auditing import audit
from app.staff.by import SYSTEM as THE_SYSTEM
from app.staff.by import By
from chatbot.errors import NotNow
from chatbot.hours import when
from chatbot.models import Conversation
from chatbot.states import State
from chatbot.writing import NOTE, SYSTEM, take_step, write

UNANSWERED = "{name} 接待后超过 {minutes} 分钟没有答复，自动退回等候"
AWAY = "{name} 已小休，自动退回等候"
_BACK = "刚才的人工客服暂时离开，已按您原来的位置为您重新排队，请稍候。"
_LATER = "人工客服现在不在，您的问题已经登记，将在 {when} 上班后优先回复，请到时回本页查看。急事请拨打 12345。"


@transactional
async def give_back(row: Conversation, *, why: str, opens: datetime, now: datetime, by: By = THE_SYSTEM) -> bool:
    """Give back one that is owed an answer, unless that came meanwhile. `opens`: when working time is, or begins."""
    seen = {"staff_id": row.staff_id, "owed_at": row.owed_at}
    promised = opens if opens > now else None
    try:
        waiting = await take_step(
            row, "give_back", now=now, seen=seen, staff_id=None, owed_at=None, promised_at=promised, queued_at=now
        )
    except NotNow:
        return False
    await write(waiting, NOTE, why, now=now)
    text = _LATER.format(when=when(promised, now=now)) if promised else _BACK
    await write(waiting, SYSTEM, text, kind="given_back", now=now)
    await audit(by=by, action="chat.give_back", subject=f"chat:{row.code}", citizen_id=row.citizen_id, why=why, now=now)
    return True


async def owed_by(staff_id: int) -> list[Conversation]:
    """Whoever waits for an answer of this member of staff."""
    held = Conversation.filter(staff_id=staff_id, state=State.PERSON, owed_at__not_isnull=True)
    return await held.order_by("id")
