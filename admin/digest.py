"""What wants attention now. Whatever a room can report is one function in `REPORTS`; nothing else has to change."""

from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass
from datetime import datetime, time

from admin.access import ACCESS, ADMINS, CLERKS, MANAGERS
from app import outbox
from app.booking import kinds
from app.clock import CHINA
from app.halls import queries as halls
from app.halls.models import VIDEO
from app.pickup import queries as pickups
from app.queue import alarms, watch
from app.queue.watch import LineNow
from app.staff.rules import Role
from chatbot import queries as chats
from notify import queries as notices


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom: the names of the halls they see, by code, and what they may do."""

    halls: dict[str, str]
    roles: frozenset[Role]
    now: datetime

    def named(self, hall_code: str) -> str:
        """The hall's name before a finding, for whoever sees several."""
        return f"{self.halls.get(hall_code, hall_code)}：" if len(self.halls) > 1 else ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that wants attention: `tone` is bad or warn, `path` the page where something can be done about it."""

    tone: str
    text: str
    path: str = ""


Report = Callable[[Asker], Awaitable[list[Finding]]]


async def digest(asker: Asker) -> list[Finding]:
    """All findings for them, the worst first; a page they may not open is not named."""
    found = [finding for roles, report in REPORTS if asker.roles & roles for finding in await report(asker)]
    shown = [
        finding if _may_open(finding.path, asker.roles) else Finding(finding.tone, finding.text) for finding in found
    ]
    return sorted(shown, key=lambda finding: finding.tone)


def _may_open(path: str, roles: Set[Role]) -> bool:
    return bool(roles & (ACCESS.get(f"GET {path.partition('?')[0]}") or frozenset()))


async def _alarms(asker: Asker) -> list[Finding]:
    return [
        Finding("bad", f"{asker.named(alarm.hall_code)}{alarm.counter} 窗口告警未解除（{alarm.by}）", "/admin/alarms")
        for alarm in await alarms.open_alarms(asker.halls)
    ]


async def _long_waits(asker: Asker) -> list[Finding]:
    return [_long_wait(asker, line) for line in await watch.lines_now(asker.halls, asker.now) if line.over]


def _long_wait(asker: Asker, line: LineNow) -> Finding:
    minutes = int(line.longest.total_seconds() // 60)
    text = f"{asker.named(line.hall_code)}{line.group}有 {line.over} 人等候超过 {line.target} 分钟，最长 {minutes} 分钟"
    return Finding("bad", text if line.open_counters else f"{text}，没有开着的窗口", "/admin/today")


async def _late_chats(asker: Asker) -> list[Finding]:
    count = await chats.late_count(asker.now)
    return [Finding("bad", f"{count} 位群众等候人工客服答复超过 60 秒", "/admin/chats")] if count else []


async def _overdue_pickups(asker: Asker) -> list[Finding]:
    today = asker.now.astimezone(CHINA).date()
    count = await pickups.overdue_count(asker.halls, today=today)
    return [Finding("warn", f"{count} 件办理结果超过领取期限", "/admin/pickups?tab=overdue")] if count else []


async def _failed_sends(asker: Asker) -> list[Finding]:
    midnight = datetime.combine(asker.now.astimezone(CHINA).date(), time(), CHINA)
    halls = None if Role.ADMIN in asker.roles else asker.halls.keys()
    count = await notices.failed_count(halls, since=midnight)
    return [Finding("warn", f"今天有 {count} 条通知没有送达（站内消息已写入）", "/admin/deliveries")] if count else []


async def _dead_deliveries(asker: Asker) -> list[Finding]:
    """Only an administrator can do something about them."""
    count = await outbox.dead_count()
    if not count:
        return []
    text = f"{count} 个后台任务多次重试仍失败"
    if Role.ADMIN in asker.roles:
        return [Finding("bad", text, "/admin/deliveries")]
    return [Finding("bad", f"{text}，请联系系统管理员处理")]


async def _no_video_rooms(asker: Asker) -> list[Finding]:
    if kinds.has_rooms():
        return []
    fault = "设有视频办理窗口，但没有设置视频房间地址，群众约不了视频；请系统管理员设置 ZHANGBAN_VIDEO__ROOM_URL"
    return [
        Finding("warn", f"{asker.halls.get(code, code)}{fault}") for code in await halls.halls_with(VIDEO, asker.halls)
    ]


async def _without_place(asker: Asker) -> list[Finding]:
    """One line, however many halls: a new city has none of them yet."""
    rows = await halls.without_place(asker.halls)
    if not rows:
        return []
    names = rows[0].name if len(rows) == 1 else f"{rows[0].name}等 {len(rows)} 个大厅"
    text = f"{names}没有登记位置：群众看不到距离，海报不能核对是否到场"
    return [Finding("warn", text, f"/admin/devices?hall={rows[0].code}#place")]


# Who is told what.
REPORTS: tuple[tuple[frozenset[Role], Report], ...] = (
    (CLERKS, _alarms),
    (CLERKS, _long_waits),
    (CLERKS, _late_chats),
    (CLERKS, _overdue_pickups),
    (MANAGERS | ADMINS, _failed_sends),
    (MANAGERS | ADMINS, _dead_deliveries),
    (MANAGERS | ADMINS, _no_video_rooms),
    (MANAGERS, _without_place),
)
